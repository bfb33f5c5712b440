/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of engines is told of the drops that it fits, and of no others. */
#include "core/advisory.h"

#include <linux/netfilter.h>
#include <stdio.h>

#include "advisory_versions.h"
#include "core/rules.h"

#define PRUNE "br-ba9876543210"

/* ---- what fits -------------------------------------------------------------------------- */

/* A symptom with what it points to. */
struct case_ {
	struct scene scene;
	struct rule rule;
	struct symptom s;
};

/* Everything that a row may ask for: made so, and made otherwise. */
#define SWITCHES                                                                             \
	SWITCH(BR_NETFILTER, c->scene.br_netfilter = true, c->scene.br_netfilter = false)    \
	SWITCH(IPTABLES, strcpy(c->scene.engine.firewall_driver, "iptables"),                \
	       strcpy(c->scene.engine.firewall_driver, "nftables"))                          \
	SWITCH(NFTABLES, strcpy(c->scene.engine.firewall_driver, "nftables+firewalld"),      \
	       strcpy(c->scene.engine.firewall_driver, "iptables+firewalld"))                \
	SWITCH(MAKES_RULES, c->scene.engine.makes_rules = SAYS_YES,                          \
	       c->scene.engine.makes_rules = SAYS_NOTHING)                                   \
	SWITCH(NO_RULES, c->scene.engine.makes_rules = SAYS_NO,                              \
	       c->scene.engine.makes_rules = SAYS_NOTHING)                                   \
	SWITCH(FIREWALLD, c->scene.engine.firewalld = SAYS_YES,                              \
	       c->scene.engine.firewalld = SAYS_NOTHING)                                     \
	SWITCH(BY_FIREWALLD, c->s.owner = OWNER_FIREWALLD, c->s.owner = OWNER_USER)          \
	SWITCH(LIVE_RESTORE, c->scene.engine.live_restore = SAYS_YES,                        \
	       c->scene.engine.live_restore = SAYS_NO)                                       \
	SWITCH(SWARM, c->scene.engine.swarm = SAYS_YES, c->scene.engine.swarm = SAYS_NOTHING) \
	SWITCH(PROXY_OFF, c->scene.engine.userland_proxy = SAYS_NO,                          \
	       c->scene.engine.userland_proxy = SAYS_NOTHING)                                \
	SWITCH(INTERNAL, c->scene.network.internal = true, c->scene.network.internal = false) \
	SWITCH(OVERLAY, strcpy(c->scene.network.driver, "overlay"),                          \
	       strcpy(c->scene.network.driver, "bridge"))                                    \
	SWITCH(MACVLAN, strcpy(c->scene.network.driver, "macvlan"),                          \
	       strcpy(c->scene.network.driver, "bridge"))                                    \
	SWITCH(SRC_ROUTED, c->scene.network.routed = true, c->scene.network.routed = false)  \
	SWITCH(DST_ROUTED, c->scene.dst_network.routed = true, c->scene.dst_network.routed = false) \
	SWITCH(IPV6, c->scene.ends[1].ip.family = AF_INET6, c->scene.ends[1].ip.family = AF_INET) \
	SWITCH(SHARED, c->scene.shared = true, c->scene.shared = false)                      \
	SWITCH(APART, c->scene.shared = false, c->scene.shared = true)                       \
	SWITCH(DST_HOST, c->scene.ends[1].kind = ENDPOINT_HOST,                              \
	       c->scene.ends[1].kind = ENDPOINT_CONTAINER)                                   \
	SWITCH(FORWARDED, c->s.hook = NF_INET_FORWARD, c->s.hook = NF_INET_LOCAL_IN)         \
	SWITCH(NEIGH, c->s.neigh = true, c->s.neigh = false)                                 \
	SWITCH(REPLY, c->s.reply = true, c->s.reply = false)                                 \
	SWITCH(DOCKER0, strcpy(c->scene.network.bridge, "docker0"),                          \
	       strcpy(c->scene.network.bridge, BRIDGE))                                      \
	SWITCH(VPN, c->s.device = "tailscale0", c->s.device = "eth0")                        \
	SWITCH(SAME_MAC, memcpy(c->scene.ends[1].device.mac, c->scene.ends[0].device.mac, 6), \
	       c->scene.ends[1].device.mac[0] = 0x12)                                        \
	SWITCH(MAC_CHANGED, c->scene.ends[1].mac[1] = 0x12, c->scene.ends[1].mac[1] = 0)     \
	SWITCH(LEARNT, (c->scene.neighbours[0].has_mac = true, c->scene.neighbours[0].mac[0] = 0x12), \
	       c->scene.neighbours[0].has_mac = false)

