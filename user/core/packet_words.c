/* SPDX-License-Identifier: GPL-2.0 */
#include "core/packet_words.h"

#include <string.h>

#include "base/addr.h"
#include "base/array.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

static bool w_lost_src(const struct evidence *e, struct strbuf *out)
{
	return word_add_ip(out, &e->scene->ends[word_sender(e)].ip);
}

static struct ip lost_dst(const struct evidence *e)
{
	return e->scene->ends[word_sender(e) == ROLE_SRC ? ROLE_DST : ROLE_SRC].ip;
}

static bool w_lost_dst(const struct evidence *e, struct strbuf *out)
{
	struct ip dst = lost_dst(e);

	return word_add_ip(out, &dst);
}

/* The destination that the packet had when it was dropped. */
static struct ip last_dst(const struct evidence *e)
{
	struct ip dst = lost_dst(e);

	if (e->drop && !e->drop->neigh && !(e->drop->pkt.flags & DD_PKT_QUOTED))
		dst = addr_of(dst.family, e->drop->pkt.dst);
	return dst;
}

static bool w_last_dst(const struct evidence *e, struct strbuf *out)
{
	struct ip dst = last_dst(e);

	return word_add_ip(out, &dst);
}

static bool w_rewritten(const struct evidence *e, struct strbuf *out)
{
	struct ip dst = last_dst(e), lost = lost_dst(e);

	if (addr_equal(&dst, &lost))
		return true;
	strbuf_addf(out, " A rule of table nat, or what does the same, had put that address in the place of ");
	word_add_ip(out, &lost);
	strbuf_addf(out, ".");
	return true;
}

static const struct ip *asked_ip(const struct evidence *e)
{
	enum role asker = word_sender(e);
	const struct ip *gateway = &e->scene->next_hop[asker];

	if (gateway->family && (!e->last || e->last->role == asker))
		return gateway;
	return &e->scene->ends[asker == ROLE_SRC ? ROLE_DST : ROLE_SRC].ip;
}

static bool w_asked(const struct evidence *e, struct strbuf *out)
{
	return word_add_ip(out, asked_ip(e));
}

static bool w_asked_seen(const struct evidence *e, struct strbuf *out)
{
	if (e->reached < POINT_ARRIVED)
		return true;
	strbuf_addf(out, ", though ");
	word_add_role(e, e->to, out);
	strbuf_addf(out, " received it on %s", e->scene->ends[e->to].device.name);
	return true;
}

/* Of traffic that is there already: the packet says what it is. */
static const char *segment_words(const struct dd_packet *pkt, bool reply)
{
	static const struct {
		__u8 mask, flags;
		const char *words;
	} segments[] = {
		{ TCP_RST, TCP_RST, "a reset" },
		{ TCP_SYN | TCP_ACK, TCP_SYN, "a SYN" },
		{ TCP_SYN, TCP_SYN, "the SYN-ACK" },
		{ TCP_FIN, TCP_FIN, "a FIN" },
		{ 0, 0, "a segment of a connection" },
	};
	size_t i = 0;

	if (pkt->l4 == IPPROTO_UDP)
		return reply ? "an answer" : "a datagram";
	if (pkt->l4 != IPPROTO_TCP)
		return "a packet";
	while ((pkt->tcp_flags & segments[i].mask) != segments[i].flags)
		i++;
	return segments[i].words;
}

static const char *data_words(const struct evidence *e, bool reply)
{
	const struct hop *hop = e->drop ? e->drop : e->last;

	if (e->scene->request.passive && e->scene->request.protocol != IPPROTO_ICMP && hop &&
	    (hop->direction == DIR_REPLY) == reply)
		return segment_words(&hop->pkt, reply);
	switch (e->scene->request.protocol) {
	case IPPROTO_ICMP:
		return reply ? "the echo reply" : "the echo request";
	case IPPROTO_TCP:
		return reply ? "the answer to the SYN" : "the SYN";
	default:
		return reply ? "the answer" : "the datagram";
	}
}

