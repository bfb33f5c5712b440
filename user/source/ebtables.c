/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ebtables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "lengths.h"
#include "source/netlink.h"
#include "source/run.h"

/* A table is in use if its function is on the hook; that of broute, which only routes, is another. */
static const struct {
	const char *name;
	uint32_t hook;
} tables[] = { { "nat", NF_INET_PRE_ROUTING }, { "filter", NF_INET_FORWARD } };

static int on_hook(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool *found = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFNLA_HOOK_FUNCTION_NAME ||
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			continue;
		*found |= !strncmp(mnl_attr_get_str(attr), "ebt_", strlen("ebt_")) &&
			  strcmp(mnl_attr_get_str(attr), "ebt_broute");
	}
	return MNL_CB_OK;
}

static int is_used(int netns, uint32_t hook, bool *out)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh =
		netlink_nf_all(buf, NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET, NFPROTO_BRIDGE);

	mnl_attr_put_u32(nlh, NFNLA_HOOK_HOOKNUM, htonl(hook));
	return netlink_dump(netns, NETLINK_NETFILTER, nlh, on_hook, out, sizeof(*out));
}

/* ---- "Bridge chain: FORWARD, entries: 1, policy: ACCEPT", then a rule a line ------------------------- */

struct chain {
	char name[SHORT_LEN], policy[SHORT_LEN];
};

/* A chain of the user's has a policy as well; RETURN is none. */
static void chain_begin(const struct chain *c, struct strbuf *out)
{
	strbuf_addf(out, ":%s %s\n", c->name, strcmp(c->policy, "RETURN") ? c->policy : "-");
}

void ebtables_convert(const char *listing, struct strbuf *out)
{
	struct chain c = { 0 };
	const char *line;
	size_t len;

	while ((line = run_line(&listing, false, &len))) {
		char table[SHORT_LEN];

		if (sscanf(line, "Bridge table: %63[^\n]", table) == 1) {
			strbuf_addf(out, "*%s\n", table);
		} else if (sscanf(line, "Bridge chain: %63[^,\n], entries: %*u, policy: %63[A-Z]", c.name,
				  c.policy) == 2) {
			chain_begin(&c, out);
		} else if (len && c.name[0]) {
			strbuf_addf(out, "-A %s %.*s\n", c.name, (int)(len - (line[len - 1] == ' ')), line);
		}
	}
}

int ebtables_print(int netns, struct strbuf *out)
{
	static const struct run_program program = { "ebtables-legacy", "ebtables", "legacy" };
	struct strbuf all __cleanup(strbuf_free) = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const char *args[] = { "-t", tables[i].name, "-L", "--Lmac2", NULL };
		struct strbuf one __cleanup(strbuf_free) = { 0 };
		bool used = false;
		int err = is_used(netns, tables[i].hook, &used);

		if (!err && used)
			err = run_program(netns, &program, args, &one);
		if (err)
			return err == -ENOENT ? -ENOEXEC : err;
		ebtables_convert(strbuf_str(&one), &all);
	}
	if (all.failed)
		return -ENOMEM;
	if (!all.text)
		return -ENODATA;
	*out = all;
	all = (struct strbuf){ 0 };
	return 0;
}