enum {
#define SWITCH(name, on, off) N_##name,
	SWITCHES
#undef SWITCH
	N_SWITCHES
};

#define SWITCH(name, on, off)                                         \
	static void switch_##name(struct case_ *c, bool so)           \
	{                                                             \
		if (so)                                               \
			on;                                           \
		else                                                  \
			off;                                          \
	}
SWITCHES
#undef SWITCH

static void (*const switches[])(struct case_ *c, bool so) = {
#define SWITCH(name, on, off) switch_##name,
	SWITCHES
#undef SWITCH
};

#define W(name) (1ull << N_##name)

#define RAW(rest) "-A PREROUTING -d 172.19.0.3/32 ! -i " PRUNE rest " -j DROP"
#define ALL_REJECT "-A FORWARD -j REJECT --reject-with icmp-host-prohibited"

/*
 * What each row fits: by a verdict with this cause, made by this rule (no text: by a policy, no place:
 * by none), under these conditions. Other rows may fit, too. "not" is a rule that must not do.
 */
static const struct fit {
	const char *id, *version, *cause;
	const char *table, *chain, *text;
	uint64_t when;
	const char *not_chain, *not_text;
} fit_rows[] = {
	{ "moby-52289", "28.5.2", "mac-mismatch", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-52289", "28.5.2", "vanished", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-52289", "28.5.2", "overlay-peer-elsewhere", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-50342", "28.5.2", "overlay-peer-missing", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-52640", "29.5.0", "conntrack-stale", "", "", "", 0, 0, 0 },
	{ "moby-44742", "20.10.24+dfsg1", "conntrack-stale", "", "", "", 0, 0, 0 },
	{ "moby-48685", "27.3.1", "hairpin-lost", "", "", "", W(PROXY_OFF), 0, 0 },
	{ "moby-51615", "29.1.0", "names-unresolved", "", "", "", 0, 0, 0 },
	{ "moby-51515", "29.0.0", "names-unresolved", "", "", "", W(SWARM), 0, 0 },
	{ "moby-51988", "28.5.2", "mac-mismatch", "", "", "", W(LIVE_RESTORE), 0, 0 },
	{ "moby-50646", "29.0.0", "nf-policy-drop", "filter", "FORWARD", "", W(NFTABLES), "INPUT", "" },
	{ "moby-50646", "29.0.0", "forwarding-off", "", "", "", W(NFTABLES), 0, 0 },
	{ "moby-50929", "29.1.0", "no-route", "", "", "", W(MACVLAN), 0, 0 },
	{ "moby-49981", "28.5.2", "docker-isolation", "", "", "", W(DST_HOST) | W(PROXY_OFF), 0, 0 },
	{ "moby-50140", "28.5.2", "docker-unpublished-port", "", "", "", W(DST_ROUTED) | W(APART), 0, 0 },
	{ "moby-50140", "27.5.1", "nf-policy-drop", "filter", "FORWARD", "", W(DST_ROUTED) | W(APART),
	  "INPUT", "" },
	{ "moby-50620", "28.5.2", "nf-policy-drop", "filter", "FORWARD", "",
	  W(FIREWALLD) | W(SHARED) | W(BR_NETFILTER) | W(MAKES_RULES), "mine", "" },
	{ "moby-50342", "28.5.2", "neigh-unresolved", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-50129", "28.2.2", "vanished", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "moby-49829", "28.5.2+dfsg4", "docker-direct-access", "raw", "PREROUTING", RAW(""), 0,
	  "PREROUTING", RAW(" -p tcp -m tcp --dport 80") },
	{ "moby-49829", "28.5.2+dfsg4", "docker-isolation", "raw", "PREROUTING", RAW(""), 0, "DOCKER",
	  RAW("") },
	{ "moby-49325", "28.1.1", "docker-direct-access", "raw", "PREROUTING",
	  RAW(" -p tcp -m tcp --dport 80"), 0, "PREROUTING", RAW("") },
	{ "moby-48724", "28.0.0", "docker-unpublished-port", "filter", "DOCKER",
	  "-A DOCKER ! -i " PRUNE " -o " PRUNE " -j DROP", 0, "DOCKER", "-A DOCKER -s 10.0.0.1/32 -j DROP" },
	{ "uncloud-293", "28.5.2", "docker-direct-access", "raw", "PREROUTING", RAW(""), W(VPN), "INPUT",
	  RAW("") },
	{ "moby-49518", "28.0.0", "nf-rule-reject", "filter", "FORWARD", ALL_REJECT,
	  W(FORWARDED) | W(MAKES_RULES), "DOCKER-USER", "-A DOCKER-USER -j REJECT" },
	{ "moby-49518", "28.0.0", "nf-rule-reject", "filter", "FORWARD", ALL_REJECT,
	  W(FORWARDED) | W(MAKES_RULES), "FORWARD", "-A FORWARD -s 172.18.0.2/32 -j REJECT" },
	{ "moby-49518", "5:28.0.0-1~ubuntu.24.04~noble", "nf-rule-reject", "filter", "ufw-reject-forward",
	  "-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable",
	  W(FORWARDED) | W(MAKES_RULES), "ufw-reject-forward", "-A ufw-reject-forward -p icmp -j REJECT" },
	{ "moby-49518", "28.0.0", "nf-rule-drop", "filter", "FORWARD", "-A FORWARD -j DROP",
	  W(FORWARDED) | W(MAKES_RULES), "FORWARD", "-A FORWARD -m mark --mark 0x1 -j DROP" },
	{ "moby-49518", "28.0.0", "nf-policy-drop", "filter", "FORWARD", "", W(FORWARDED) | W(MAKES_RULES),
	  "INPUT", "" },
	{ "moby-49577", "28.0.1", "no-listener", "", "", "", W(DST_HOST) | W(SRC_ROUTED) | W(PROXY_OFF), 0,
	  0 },
	{ "moby-49538", "28.0.0", "docker-unpublished-port", "filter", "DOCKER",
	  "-A DOCKER ! -i docker_gwbridge -o docker_gwbridge -j DROP", W(SWARM), "DOCKER",
	  "-A DOCKER ! -i docker0 -o docker0 -j DROP" },
	{ "moby-49728", "28.0.4", "docker-stale-rule", "", "", "", W(FIREWALLD), 0, 0 },
	{ "moby-36069", "27.5.1", "mac-mismatch", "", "", "", W(LEARNT), 0, 0 },
	{ "moby-48511", "27.2.1", "nf-rule-drop", "filter", "FORWARD", "-A FORWARD -p icmp -j DROP",
	  W(FORWARDED) | W(NO_RULES) | W(SHARED) | W(BR_NETFILTER), "DOCKER-USER",
	  "-A DOCKER-USER -p icmp -j DROP" },
	{ "moby-47747", "27.5.1", "nf-policy-drop", "filter", "FORWARD", "",
	  W(IPV6) | W(APART) | W(IPTABLES) | W(MAKES_RULES), "mine", "" },
	{ "moby-48089", "27.0.2", "subnet-overlap", "", "", "", 0, 0, 0 },
	{ "moby-47146", "25.0.2", "address-duplicate", "", "", "", W(SAME_MAC), 0, 0 },
	{ "moby-47303", "25.0.2", "nf-rule-reject", "filter", "FWD_public", "-A FWD_public -j REJECT",
	  W(BY_FIREWALLD) | W(INTERNAL) | W(SHARED) | W(BR_NETFILTER), 0, 0 },
	{ "moby-47481", "25.0.3", "neigh-unresolved", "", "", "", W(INTERNAL) | W(DST_HOST), 0, 0 },
	{ "moby-46603", "26.1.5+dfsg1", "no-route", "", "", "", W(INTERNAL), 0, 0 },
	{ "moby-46214", "20.10.24+dfsg1", "docker-internal", "filter", "DOCKER-ISOLATION-STAGE-1",
	  "-A DOCKER-ISOLATION-STAGE-1 ! -d fd00:7:1::/64 -i " BRIDGE " -j DROP",
	  W(IPV6) | W(NEIGH) | W(BR_NETFILTER), "DOCKER-ISOLATION-STAGE-2",
	  "-A DOCKER-ISOLATION-STAGE-2 -o " BRIDGE " -j DROP" },
	{ "engine-439", "19.03.5", "mac-mismatch", "", "", "", W(MAC_CHANGED), 0, 0 },
	{ "rn-19.03-egress", "19.03.0", "nf-policy-drop", "filter", "FORWARD", "",
	  W(REPLY) | W(APART) | W(DOCKER0) | W(MAKES_RULES), "INPUT", "" },
	{ "moby-35922", "17.12.1-ce", "bridge-fdb-wrong", "", "", "", W(SWARM) | W(OVERLAY), 0, 0 },
	{ "libnetwork-1792", "17.05.0-ce", "bridge-fdb-wrong", "", "", "", W(OVERLAY), 0, 0 },
	{ "moby-35401", "17.10.0-ce", "vanished", "", "", "", W(OVERLAY), 0, 0 },
	{ "moby-28257", "20.10.24+dfsg1", "nf-policy-drop", "filter", "FORWARD", "",
	  W(IPTABLES) | W(MAKES_RULES), "INPUT", "" },
	{ "moby-12294", "28.5.2+dfsg4", "nf-policy-drop", "filter", "FORWARD", "",
	  W(SHARED) | W(BR_NETFILTER) | W(IPTABLES) | W(MAKES_RULES), "mine", "" },
};

