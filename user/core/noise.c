/* SPDX-License-Identifier: GPL-2.0 */
#include "core/noise.h"

#include <string.h>

#include "base/array.h"

#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

static const char *const losses[] = {
#define LOSS(reason) reason,
#define PURGE(function)
#include "core/noise.def"
#undef LOSS
#undef PURGE
};

static const char *const purges[] = {
#define LOSS(reason)
#define PURGE(function) function,
#include "core/noise.def"
#undef LOSS
#undef PURGE
};

bool noise_opens(const struct dd_packet *pkt)
{
	return pkt->l4 == IPPROTO_TCP && (pkt->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

bool noise_is_loss(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++)
		if (!strcmp(reason, losses[i]))
			return true;
	return false;
}

bool noise_purges(const struct hop *drop)
{
	if (!strcmp(drop->reason_name, "QUEUE_PURGE"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(purges); i++)
		if (!strncmp(drop->where.function, purges[i], strlen(purges[i])))
			return true;
	return false;
}

/* It got to where it was sent, as far as the network is concerned. */
static bool at_receiver(const struct hop *drop)
{
	enum role to = drop->direction == DIR_REPLY ? ROLE_SRC : ROLE_DST;

	return drop->role == to &&
	       (drop->layer == LAYER_TRANSPORT || drop->layer == LAYER_SOCKET ||
		drop->layer == LAYER_UNKNOWN);
}

/* Whoever asked has gone before the answer came. */
static bool is_late(const struct hop *drop)
{
	return drop->direction == DIR_REPLY && !strcmp(drop->reason_name, "NO_SOCKET");
}

bool noise_is(const struct journey *j, const struct hop *drop)
{
	const struct dd_packet *pkt = &drop->pkt;

	if (drop->step != STEP_DROPPED || journey_is_noise(j, drop) || noise_purges(drop))
		return true;
	if (drop->neigh || !at_receiver(drop))
		return pkt->flags & DD_PKT_QUOTED || (pkt->l4 == IPPROTO_TCP && pkt->tcp_flags & TCP_RST);
	if (pkt->flags & DD_PKT_QUOTED || is_late(drop))
		return true;
	return pkt->l4 == IPPROTO_TCP && !noise_opens(pkt) && !noise_is_loss(drop->reason_name);
}
