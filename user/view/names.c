/* SPDX-License-Identifier: GPL-2.0 */
#include "view/names.h"

#include <stddef.h>

#include "base/array.h"

#define WORD(table, value) \
	((unsigned int)(value) < ARRAY_SIZE(table) ? (table)[(unsigned int)(value)] : NULL)

static const char *const resetters[] = {
	[RESET_BY_APPLICATION] = "application", [RESET_BY_NO_LISTENER] = "no-listener",
	[RESET_BY_KERNEL] = "kernel",		[RESET_BY_RULE] = "rule",
	[RESET_BY_HOST] = "host",
};
_Static_assert(ARRAY_SIZE(resetters) == N_RESETTERS, "a word for each");

static const char *const choices[] = {
	[CHOICE_ONLY] = "only",	  [CHOICE_ASKED] = "asked", [CHOICE_SHARED] = "shared",
	[CHOICE_ROUTE] = "route", [CHOICE_FIRST] = "first",
};
_Static_assert(ARRAY_SIZE(choices) == N_CHOICES, "a word for each");

static const char *const verdicts[] = {
	[VERDICT_DELIVERED] = "delivered",
	[VERDICT_DROPPED] = "dropped",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_UNANSWERED] = "unanswered",
	[VERDICT_UNSENT] = "unsent",
	[VERDICT_VANISHED] = "vanished",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
};
_Static_assert(ARRAY_SIZE(verdicts) == N_VERDICTS, "a word for each verdict");

static const char *const directions[] = {
	[DIR_REQUEST] = "request",
	[DIR_REPLY] = "reply",
};
_Static_assert(ARRAY_SIZE(directions) == DIR_REPLY + 1, "a word for each direction");

static const char *const layers[] = {
	[LAYER_VETH] = "veth",	   [LAYER_BRIDGE] = "bridge", [LAYER_NETFILTER] = "netfilter",
	[LAYER_XDP] = "xdp",	   [LAYER_TC] = "tc",	      [LAYER_QDISC] = "qdisc",
	[LAYER_NEIGH] = "neigh",   [LAYER_IP] = "ip",	      [LAYER_TRANSPORT] = "transport",
	[LAYER_SOCKET] = "socket", [LAYER_CGROUP] = "cgroup", [LAYER_LINK] = "link",
};
_Static_assert(ARRAY_SIZE(layers) == N_LAYERS, "a word for each layer but the unknown one");

static const char *const steps[] = {
	[STEP_SENT] = "sent",	      [STEP_QUEUED] = "queued",
	[STEP_RECEIVED] = "received", [STEP_ENTERED] = "entered",
	[STEP_PASSED] = "passed",     [STEP_DROPPED] = "dropped",
	[STEP_CONSUMED] = "consumed", [STEP_ROUTE_FAILED] = "no route",
	[STEP_REACHED] = "reached",   [STEP_DECIDED] = "decided",
};
_Static_assert(ARRAY_SIZE(steps) == N_STEPS, "a word for each step");

static const char *const confidences[] = {
	[CONFIDENCE_EXACT] = "exact",
	[CONFIDENCE_LIKELY] = "likely",
	[CONFIDENCE_POSSIBLE] = "possible",
};
_Static_assert(ARRAY_SIZE(confidences) == N_CONFIDENCES, "a word for each confidence");

static const char *const backends[] = {
	[BACKEND_IPTABLES_NFT] = "iptables-nft",
	[BACKEND_IPTABLES_LEGACY] = "iptables-legacy",
	[BACKEND_NFTABLES] = "nftables",
	[BACKEND_EBTABLES] = "ebtables",
};
_Static_assert(ARRAY_SIZE(backends) == BACKEND_EBTABLES + 1, "a word for each backend but none");

const char *name_verdict(enum verdict_kind kind)
{
	return WORD(verdicts, kind);
}

const char *name_direction(enum direction direction)
{
	return WORD(directions, direction);
}

const char *name_layer(enum layer layer)
{
	return WORD(layers, layer);
}

const char *name_step(enum step step)
{
	return WORD(steps, step);
}

const char *name_confidence(enum confidence confidence)
{
	return WORD(confidences, confidence);
}

const char *name_backend(enum backend backend)
{
	return WORD(backends, backend);
}

const char *name_resetter(enum resetter by)
{
	return WORD(resetters, by);
}

const char *name_choice(enum choice choice)
{
	return WORD(choices, choice);
}

const char *name_netns(const struct scene *scene, enum role role)
{
	if (role == ROLE_HOST)
		return "host";
	if (role != ROLE_SRC && role != ROLE_DST)
		return NULL;
	return scene->ends[role].name[0] ? scene->ends[role].name : NULL;
}