#define N_FITS (sizeof(fit_rows) / sizeof(fit_rows[0]))

static void rule_set(struct case_ *c, const char *table, const char *chain, const char *text)
{
	c->rule = (struct rule){ .family = NFPROTO_IPV4, .backend = BACKEND_IPTABLES_NFT,
				 .policy = !text[0] };
	text_copy(c->rule.table, sizeof(c->rule.table), table);
	text_copy(c->rule.chain, sizeof(c->rule.chain), chain);
	text_copy(c->rule.text, sizeof(c->rule.text), text[0] ? text : "-P FORWARD DROP");
	c->s.rule = chain[0] ? &c->rule : NULL;
}

static void case_make(struct case_ *c, const struct fit *f)
{
	*c = (struct case_){ .scene = scene_make_routed() };
	strcpy(c->scene.network.driver, "bridge");
	strcpy(c->scene.engine.name, "Docker Engine");
	text_copy(c->scene.engine.version, sizeof(c->scene.engine.version), f->version);
	c->s = (struct symptom){ .scene = &c->scene, .cause = f->cause, .hook = -1, .device = "eth0" };
	rule_set(c, f->table, f->chain, f->text);
	for (int i = 0; i < N_SWITCHES; i++)
		if (f->when & 1ull << i)
			switches[i](c, true);
}