static bool w_error(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", strerrordesc_np(-e->journey->sent[e->probe].err));
	return true;
}

static const char *question_words(const struct evidence *e)
{
	return word_is_ip6(e) ? "neighbour solicitation" : "ARP question";
}

static bool w_question(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", question_words(e));
	return true;
}

static bool w_unfragmented(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) && !e->scene->request.df ?
				       "routers do not fragment IPv6" :
				       "fragmentation is forbidden (--df)");
	return true;
}

static bool w_echo_sysctl(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) ? "net.ipv6.icmp.echo_ignore_all" :
					   "net.ipv4.icmp_echo_ignore_all");
	return true;
}

/* Of others' traffic it is what the packet's own note says. */
static void add_data(const struct evidence *e, bool reply, struct strbuf *out)
{
	if (!e->scene->lone)
		strbuf_addf(out, "%s", data_words(e, reply));
	else if (e->drop && e->drop->note[0])
		strbuf_addf(out, "the %s", e->drop->note);
	else
		strbuf_addf(out, "the packet");
}

static bool w_lost(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	if (e->lost == MSG_NEIGH_ASK || e->lost == MSG_NEIGH_ASK_BACK)
		strbuf_addf(out, "the %s for %s", question_words(e), addr_format(asked_ip(e), buf));
	else if (e->lost == MSG_NEIGH_ANSWER || e->lost == MSG_NEIGH_ANSWER_BACK)
		strbuf_addf(out, "the %s of %s",
			    word_is_ip6(e) ? "neighbour advertisement" : "ARP answer",
			    word_role_name(e, e->from));
	else
		add_data(e, e->lost == MSG_REPLY, out);
	return true;
}

static bool w_request(const struct evidence *e, struct strbuf *out)
{
	add_data(e, false, out);
	return true;
}

static bool w_service(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s port %u", e->scene->request.protocol == IPPROTO_TCP ? "TCP" : "UDP",
		    e->scene->request.port);
	return true;
}

static bool w_ss(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", e->scene->request.protocol == IPPROTO_TCP ? "t" : "u");
	return true;
}

static bool w_last_seen(const struct evidence *e, struct strbuf *out)
{
	if (!e->last)
		return false;
	if (e->last->device[0])
		strbuf_addf(out, "at %s of ", e->last->device);
	else
		strbuf_addf(out, "in ");
	return word_add_role(e, e->last->role, out);
}

static bool w_next(const struct evidence *e, struct strbuf *out)
{
	switch (e->reached) {
	case POINT_NONE:
		strbuf_addf(out, "out by %s", e->scene->ends[e->from].device.name);
		return true;
	case POINT_ARRIVED:
		strbuf_addf(out, "past that device");
		return true;
	case POINT_SENT:
		strbuf_addf(out, "to the host's end of that veth");
		return true;
	case POINT_HOST_IN:
		strbuf_addf(out, "out to %s", e->scene->ends[e->to].host_device.name);
		return true;
	case POINT_HOST_OUT:
		strbuf_addf(out, "to %s of ", e->scene->ends[e->to].device.name);
		return word_add_role(e, e->to, out);
	default:
		return false;
	}
}

static const struct word words[] = {
	{ "lost.src", w_lost_src },
	{ "lost.dst", w_lost_dst },
	{ "last.dst", w_last_dst },
	{ "rewritten", w_rewritten },
	{ "asked", w_asked },
	{ "asked.seen", w_asked_seen },
	{ "error", w_error },
	{ "question", w_question },
	{ "unfragmented", w_unfragmented },
	{ "lost", w_lost },
	{ "request", w_request },
	{ "last.seen", w_last_seen },
	{ "next", w_next },
	{ "service", w_service },
	{ "ss", w_ss },
	{ "echo.sysctl", w_echo_sysctl },
};

const struct words packet_words = { words, ARRAY_SIZE(words) };
