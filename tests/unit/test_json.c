/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <errno.h>

#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "view/json.h"
#include "view/names.h"
#include "view_story.h"

static char *render(const struct story *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(json_verdict(f, &s->scene, &s->v), 0);
	fclose(f);
	return text;
}

static cJSON *parse(const struct story *s)
{
	char *text = render(s);
	cJSON *root = cJSON_Parse(text);

	assert_non_null(root);
	free(text);
	return root;
}

/* "drop.netfilter.hook"; a number is an index. NULL: there is no such field. */
static const cJSON *at(const cJSON *from, const char *path)
{
	char part[64];

	while (from && *path) {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		from = cJSON_IsArray(from) ? cJSON_GetArrayItem(from, atoi(part))
					   : cJSON_GetObjectItemCaseSensitive(from, part);
		path += len + (path[len] == '.');
	}
	return from;
}

static const char *text_at(const cJSON *root, const char *path)
{
	const cJSON *item = at(root, path);

	if (!item)
		fail_msg("%s is missing", path);
	return cJSON_IsString(item) ? item->valuestring : NULL;
}

enum type { TEXT = 1, NUMBER = 2, BOOL = 4, OBJECT = 8, ARRAY = 16, NOTHING = 32 };

static int type_of(const cJSON *item)
{
	return cJSON_IsString(item)   ? TEXT
	       : cJSON_IsNumber(item) ? NUMBER
	       : cJSON_IsBool(item)   ? BOOL
	       : cJSON_IsObject(item) ? OBJECT
	       : cJSON_IsArray(item)  ? ARRAY
	       : cJSON_IsNull(item)   ? NOTHING
				      : 0;
}

/* The document of the contract. What is in an object that may be null is looked for if it is not.
 */
static const struct {
	const char *path;
	int types;
} fields[] = {
	{ "schema", NUMBER },
	{ "tool", OBJECT },
	{ "tool.name", TEXT },
	{ "tool.version", TEXT },
	{ "host.kernel", TEXT | NOTHING },
	{ "host.arch", TEXT | NOTHING },
	{ "host.attach", TEXT | NOTHING },
	{ "engine.name", TEXT | NOTHING },
	{ "engine.version", TEXT | NOTHING },
	{ "engine.api_version", TEXT | NOTHING },
	{ "engine.min_api_version", TEXT | NOTHING },
	{ "engine.components", OBJECT },
	{ "engine.firewall_backend", TEXT | NOTHING },
	{ "engine.rootless", BOOL },
	{ "request.protocol", TEXT },
	{ "request.port", NUMBER | NOTHING },
	{ "request.count", NUMBER },
	{ "request.network", TEXT | NOTHING },
	{ "request.bridge", TEXT | NOTHING },
	{ "request.dst_network", TEXT | NOTHING },
	{ "request.src.name", TEXT },
	{ "request.src.id", TEXT | NOTHING },
	{ "request.src.ip", TEXT | NOTHING },
	{ "request.src.mac", TEXT | NOTHING },
	{ "request.src.device", TEXT | NOTHING },
	{ "request.src.host_device", TEXT | NOTHING },
	{ "request.dst.name", TEXT },
	{ "request.dst.id", TEXT | NOTHING },
	{ "request.dst.ip", TEXT | NOTHING },
	{ "request.dst.mac", TEXT | NOTHING },
	{ "request.dst.device", TEXT | NOTHING },
	{ "request.dst.host_device", TEXT | NOTHING },
	{ "verdict", TEXT },
	{ "direction", TEXT | NOTHING },
	{ "drop", OBJECT | NOTHING },
	{ "drop.count", NUMBER },
	{ "drop.function", TEXT | NOTHING },
	{ "drop.offset", NUMBER | NOTHING },
	{ "drop.module", TEXT | NOTHING },
	{ "drop.reason", TEXT | NOTHING },
	{ "drop.layer", TEXT | NOTHING },
	{ "drop.netns", TEXT | NOTHING },
	{ "drop.device", TEXT | NOTHING },
	{ "drop.packet.protocol", TEXT | NOTHING },
	{ "drop.packet.src_ip", TEXT | NOTHING },
	{ "drop.packet.dst_ip", TEXT | NOTHING },
	{ "drop.packet.length", NUMBER | NOTHING },
	{ "drop.netfilter", OBJECT | NOTHING },
	{ "drop.netfilter.family", TEXT | NOTHING },
	{ "drop.netfilter.hook", TEXT | NOTHING },
	{ "drop.netfilter.table", TEXT | NOTHING },
	{ "drop.netfilter.chain", TEXT | NOTHING },
	{ "drop.netfilter.backend", TEXT | NOTHING },
	{ "drop.netfilter.rule", OBJECT | NOTHING },
	{ "drop.netfilter.rule.handle", NUMBER | NOTHING },
	{ "drop.netfilter.rule.index", NUMBER | NOTHING },
	{ "drop.netfilter.rule.text", TEXT | NOTHING },
	{ "drop.netfilter.rule.ambiguous", BOOL },
	{ "drop.netfilter.policy", BOOL | NOTHING },
	{ "drop.netfilter.owner", TEXT | NOTHING },
	{ "drop.bridge", OBJECT | NOTHING },
	{ "drop.bridge.name", TEXT },
	{ "drop.bridge.port", TEXT | NOTHING },
	{ "drop.bridge.state", TEXT | NOTHING },
	{ "drop.bridge.isolated", BOOL | NOTHING },
	{ "drop.bridge.vlan", NUMBER | NOTHING },
	{ "drop.stack", ARRAY },
	{ "cause", OBJECT | NOTHING },
	{ "cause.id", TEXT },
	{ "cause.confidence", TEXT },
	{ "cause.text", TEXT },
	{ "cause.remedy", ARRAY },
	{ "advisories", ARRAY },
	{ "probes", ARRAY },
	{ "probes.0.n", NUMBER },
	{ "probes.0.result", TEXT },
	{ "probes.0.rtt_us", NUMBER | NOTHING },
	{ "probes.0.hops", ARRAY },
	{ "probes.0.hops.0.t_us", NUMBER },
	{ "probes.0.hops.0.direction", TEXT },
	{ "probes.0.hops.0.netns", TEXT | NOTHING },
	{ "probes.0.hops.0.device", TEXT | NOTHING },
	{ "probes.0.hops.0.layer", TEXT | NOTHING },
	{ "probes.0.hops.0.event", TEXT },
	{ "probes.0.hops.0.function", TEXT | NOTHING },
	{ "probes.0.hops.0.hook", TEXT | NOTHING },
	{ "probes.0.hops.0.reason", TEXT | NOTHING },
	{ "probes.0.hops.0.note", TEXT | NOTHING },
	{ "loss.events_lost", NUMBER },
	{ "loss.events_malformed", NUMBER },
	{ "loss.hops_left_out", NUMBER },
	{ "interrupted", BOOL },
};