/* Owner and purpose as the rule has them, but where the case says whose it is. */
static bool is_told(struct case_ *c, const struct fit *f)
{
	struct advisory out[ADVISORIES_MAX];
	int n;

	if (c->s.rule) {
		c->s.purpose = rules_purpose(c->s.rule, &c->scene);
		if (!(f->when & W(BY_FIREWALLD)))
			c->s.owner = rules_owner(c->s.rule, &c->scene);
	}
	n = advisory_match(&c->s, out);
	for (int i = 0; i < n; i++)
		if (!strcmp(out[i].id, f->id))
			return true;
	return false;
}

/* Each thing that must be so, made otherwise: then it must not be told. */
static void check_otherwise(const struct fit *f, const char *version, const char *cause, int condition,
			    const char *engine, const char *why)
{
	struct case_ c;

	case_make(&c, f);
	text_copy(c.scene.engine.version, sizeof(c.scene.engine.version), version);
	strcpy(c.scene.engine.name, engine);
	c.s.cause = cause;
	if (condition >= 0)
		switches[condition](&c, false);
	if (is_told(&c, f))
		fail_msg("%s is told in spite of another %s", f->id, why);
}

static void check_fit(const struct fit *f)
{
	const struct boundary *b = boundaries;
	const char *out;
	char version[64];
	struct case_ c;
	int len;

	case_make(&c, f);
	if (!is_told(&c, f))
		fail_msg("%s is not told of %s", f->id, f->cause);
	check_otherwise(f, f->version, "no-such-cause", -1, "Docker Engine", "cause");
	check_otherwise(f, f->version, "", -1, "Docker Engine", "cause");
	check_otherwise(f, f->version, f->cause, -1, "Podman Engine", "engine");
	check_otherwise(f, "", f->cause, -1, "Docker Engine", "version");
	for (int i = 0; i < N_SWITCHES; i++)
		if (f->when & 1ull << i)
			check_otherwise(f, f->version, f->cause, i, "Docker Engine", "condition");
	while (strcmp(b->id, f->id))
		b++;
	for (out = b->out; sscanf(out, " %63s%n", version, &len) == 1; out += len)
		check_otherwise(f, version, f->cause, -1, "Docker Engine", "version");
	if (!f->not_chain)
		return;
	case_make(&c, f);
	rule_set(&c, f->table, f->not_chain, f->not_text);
	if (is_told(&c, f))
		fail_msg("%s is told of another rule: %s", f->id, f->not_text);
	if (!strchr(row_find(f->id)->causes, '@'))
		return; /* whatever the table */
	rule_set(&c, "mine", f->chain, f->text);
	if (is_told(&c, f))
		fail_msg("%s is told of another table", f->id);
	rule_set(&c, f->table, f->chain, f->text);
	c.rule.backend = BACKEND_NFTABLES;
	if (is_told(&c, f))
		fail_msg("%s is told of another backend", f->id);
}

