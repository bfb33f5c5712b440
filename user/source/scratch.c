/* SPDX-License-Identifier: GPL-2.0 */
#include "source/scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "source/netns.h"
#include "source/ruleset.h"
#include "source/run.h"

#define TABLE "dockdrop_test"
#define PORT_RULE 9
#define PORT_POLICY 10
#define PORT_LEGACY 11
#define LEGACY_DROP 2 /* the rule's number in OUTPUT */

static const char rules[] =
	"table ip " TABLE " {\n"
	"	chain inner {\n"
	"		udp dport 7 accept;\n"
	"		udp dport 9 drop;\n"
	"	}\n"
	"	chain outer {\n"
	"		type filter hook output priority 0; policy accept;\n"
	"		udp dport 8 accept;\n"
	"		jump inner;\n"
	"	}\n"
	"	chain strict {\n"
	"		type filter hook input priority 0; policy drop;\n"
	"		jump inner;\n"
	"	}\n"
	"}\n";
#define INNER_DROP 2 /* the rule's number in its chain */

static const char tracer[] =
	"table ip " TABLE " {\n"
	"	chain nobody {\n"
	"		meta nftrace set 1;\n"
	"	}\n"
	"}\n";

struct scratch {
	int netns;
	uint32_t inum;
	uint64_t handle; /* of the rule that drops */
	int version;     /* 4 or 6: of the packet that a rule of iptables-legacy drops; 0: there is none */
};

int scratch_open(struct scratch **out)
{
	struct scratch *s __cleanup(cleanup_scratch) = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->netns = netns_new();
	if (s->netns < 0)
		return s->netns;
	err = netns_inum(s->netns, &s->inum);
	if (err)
		return err;
	*out = take_ptr(s);
	return 0;
}

void scratch_close(struct scratch *s)
{
	if (!s)
		return;
	if (s->netns >= 0)
		close(s->netns);
	free(s);
}

void cleanup_scratch(struct scratch **s)
{
	scratch_close(*s);
}

uint32_t scratch_netns(const struct scratch *s)
{
	return s->inum;
}

static void cleanup_nft(struct nft_ctx **nft)
{
	if (*nft)
		nft_ctx_free(*nft);
}

static int add(const struct scratch *s, const char *text)
{
	struct nft_ctx *nft __cleanup(cleanup_nft) = NULL;
	int back __leave_netns = netns_enter(s->netns);

	if (back < 0)
		return back;
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft || nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft))
		return -ENOMEM;
	if (!nft_run_cmd_from_buffer(nft, text))
		return 0;
	log_debug("nftables in a namespace of our own: %s", nft_ctx_get_error_buffer(nft));
	return -EOPNOTSUPP;
}

static int loopback_up(const struct scratch *s)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int back __leave_netns = netns_enter(s->netns);
	int fd __close = back < 0 ? back : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

static void note_last(void *ctx, const struct ruleset_object *rule)
{
	*(uint64_t *)ctx = rule->handle;
}

int scratch_rules(struct scratch *s)
{
	const struct ruleset_wanted inner = { RULESET_RULES, NFPROTO_IPV4, TABLE, "inner" };
	int err = loopback_up(s);

	if (!err)
		err = add(s, rules);
	if (!err)
		err = ruleset_list(s->netns, &inner, note_last, &s->handle);
	return err || s->handle ? err : -ENOENT;
}

int scratch_legacy(struct scratch *s, int version)
{
	const struct run_program iptables = {
		version == 6 ? "ip6tables-legacy" : "iptables-legacy",
		version == 6 ? "ip6tables" : "iptables",
		"legacy",
	};
	static const char *const commands[][12] = {
		{ "-A", "OUTPUT", "-p", "tcp", "-j", "DROP", NULL },
		{ "-A", "OUTPUT", "-p", "udp", "-m", "udp", "--dport", "11", "-j", "DROP", NULL },
	};
	int err = loopback_up(s);

	s->version = version;
	for (size_t i = 0; i < ARRAY_SIZE(commands) && !err; i++) {
		struct strbuf out __cleanup(strbuf_free) = { 0 };

		err = run_program(s->netns, &iptables, commands[i], &out);
	}
	return err;
}

int scratch_try_owner(struct scratch *s)
{
	return add(s, "table ip dockdrop_owner {\nflags owner;\n};\n");
}

int scratch_trace(struct scratch *s)
{
	return add(s, tracer);
}

/* What a rule drops on its way out is refused with EPERM. */
static int send_byte(int family, const struct sockaddr *to, socklen_t len)
{
	int fd __close = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return sendto(fd, "", 1, 0, to, len) < 0 && errno != EPERM ? -errno : 0;
}

int scratch_send(struct scratch *s)
{
	static const uint16_t ports[] = { PORT_LEGACY, PORT_RULE, PORT_POLICY };
	const struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(PORT_LEGACY),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int back __leave_netns = netns_enter(s->netns);
	int err = back < 0 ? back : 0;

	for (size_t i = 0; i < ARRAY_SIZE(ports) && !err; i++) {
		const struct sockaddr_in to = {
			.sin_family = AF_INET,
			.sin_port = htons(ports[i]),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};

		err = send_byte(AF_INET, (const struct sockaddr *)&to, sizeof(to));
	}
	if (!err && s->version == 6)
		err = send_byte(AF_INET6, (const struct sockaddr *)&to6, sizeof(to6));
	return err;
}

/* A scheme may not know a name, or a number, but must not have a wrong one. */
static bool is_named(const char *name, const char *right)
{
	return !name[0] || !strcmp(name, right);
}

static enum scratch_fate judge_legacy(const struct scratch *s, const struct dd_chain_event *chain)
{
	bool right = chain->decider == DD_BY_RULE && !strcmp(chain->table, "filter") &&
		     !strcmp(chain->chain, "OUTPUT") && chain->rule_index == LEGACY_DROP &&
		     chain->ev.hook_pf == (s->version == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4);

	return right ? SCRATCH_BY_LEGACY : SCRATCH_OTHER;
}

enum scratch_fate scratch_judge(const struct scratch *s, const struct dd_chain_event *chain)
{
	if (chain->ev.netns != s->inum || chain->verdict != NF_DROP)
		return SCRATCH_OTHER;
	if (chain->legacy)
		return judge_legacy(s, chain);
	if (chain->ev.hook_pf != NFPROTO_IPV4 || !is_named(chain->table, TABLE))
		return SCRATCH_OTHER;
	if (chain->decider == DD_BY_RULE && chain->ev.hook_num == NF_INET_LOCAL_OUT &&
	    chain->rule_handle == s->handle && is_named(chain->chain, "inner") &&
	    (!chain->rule_index || chain->rule_index == INNER_DROP))
		return SCRATCH_BY_RULE;
	if (chain->decider == DD_BY_POLICY && chain->ev.hook_num == NF_INET_LOCAL_IN &&
	    !strcmp(chain->chain, "strict"))
		return SCRATCH_BY_POLICY;
	return SCRATCH_OTHER;
}