/* An object on the way to the field is null, as the document may have it. */
static bool is_below_null(const cJSON *root, const char *path)
{
	char above[64];

	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		snprintf(above, sizeof(above), "%.*s", (int)(dot - path), path);
		if (cJSON_IsNull(at(root, above)))
			return true;
	}
	return false;
}

static void check_fields(const cJSON *root, const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (is_below_null(root, fields[i].path))
			continue;
		if (!(type_of(at(root, fields[i].path)) & fields[i].types))
			fail_msg("%s: %s is missing or of the wrong type", name, fields[i].path);
	}
}

static void test_fields(void **state)
{
	static struct story s;

	(void)state;
	for (size_t i = 0; i < N_STORIES; i++) {
		cJSON *root;

		stories[i].make(&s);
		root = parse(&s);
		check_fields(root, stories[i].name);
		cJSON_Delete(root);
	}
}

/* Whole documents, letter by letter. */
static void test_documents(void **state)
{
	static const struct story_row rows[] = {
		{ "rule", story_rule },
		{ "isolated", story_isolated },
		{ "delivered", story_delivered },
	};
	static struct story s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got, *expected;

		rows[i].make(&s);
		got = render(&s);
		expected = story_expected(rows[i].name, "json", got);
		if (strcmp(got, expected) != 0)
			fail_msg("%s: expected\n%s\ngot\n%s", rows[i].name, expected, got);
		free(expected);
		free(got);
	}
}

/* Names are divided by blanks; each is looked for under the prefix. */
static void assert_nulls(const struct story *s, const char *prefix, const char *names)
{
	cJSON *root = parse(s);
	char all[512], path[64];

	strcpy(all, names);
	for (char *name = strtok(all, " "); name; name = strtok(NULL, " ")) {
		snprintf(path, sizeof(path), "%s%s", prefix, name);
		if (!cJSON_IsNull(at(root, path)))
			fail_msg("%s is not null", path);
	}
	cJSON_Delete(root);
}

