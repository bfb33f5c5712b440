/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ruleset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/netlink.h"

static const struct kind {
	uint16_t question;
	uint16_t table, chain, handle; /* attributes; 0: this kind has none */
} kinds[] = {
	[RULESET_TABLES] = { NFT_MSG_GETTABLE, NFTA_TABLE_NAME, 0, NFTA_TABLE_HANDLE },
	[RULESET_CHAINS] = { NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME,
			     NFTA_CHAIN_HANDLE },
	[RULESET_RULES] = { NFT_MSG_GETRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_HANDLE },
};

struct listing {
	const struct kind *kind;
	ruleset_sink sink;
	void *ctx;
};

static bool file_has(const char *path, const char *text)
{
	FILE *f __fclose = fopen(path, "re");
	char *line __free = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0)
		if (strstr(line, text))
			return true;
	return false;
}

/*
 * A question to nfnetlink loads nf_tables if it is a module (nfnetlink_rcv_msg()); there are no
 * rules where it is not loaded, so it is asked only if it is there. A kernel without modules, or
 * without a list of what is built in, is asked.
 */
static bool nf_tables_is_there(void)
{
	struct utsname u;
	char builtin[sizeof(u.release) + 64];

	uname(&u);
	snprintf(builtin, sizeof(builtin), "/lib/modules/%s/modules.builtin", u.release);
	if (access("/proc/modules", R_OK) || access(builtin, R_OK))
		return true;
	return file_has("/proc/modules", "nf_tables ") || file_has(builtin, "/nf_tables.ko");
}

static void copy_name(char *dst, const struct nlattr *attr)
{
	if (attr && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		text_copy(dst, NFT_NAME_LEN, mnl_attr_get_str(attr));
}

static int on_object(const struct nlmsghdr *nlh, void *data)
{
	const struct listing *l = data;
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct ruleset_object object = { 0 };
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg))
		return MNL_CB_OK;
	object.family = nfg->nfgen_family;
	object.generation = ntohs(nfg->res_id);
	mnl_attr_for_each(attr, nlh, sizeof(*nfg)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == l->kind->table)
			copy_name(object.table, attr);
		else if (type == l->kind->chain)
			copy_name(object.chain, attr);
		else if (type == l->kind->handle)
			object.handle = netlink_u64(attr);
	}
	l->sink(l->ctx, &object);
	return MNL_CB_OK;
}

int ruleset_list(int netns, const struct ruleset_wanted *wanted, ruleset_sink sink, void *ctx)
{
	struct listing l = { .kind = &kinds[wanted->kind], .sink = sink, .ctx = ctx };
	const char *table = wanted->table, *chain = wanted->chain;
	char question[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = netlink_nf_all(question, NFNL_SUBSYS_NFTABLES << 8 | l.kind->question,
					      wanted->family);
	int err;

	if ((table && !mnl_attr_put_strz_check(nlh, sizeof(question), l.kind->table, table)) ||
	    (chain && !mnl_attr_put_strz_check(nlh, sizeof(question), l.kind->chain, chain)))
		return -ENAMETOOLONG;
	if (!nf_tables_is_there())
		return -EOPNOTSUPP;
	err = netlink_ask(netns, NETLINK_NETFILTER, nlh, on_object, &l);
	if (err == -EPROTONOSUPPORT || err == -EINVAL) /* no nfnetlink, no nf_tables in it */
		return -EOPNOTSUPP;
	return err == -ENOENT ? 0 : err;
}