static void test_each_fits_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FITS; i++)
		check_fit(&fit_rows[i]);
}

static bool has_fit(const char *id)
{
	for (size_t i = 0; i < N_FITS; i++)
		if (!strcmp(fit_rows[i].id, id))
			return true;
	return false;
}

/* What is only listed is told of nothing: neither of the cases above, nor with everything switched on. */
static void test_listed_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows(); i++) {
		const struct advisory_row *row = advisory_row(i);
		const char *version = boundaries[i].in;

		assert_string_equal(boundaries[i].id, row->id);
		assert_int_equal(has_fit(row->id), advisory_is_shown(row));
		for (size_t f = 0; f < N_FITS && !advisory_is_shown(row); f++) {
			struct fit fit = fit_rows[f];
			char first[64];
			struct case_ c;

			sscanf(version, "%63s", first);
			fit.version = first;
			case_make(&c, &fit);
			fit.id = row->id;
			assert_false(is_told(&c, &fit));
			for (int j = 0; j < N_SWITCHES; j++)
				switches[j](&c, true);
			assert_false(is_told(&c, &fit));
		}
	}
}

/* Two drops that look alike: a leftover for a bridge that is gone, and 28.0.0's order of rules. */
static void test_the_story(void **state)
{
	static const struct fit leftover = { "", "28.5.2+dfsg4", "docker-stale-rule", "raw", "PREROUTING",
					     "-A PREROUTING -d 172.18.0.3/32 ! -i br-000000000000 -j DROP",
					     W(SHARED) | W(BR_NETFILTER) | W(MAKES_RULES) | W(IPTABLES), 0,
					     0 };
	static const struct fit order = { "", "28.0.0", "nf-rule-reject", "filter", "FORWARD", ALL_REJECT,
					  W(SHARED) | W(BR_NETFILTER) | W(MAKES_RULES) | W(FORWARDED), 0, 0 };
	struct advisory out[ADVISORIES_MAX];
	struct case_ c;

	(void)state;
	case_make(&c, &leftover);
	is_told(&c, &leftover);
	assert_int_equal(advisory_match(&c.s, out), 0);
	case_make(&c, &order);
	is_told(&c, &order);
	assert_int_equal(advisory_match(&c.s, out), 1);
	assert_string_equal(out[0].id, "moby-49518");
	assert_string_equal(out[0].fixed_in, "28.0.1");
	strcpy(c.scene.engine.version, "28.5.2");
	assert_int_equal(advisory_match(&c.s, out), 0);
}

static void test_verdict(void **state)
{
	struct scene scene = scene_make();
	struct verdict v = { .kind = VERDICT_REFUSED };

	(void)state;
	strcpy(scene.engine.name, "Docker Engine");
	strcpy(scene.engine.version, "28.0.0");
	scene.engine.makes_rules = SAYS_YES;
	strcpy(v.cause.id, "nf-rule-reject");
	v.drop = (struct drop){ .found = true, .in_netfilter = true, .hook_known = true,
				.hook_num = NF_INET_FORWARD, .rule_known = true, .owner = OWNER_USER };
	v.drop.rule.backend = BACKEND_IPTABLES_NFT;
	strcpy(v.drop.rule.table, "filter");
	strcpy(v.drop.rule.chain, "FORWARD");
	strcpy(v.drop.rule.text, ALL_REJECT);
	advisory_verdict(&scene, &v);
	assert_int_equal(v.n_advisories, 1);
	v.drop.hook_num = NF_INET_LOCAL_IN;
	advisory_verdict(&scene, &v);
	assert_int_equal(v.n_advisories, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fits_its_own),
		cmocka_unit_test(test_listed_only),
		cmocka_unit_test(test_the_story),
		cmocka_unit_test(test_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