/* What is not known is there, and is null: of a verdict, and of a drop. */
static void test_unknown(void **state)
{
	static struct story s;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.v.kind = VERDICT_INCONCLUSIVE;
	assert_nulls(&s, "", "drop cause host.kernel host.arch host.attach");
	assert_nulls(&s, "engine.", "name version api_version min_api_version firewall_backend");
	assert_nulls(&s, "request.", "protocol port network bridge dst_network");
	assert_nulls(&s, "request.src.", "name id ip mac device host_device");

	story_begin(&s, VERDICT_DROPPED);
	s.v.drop.found = s.v.drop.in_netfilter = s.v.drop.in_bridge = true;
	s.v.drop.hop.role = ROLE_OTHER;
	assert_nulls(&s, "drop.", "function offset module reason layer netns device");
	assert_nulls(&s, "drop.packet.", "protocol src_ip dst_ip length");
	assert_nulls(&s, "drop.netfilter.", "family hook table chain backend rule policy owner");
	assert_nulls(&s, "drop.bridge.", "port state isolated vlan");
	s.v.drop.in_netfilter = s.v.drop.in_bridge = false;
	assert_nulls(&s, "drop.", "netfilter bridge");
}

static void test_policy(void **state)
{
	static struct story s;
	cJSON *root;

	(void)state;
	story_policy(&s);
	root = parse(&s);
	assert_true(cJSON_IsTrue(at(root, "drop.netfilter.policy")));
	assert_true(cJSON_IsNull(at(root, "drop.netfilter.rule")));
	assert_string_equal(text_at(root, "drop.netfilter.chain"), "FORWARD");
	assert_string_equal(text_at(root, "direction"), "reply");
	assert_true(cJSON_IsTrue(at(root, "interrupted")));
	assert_int_equal(at(root, "loss.events_lost")->valueint, 12);
	cJSON_Delete(root);
}

/* More digits than a double has. */
static void test_big_numbers(void **state)
{
	static struct story s;
	char *text;

	(void)state;
	story_rule(&s);
	s.v.drop.rule.handle = UINT64_MAX - 1;
	s.v.events_lost = UINT64_MAX;
	text = render(&s);
	assert_non_null(strstr(text, "\"handle\":\t18446744073709551614,"));
	assert_non_null(strstr(text, "\"events_lost\":\t18446744073709551615,"));
	free(text);
}

/* Names and rules of others cannot leave their string, and the document stays UTF-8. */
static void test_hostile(void **state)
{
	static struct story s;
	char safe[8192], *text;
	cJSON *root;

	(void)state;
	story_hostile(&s);
	strcpy(s.scene.engine.components[0].name, "a\"b\\\xff");
	strcpy(s.scene.ends[ROLE_SRC].name, "\", \"verdict\": \"delivered\n\x80");
	root = parse(&s);
	assert_string_equal(text_at(root, "request.src.name"),
			    "\", \"verdict\": \"delivered\\x0a\\x80");
	assert_string_equal(text_at(root, "verdict"), "dropped");
	assert_non_null(text_at(root, "engine.components.a\"b\\\\xff"));
	cJSON_Delete(root);

	text = render(&s);
	for (char *line = strtok(text, "\t\n"); line; line = strtok(NULL, "\t\n"))
		assert_string_equal(safe_text(safe, sizeof(safe), line), line);
	free(text);
}

