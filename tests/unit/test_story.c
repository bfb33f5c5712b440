/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stories: what the kernel would have reported, and what must be concluded from it. Events go in
 * as the records that the kernel side writes.
 */
#include "core/session.h"

#include <errno.h>
#include <linux/netfilter.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "core/explain.h"
#include "made_up_kernel.h"

#define STEPS_MAX 24

struct story {
	const char *name;
	void (*change)(struct scene *scene);
	struct telling steps[STEPS_MAX];
	int sent_err;
	const char *rule; /* of the drop */
	const char *chain;
	bool policy;
	struct culprit culprit;
	struct answer answer; /* kind and ICMP type, if probe is 1 */
	enum verdict_kind verdict;
	enum direction direction;
	const char *cause;
	enum confidence confidence;
	enum { WHEN_FINAL, WHEN_QUIET, WHEN_NOW } settled;
};

static void tcp(struct scene *s) { s->request.protocol = IPPROTO_TCP; s->request.port = 80; }
static void fentry(struct scene *s) { text_copy(s->attach, sizeof(s->attach), "fentry"); }
static void udp(struct scene *s) { s->request.protocol = IPPROTO_UDP; s->request.port = 53; }
static void ip6_udp(struct scene *s) { scene_ip6(s); s->request.protocol = IPPROTO_UDP; s->request.port = 53; }
static void routed(struct scene *s) { *s = scene_make_routed(); }
static void bridge_down(struct scene *s) { s->bridge.up = false; }
static void eth_down(struct scene *s) { s->ends[ROLE_DST].device.up = false; }
static void no_port(struct scene *s) { s->ends[ROLE_DST].host_device.master = 0; }
static void blocking(struct scene *s) { s->ends[ROLE_DST].host_device.port_state = BR_STATE_BLOCKING; }
static void one_isolated(struct scene *s) { s->ends[ROLE_SRC].host_device.port_isolated = true; }
static void isolated(struct scene *s)
{
	one_isolated(s);
	s->ends[ROLE_DST].host_device.port_isolated = true;
}
static void vlans(struct scene *s, uint16_t pvid, bool takes, bool untags)
{
	s->bridge.vlan_filtering = true;
	s->vlans[ROLE_SRC] = (struct port_vlan){ .known = true, .pvid = pvid };
	s->vlans[ROLE_DST] = (struct port_vlan){ .known = true, .pvid = 1, .takes = takes,
						 .untags = untags };
}
static void no_pvid(struct scene *s) { vlans(s, 0, false, false); }
static void not_member(struct scene *s) { vlans(s, 20, false, false); }
static void tagged(struct scene *s) { vlans(s, 20, true, false); }
static void same_vlan(struct scene *s) { vlans(s, 20, true, true); }
static void locked(struct scene *s) { s->ends[ROLE_SRC].host_device.port_locked = true; }
static void locked_known(struct scene *s)
{
	locked(s);
	s->fdb[ROLE_SRC] = (struct fdb){ .asked = true, .known = true, .fixed = true,
					 .port = IF_VETH_WEB };
}
static void fdb_elsewhere(struct scene *s)
{
	s->fdb[ROLE_DST] = (struct fdb){ .asked = true, .known = true, .fixed = true, .port = 99,
					 .port_name = "veth-other" };
}
static void fdb_right(struct scene *s)
{
	fdb_elsewhere(s);
	s->fdb[ROLE_DST].port = IF_VETH_DB;
}
static void no_flood(struct scene *s)
{
	s->ends[ROLE_DST].host_device.no_flood = true;
	s->fdb_after[ROLE_DST].asked = true;
}
static void no_flood_known(struct scene *s)
{
	no_flood(s);
	s->fdb_after[ROLE_DST] = (struct fdb){ .asked = true, .known = true, .port = IF_VETH_DB };
}
static void no_bcast_flood(struct scene *s) { s->ends[ROLE_DST].host_device.no_bcast_flood = true; }
static struct program *program_at(struct scene *s, const char *name, uint32_t id)
{
	struct program *p = &s->programs[s->n_programs++];

	*p = (struct program){ .kind = "bpf", .id = id, .ingress = true, .device = "dev",
			       .netns = "host", .counted = true, .priority = id };
	text_copy(p->name, sizeof(p->name), name);
	return p;
}
static void one_program(struct scene *s) { program_at(s, "guard", 5); }
static void two_programs(struct scene *s)
{
	program_at(s, "guard", 5)->count_after = 3;
	program_at(s, "meter", 6)->count_after = 2;
}
static void two_busy_programs(struct scene *s)
{
	two_programs(s);
	s->programs[0].counted = false;
}
static void cgroup_of_web(struct scene *s)
{
	s->programs[s->n_programs++] = (struct program){ .place = PLACE_CGROUP, .id = 8, .netns = "web",
							 .kind = "cgroup egress", .name = "cg" };
}
static void cgroup_of_db(struct scene *s)
{
	s->programs[s->n_programs++] = (struct program){ .place = PLACE_CGROUP, .id = 9, .netns = "db",
							 .kind = "cgroup ingress", .name = "cg",
							 .ingress = true };
}
static void queue_lost(struct scene *s)
{
	s->n_queues = 1;
	s->queues[0] = (struct queue){ .kind = "tbf", .handle = 0x80010000, .device = "dev",
				       .netns = "host", .drops_after = 1 };
}
static void taker(struct scene *s)
{
	struct program *p = program_at(s, "taker", 7);

	text_copy(p->device, sizeof(p->device), "eth0");
	text_copy(p->netns, sizeof(p->netns), "db");
}
static void other_mac(struct scene *s) { s->ends[ROLE_DST].device.mac[1] = 0x99; }
static void ip6_other_mac(struct scene *s) { scene_ip6(s); s->ends[ROLE_SRC].device.mac[1] = 0x99; }
static void by_gateway(struct scene *s)
{
	other_mac(s);
	s->next_hop[ROLE_SRC] = s->ends[ROLE_SRC].ip;
}
static void to_host(struct scene *s)
{
	s->shared = false;
	s->ends[ROLE_DST] = (struct endpoint){ .kind = ENDPOINT_HOST, .name = "host", .netns = NS_HOST,
					       .ip = s->ends[ROLE_DST].ip, .device = s->bridge };
	bridge_down(s);
	s->ends[ROLE_DST].device.up = false;
}
static void no_route(struct scene *s)
{
	s->routes[ROLE_SRC][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_NONE };
}
static void no_route_routed(struct scene *s) { routed(s); no_route(s); }
static void ip6_forbids(struct scene *s)
{
	scene_ip6(s);
	s->shared = false;
	s->routes[ROLE_HOST][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_BLACKHOLE };
}
static void prohibit_back(struct scene *s)
{
	s->routes[ROLE_DST][DIR_REPLY] = (struct route){ .known = true, .type = ROUTE_PROHIBIT };
}
static void host_forbids(struct scene *s)
{
	routed(s);
	s->routes[ROLE_HOST][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_UNREACHABLE };
}