/* Every word of the enums comes out as the field that it belongs to. */
static void test_words(void **state)
{
	static struct story s;

	(void)state;
	for (int i = 0; i < 32; i++) {
		struct drop *d = &s.v.drop;
		struct hop *hop;
		cJSON *root;

		story_rule(&s);
		hop = s.v.hops;
		s.v.kind = s.v.probes[0].result = (enum verdict_kind)(i % N_VERDICTS);
		hop->step = (enum step)(i % N_STEPS);
		hop->direction = (enum direction)(i % 2);
		hop->layer = d->hop.layer = (enum layer)(1 + i % (N_LAYERS - 1));
		s.v.cause.confidence = (enum confidence)(i % N_CONFIDENCES);
		d->rule.backend = (enum backend)(1 + i % BACKEND_EBTABLES);
		d->owner = (enum owner)(1 + i % (N_OWNERS - 1));
		d->purpose = (enum purpose)(1 + i % (N_PURPOSES - 1));
		d->in_bridge = true;
		strcpy(d->bridge, "br0");
		d->port = (struct link){ .ifindex = 3, .port_state = i % (BR_STATE_BLOCKING + 1) };
		root = parse(&s);
		check_fields(root, "words");
		assert_string_equal(text_at(root, "verdict"), name_verdict(s.v.kind));
		assert_string_equal(text_at(root, "probes.0.result"), name_verdict(s.v.kind));
		assert_string_equal(text_at(root, "probes.0.hops.0.event"), name_step(hop->step));
		assert_string_equal(text_at(root, "probes.0.hops.0.layer"), name_layer(hop->layer));
		assert_string_equal(text_at(root, "probes.0.hops.0.direction"),
				    name_direction(hop->direction));
		assert_string_equal(text_at(root, "drop.layer"), name_layer(d->hop.layer));
		assert_string_equal(text_at(root, "cause.confidence"),
				    name_confidence(s.v.cause.confidence));
		assert_string_equal(text_at(root, "drop.netfilter.backend"),
				    name_backend(d->rule.backend));
		assert_string_equal(text_at(root, "drop.netfilter.owner"), rules_owner_name(d->owner));
		assert_string_equal(text_at(root, "drop.netfilter.purpose"),
				    rules_purpose_name(d->purpose));
		assert_string_equal(text_at(root, "drop.bridge.state"),
				    kernel_port_state(d->port.port_state));
		cJSON_Delete(root);
	}
}

/* Packets of every kind that a drop can be of. */
static void test_packets(void **state)
{
	static const struct {
		uint16_t ethertype;
		uint8_t l4;
		const char *protocol, *ip;
		uint16_t neigh_op;
	} rows[] = {
		{ ETH_P_IP, IPPROTO_ICMP, "icmp", "16.1.2.3", 0 },
		{ ETH_P_IP, IPPROTO_TCP, "tcp", "16.1.2.3", 0 },
		{ ETH_P_IP, IPPROTO_UDP, "udp", "16.1.2.3", 0 },
		{ ETH_P_IP, 99, NULL, "16.1.2.3", 0 },
		{ ETH_P_ARP, 0, "arp", "16.1.2.3", 0 },
		{ ETH_P_IPV6, IPPROTO_TCP, "tcp", "1001:203::", 0 },
		{ ETH_P_IPV6, IPPROTO_ICMPV6, "icmpv6", "1001:203::", 0 },
		{ ETH_P_IPV6, IPPROTO_ICMPV6, "nd", "1001:203::", 1 },
		{ 0, IPPROTO_TCP, NULL, NULL, 0 },
	};
	static struct story s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *protocol, *ip;
		cJSON *root;

		story_rule(&s);
		s.v.drop.hop.pkt = (struct dd_packet){ .ethertype = rows[i].ethertype,
						       .l4 = rows[i].l4,
						       .neigh_op = rows[i].neigh_op,
						       .src = { 16, 1, 2, 3 } };
		root = parse(&s);
		protocol = text_at(root, "drop.packet.protocol");
		ip = text_at(root, "drop.packet.src_ip");
		assert_string_equal(protocol ?: "null", rows[i].protocol ?: "null");
		assert_string_equal(ip ?: "null", rows[i].ip ?: "null");
		cJSON_Delete(root);
	}
}

static int allocations_left;

static void *failing_malloc(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Wherever memory runs out, the answer is an error and not half a document. */
static void test_no_memory(void **state)
{
	cJSON_Hooks hooks = { failing_malloc, free };
	static struct story s;
	char *text = NULL;
	int err, n = 0;
	size_t len;

	(void)state;
	story_rule(&s);
	do {
		FILE *f = open_memstream(&text, &len);

		allocations_left = n++;
		cJSON_InitHooks(&hooks);
		err = json_verdict(f, &s.scene, &s.v);
		cJSON_InitHooks(NULL);
		fclose(f);
		assert_true(err == 0 || (err == -ENOMEM && len == 0));
		free(text);
	} while (err && n < 100000);
	assert_int_equal(err, 0);
	assert_true(n > 100);
}

static void test_no_room(void **state)
{
	static struct story s;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full) {
		print_message("no /dev/full here\n");
		skip();
	}
	story_rule(&s);
	assert_int_equal(json_verdict(full, &s.scene, &s.v), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	    cmocka_unit_test(test_documents),
		cmocka_unit_test(test_unknown),	    cmocka_unit_test(test_policy),
		cmocka_unit_test(test_big_numbers), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_words),	    cmocka_unit_test(test_packets),
		cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