static const struct story stories[] = {
#include "stories.def"
};

static int rule_of_story(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
			 struct rule *out)
{
	const struct story *story = ctx;

	(void)drop;
	(void)hit;
	(void)table;
	if (!story->rule)
		return -ENOENT;
	*out = (struct rule){ .backend = story->rule[0] == '-' ? BACKEND_IPTABLES_NFT : BACKEND_NFTABLES,
			      .family = NFPROTO_IPV4, .handle = 7, .index = 1,
			      .policy = story->policy };
	text_copy(out->table, sizeof(out->table), "filter");
	text_copy(out->chain, sizeof(out->chain), story->chain);
	text_copy(out->text, sizeof(out->text), story->rule);
	return 0;
}

static int culprit_of_story(void *ctx, const struct hop *drop, const struct hit *hit,
			    enum dd_hook_stage stage, struct culprit *out)
{
	const struct story *story = ctx;

	(void)drop;
	(void)hit;
	(void)stage;
	*out = story->culprit;
	return story->culprit.kind ? 0 : -ENOENT;
}

static void tell(struct session *s, const struct scene *scene, const struct story *story)
{
	struct sent sent = { 1, 999, story->sent_err };
	struct answer answer = story->answer;

	session_sent(s, &sent);
	for (int i = 0; i < STEPS_MAX && story->steps[i].kind; i++) {
		struct dd_event ev = event_of(scene, &story->steps[i], i);

		session_event(s, &ev, sizeof(ev));
	}
	answer.ts_ns = 5000;
	if (answer.probe)
		session_answer(s, &answer);
}

static void test_story(void **state)
{
	const struct story *story = *state;
	struct reason *reason_names __cleanup(cleanup_reason) = reasons_make();
	struct ksym *ksym __cleanup(cleanup_ksym) = symbols_make();
	struct session *s __cleanup(cleanup_session) = NULL;
	struct scene scene = scene_make();
	const struct session_ops ops = { .rule = rule_of_story, .culprit = culprit_of_story,
					 .ctx = (void *)story };
	struct verdict v;

	if (story->change)
		story->change(&scene);
	assert_int_equal(session_open(&scene, ksym, reason_names, &ops, &s), 0);
	tell(s, &scene, story);
	session_verdict(s, &v);
	print_message("%s: %s\n", v.cause.id, v.cause.text);
	assert_string_equal(v.cause.id, story->cause);
	assert_int_equal(v.kind, story->verdict);
	assert_int_equal(v.direction, story->direction);
	if (story->cause[0])
		assert_int_equal(v.cause.confidence, story->confidence);
	assert_null(strchr(v.cause.text, '?'));
	assert_int_equal(session_settled(s, PHASE_NOW), story->settled == WHEN_NOW);
	assert_int_equal(session_settled(s, PHASE_QUIET), story->settled != WHEN_FINAL);
	assert_true(session_settled(s, PHASE_FINAL));
}

/* Every row of causes.def is told by a story, and no story tells of another cause. */
static void test_every_cause_has_a_story(void **state)
{
	static const char *const elsewhere[] = {
		/* by the functional tests alone: their evidence is a rule's text, see test_rules.c */
		"docker-stale-rule", "docker-icc-off", "docker-internal", "docker-direct-access",
		"docker-unpublished-port",
		/* by test_stack_facts.c */
		"martian-source", "ttl-expired", "forwarding-off", "ipv6-disabled", "bad-checksum",
		"receive-buffer-full", "accept-queue-full", "loopback-only", "subnet-overlap",
	};

	(void)state;
	for (size_t n = 0; explain_id(n); n++) {
		bool told = false;

		for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
			told |= !strcmp(elsewhere[i], explain_id(n));
		for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
			told |= !strcmp(stories[i].cause, explain_id(n));
		print_message("%s\n", explain_id(n));
		assert_true(told);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(stories) + 1] = { cmocka_unit_test(test_every_cause_has_a_story) };

	for (size_t i = 0; i < ARRAY_SIZE(stories); i++)
		tests[i + 1] = (struct CMUnitTest){ stories[i].name, test_story, NULL, NULL,
						    (void *)&stories[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
