/* SPDX-License-Identifier: GPL-2.0 */
#include <fcntl.h>

#include "pinglab.h"

/* ---- what comes back -------------------------------------------------------- */

enum place { NOWHERE, AT_A, AT_R, AT_B };

struct answer_row {
	const char *name;
	int protocol;
	enum place where; /* the command runs there */
	const char *command;
	enum answer_kind kind;
	const char *from; /* of the family that the probes are of */
	uint8_t type, code; /* ANSWER_ICMP */
};

#define FORWARD_REJECT(with) "iptables -A FORWARD -d 10.2.0.2 -j REJECT --reject-with " with

#define FORWARD_REJECT6(with) "ip6tables -A FORWARD -d fd00:2::2 -j REJECT --reject-with " with

#define QUICK_NEIGHBOUR_OF(ipv, device) \
	"echo 1 > /proc/sys/net/" ipv "/neigh/" device "/mcast_solicit;" \
	"echo 20 > /proc/sys/net/" ipv "/neigh/" device "/retrans_time_ms;"
#define QUICK_NEIGHBOUR(device) QUICK_NEIGHBOUR_OF("ipv4", device)

static const struct answer_row answer_rows[] = {
	{ "echo", IPPROTO_ICMP, NOWHERE, "", ANSWER_REPLY, "10.2.0.2", 0, 0 },
	{ "closed tcp", IPPROTO_TCP, NOWHERE, "", ANSWER_RESET, "10.2.0.2", 0, 0 },
	{ "closed udp", IPPROTO_UDP, NOWHERE, "", ANSWER_ICMP, "10.2.0.2", 3, 3 },
	{ "unreachable", IPPROTO_ICMP, AT_R, "ip route add unreachable 10.2.0.2", ANSWER_ICMP,
	  "10.1.0.1", 3, 1 },
	{ "unreachable", IPPROTO_TCP, AT_R, "ip route add unreachable 10.2.0.2", ANSWER_ICMP,
	  "10.1.0.1", 3, 1 },
	{ "unreachable", IPPROTO_UDP, AT_R, "ip route add unreachable 10.2.0.2", ANSWER_ICMP,
	  "10.1.0.1", 3, 1 },
	{ "prohibit", IPPROTO_ICMP, AT_R, "ip route add prohibit 10.2.0.2", ANSWER_ICMP, "10.1.0.1",
	  3, 13 },
	{ "prohibit", IPPROTO_TCP, AT_R, "ip route add prohibit 10.2.0.2", ANSWER_ICMP, "10.1.0.1",
	  3, 13 },
	{ "no route", IPPROTO_ICMP, AT_R, "ip route del 10.2.0.0/24", ANSWER_ICMP, "10.1.0.1", 3,
	  0 },
	{ "reject", IPPROTO_ICMP, AT_R, FORWARD_REJECT("icmp-port-unreachable"), ANSWER_ICMP,
	  "10.1.0.1", 3, 3 },
	{ "reject", IPPROTO_TCP, AT_R, FORWARD_REJECT("icmp-host-prohibited"), ANSWER_ICMP,
	  "10.1.0.1", 3, 10 },
	{ "reject", IPPROTO_UDP, AT_R, FORWARD_REJECT("icmp-admin-prohibited"), ANSWER_ICMP,
	  "10.1.0.1", 3, 13 },
	{ "reset", IPPROTO_TCP, AT_R,
	  "iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset", ANSWER_RESET,
	  "10.2.0.2", 0, 0 },
	{ "reject at b", IPPROTO_ICMP, AT_B, "iptables -A INPUT -j REJECT", ANSWER_ICMP, "10.2.0.2",
	  3, 3 },
	{ "neighbour", IPPROTO_ICMP, AT_R,
	  QUICK_NEIGHBOUR("rb") "ip route add 10.2.0.2 via 10.2.0.99", ANSWER_ICMP, "10.1.0.1", 3,
	  1 },
	{ "neighbour", IPPROTO_ICMP, AT_A,
	  QUICK_NEIGHBOUR("eth0") "ip route replace default via 10.1.0.99", ANSWER_ICMP, "10.1.0.2",
	  3, 1 },
	/* IPv6 */
	{ "echo", IPPROTO_ICMP, NOWHERE, "", ANSWER_REPLY, "fd00:2::2", 0, 0 },
	{ "closed tcp", IPPROTO_TCP, NOWHERE, "", ANSWER_RESET, "fd00:2::2", 0, 0 },
	{ "closed udp", IPPROTO_UDP, NOWHERE, "", ANSWER_ICMP, "fd00:2::2", 1, 4 },
	{ "no route", IPPROTO_ICMP, AT_R, "ip route del fd00:2::/64 dev rb", ANSWER_ICMP, "fd00:1::1",
	  1, 0 },
	{ "prohibit", IPPROTO_ICMP, AT_R, "ip route add prohibit fd00:2::2", ANSWER_ICMP, "fd00:1::1",
	  1, 1 },
	{ "prohibit", IPPROTO_TCP, AT_R, "ip route add prohibit fd00:2::2", ANSWER_ICMP, "fd00:1::1",
	  1, 1 },
	{ "reject", IPPROTO_ICMP, AT_R, FORWARD_REJECT6("icmp6-adm-prohibited"), ANSWER_ICMP,
	  "fd00:1::1", 1, 1 },
	{ "reject", IPPROTO_TCP, AT_R, FORWARD_REJECT6("icmp6-port-unreachable"), ANSWER_ICMP,
	  "fd00:1::1", 1, 4 },
	{ "reject", IPPROTO_UDP, AT_R, FORWARD_REJECT6("icmp6-addr-unreachable"), ANSWER_ICMP,
	  "fd00:1::1", 1, 3 },
	{ "reset", IPPROTO_TCP, AT_R,
	  "ip6tables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset", ANSWER_RESET,
	  "fd00:2::2", 0, 0 },
	{ "neighbour", IPPROTO_ICMP, AT_R,
	  QUICK_NEIGHBOUR_OF("ipv6", "rb") "ip route add fd00:2::2 via fd00:2::99", ANSWER_ICMP,
	  "fd00:1::1", 1, 3 },
	{ "neighbour", IPPROTO_ICMP, AT_A,
	  QUICK_NEIGHBOUR_OF("ipv6", "eth0") "ip route replace default via fd00:1::99", ANSWER_ICMP,
	  "fd00:1::2", 1, 3 },
};

static void check_answers(const struct lab *lab, const struct answer_row *row)
{
	const int places[] = { -1, lab->a, lab->r, lab->b };
	struct request req = request_of(row->protocol);
	struct ping *p __cleanup(cleanup_ping) = NULL;
	struct dd_filter filter;
	char text[ADDR_TEXT_LEN];

	if (row->where)
		netlab_run(places[row->where], "%s", row->command);
	p = open_ping_to(strchr(row->from, ':') ? "fd00:2::2" : "10.2.0.2", lab->a, &req, &filter);
	for (int n = 1; n <= req.count; n++) {
		struct answer answer;

		assert_int_equal(send_probe(p, n), 0);
		answer = next_answer(p);
		assert_int_equal(answer.kind, row->kind);
		assert_int_equal(answer.probe, n);
		assert_int_equal(answer.icmp_type, row->type);
		assert_int_equal(answer.icmp_code, row->code);
		assert_string_equal(addr_format(&answer.from, text), row->from);
	}
	assert_int_equal(wait_readable(p, QUIET_MS), 0);
	assert_int_equal(ping_answer(p, &(struct answer){ 0 }), 0);
}

static void test_answers(void **state)
{
	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(answer_rows); i++) {
		struct lab lab __lab_close = lab_open();

		print_message("  %s, protocol %d\n", answer_rows[i].name, answer_rows[i].protocol);
		check_answers(&lab, &answer_rows[i]);
	}
}

/* All three are out before an answer is read, and come back in whatever order. */
static void test_answers_together(void **state)
{
	static const struct {
		int protocol;
		const char *command; /* at r */
	} rows[] = {
		{ IPPROTO_ICMP, "true" },
		{ IPPROTO_TCP, "true" },
		{ IPPROTO_UDP, "true" },
		{ IPPROTO_ICMP, "ip route add unreachable 10.2.0.2" },
		{ IPPROTO_TCP, "ip route add unreachable 10.2.0.2" },
		{ IPPROTO_UDP, "ip route add unreachable 10.2.0.2" },
	};

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lab lab __lab_close = lab_open();
		struct request req = request_of(rows[i].protocol);
		struct ping *p __cleanup(cleanup_ping) = NULL;
		struct dd_filter filter;
		uint32_t seen = 0;

		netlab_run(lab.r, "%s", rows[i].command);
		p = open_ping(lab.a, &req, &filter);
		for (int n = 1; n <= req.count; n++) {
			assert_int_equal(send_probe(p, n), 0);
			/* The answer is there, and must not be taken for the next one's refusal. */
			assert_int_equal(wait_readable(p, WAIT_MS) > 0, 1);
		}
		for (int n = 1; n <= req.count; n++)
			seen |= 1u << next_answer(p).probe;
		assert_int_equal(seen, 0xe);
	}
}

static uint64_t snmp_resets(int ns)
{
	int back __leave_netns = netns_enter(ns);
	FILE *f __fclose = fopen("/proc/thread-self/net/snmp", "re");
	unsigned long long resets = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Tcp: %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %llu",
		       &resets);
	return resets;
}

/* The service sees no connection: the prober's kernel resets what the SYN-ACK offers. */
static void test_tcp_service(void **state)
{
	struct request req = request_of(IPPROTO_TCP);
	struct dd_filter filter;

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();
	int server __close = serve(lab.b, SOCK_STREAM);
	struct ping *p __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filter);

	for (int n = 1; n <= req.count; n++) {
		struct answer answer;

		assert_int_equal(send_probe(p, n), 0);
		answer = next_answer(p);
		assert_int_equal(answer.kind, ANSWER_REPLY);
		assert_int_equal(answer.probe, n);
	}
	assert_int_equal(wait_readable(p, QUIET_MS), 0);
	assert_int_equal(snmp_resets(lab.a), req.count);
	assert_int_equal(poll(&(struct pollfd){ .fd = server, .events = POLLIN }, 1, 0), 0);
	assert_int_equal(accept(server, NULL, NULL), -1);
	assert_int_equal(netlab_try(lab.b, "grep -q ' 03 ' /proc/net/tcp"), 256); /* no SYN_RECV */
}

/* A service whose datagrams hold nothing of ours: the port tells the probe. */
static void test_udp_service(void **state)
{
	struct request req = request_of(IPPROTO_UDP);
	struct dd_filter filter;

	(void)state;
	netlab_or_skip();
	req.count = DD_PROBES_MAX;
	struct lab lab __lab_close = lab_open();
	int server __close = serve(lab.b, SOCK_DGRAM);
	struct ping *p __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filter);

	for (int n = 1; n <= req.count; n++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		char bytes[64];
		struct answer answer;

		assert_int_equal(send_probe(p, n), 0);
		assert_int_equal(recvfrom(server, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
					  &len), req.size);
		assert_memory_equal(bytes, filter.cookie, sizeof(filter.cookie));
		assert_int_equal(ntohs(from.sin_port), ntohs(filter.sport) + n - 1);
		assert_return_code(sendto(server, "", 0, 0, (struct sockaddr *)&from, len), errno);
		answer = next_answer(p);
		assert_int_equal(answer.kind, ANSWER_REPLY);
		assert_int_equal(answer.probe, n);
	}
}

/* A busy neighbour's packets do not even wake the caller. */
static void test_other_traffic(void **state)
{
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_TCP };

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct request req = request_of(protocols[i]);
		struct dd_filter filters[2];
		struct ping *busy __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filters[0]);
		struct ping *idle __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filters[1]);

		assert_int_not_equal(filters[0].sport, filters[1].sport);
		for (int n = 1; n <= req.count; n++) {
			assert_int_equal(send_probe(busy, n), 0);
			assert_int_equal(next_answer(busy).probe, n);
		}
		assert_int_equal(wait_readable(idle, QUIET_MS), 0);
		assert_int_equal(ping_answer(idle, &(struct answer){ 0 }), 0);
	}
}

/* An error that quotes another process's probe to the same host reaches every raw socket there. */
static void test_other_errors(void **state)
{
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_TCP };

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();

	netlab_run(lab.r, "ip route add unreachable 10.2.0.2");
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct request req = request_of(protocols[i]);
		struct dd_filter filters[2];
		struct ping *one __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filters[0]);
		struct ping *two __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filters[1]);

		assert_int_equal(send_probe(one, 1), 0);
		assert_int_equal(next_answer(one).probe, 1);
		assert_int_equal(ping_answer(two, &(struct answer){ 0 }), 0);
		assert_int_equal(send_probe(two, 2), 0);
		assert_int_equal(next_answer(two).probe, 2);
		assert_int_equal(ping_answer(one, &(struct answer){ 0 }), 0);
	}
}

/* ---- opening ---------------------------------------------------------------- */

static void test_filter(void **state)
{
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP };
	const struct ip src = ip_of("10.1.0.2"), dst = ip_of("10.2.0.2");

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();

	for (size_t i = 0; i < ARRAY_SIZE(protocols) * 2; i++) {
		struct request req = request_of(protocols[i / 2]);
		struct dd_filter f = { .netns = { 1, 2, 3 } };
		struct ping *p __cleanup(cleanup_ping) = NULL;
		struct pollfd fds[DD_PROBES_MAX];
		int n;

		assert_int_equal(ping_open(&(struct ping_way){ lab.a, -1, i % 2 ? src : none, dst },
					   &req, &f, &p), 0);
		assert_memory_equal(f.src, src.bytes, 4);
		assert_memory_equal(f.dst, dst.bytes, 4);
		assert_int_equal(f.l4, req.protocol);
		assert_int_equal(f.dport, htons(req.port));
		assert_int_not_equal(f.sport, 0);
		assert_int_equal(f.isn & 0xfff, 0);
		assert_memory_not_equal(f.cookie, "\0\0\0\0\0\0\0\0", 8);
		assert_int_equal(f.netns[2], 3);
		n = ping_fds(p, fds, DD_PROBES_MAX);
		assert_int_equal(n, req.protocol == IPPROTO_UDP ? req.count : 1);
		assert_int_equal(ping_fds(p, fds, 1), 1);
		while (n--) {
			assert_true(fcntl(fds[n].fd, F_GETFL) & O_NONBLOCK);
			assert_true(fcntl(fds[n].fd, F_GETFD) & FD_CLOEXEC);
		}
		assert_int_equal(ping_answer(p, &(struct answer){ 0 }), 0);
		assert_int_equal(ping_send(p, 0, &(struct sent){ 0 }), -EINVAL);
		assert_int_equal(ping_send(p, req.count + 1, &(struct sent){ 0 }), -EINVAL);
	}
}

/* As long as the probes run, nobody else gets the port. */
static void test_port_is_ours(void **state)
{
	struct request req = request_of(IPPROTO_TCP);
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct dd_filter filter;

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();
	struct ping *p __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filter);
	int back __leave_netns = netns_enter(lab.a);
	int fd __close = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)p;
	sin.sin_port = filter.sport;
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), -1);
	assert_int_equal(errno, EADDRINUSE);
}

static void test_bad_arguments(void **state)
{
	const struct ip four = ip_of("10.2.0.2"), six = ip_of("::1"), foreign = ip_of("10.99.0.1");
	const struct {
		struct request req;
		const struct ip *src, *dst;
		int err;
	} rows[] = {
		{ { IPPROTO_ICMP, 0, 1, 16, false, 0, false }, &four, &six, -EAFNOSUPPORT },
		{ { IPPROTO_ICMP, 0, 1, 16, false, 0, false }, &none, &none, -EAFNOSUPPORT },
		{ { IPPROTO_ICMP, 0, 1, 16, false, 0, false }, &six, &four, -EAFNOSUPPORT },
		{ { IPPROTO_ICMP, 0, 0, 16, false, 0, false }, &none, &four, -EINVAL },
		{ { IPPROTO_ICMP, 0, 65, 16, false, 0, false }, &none, &four, -EINVAL },
		{ { IPPROTO_ICMP, 0, -1, 16, false, 0, false }, &none, &four, -EINVAL },
		{ { IPPROTO_ICMP, 0, 1, 15, false, 0, false }, &none, &four, -EINVAL },
		{ { IPPROTO_ICMP, 0, 1, 65508, false, 0, false }, &none, &four, -EINVAL },
		{ { IPPROTO_SCTP, 7, 1, 16, false, 0, false }, &none, &four, -EPROTONOSUPPORT },
		{ { IPPROTO_ICMP, 0, 1, 16, false, 0, false }, &foreign, &four, -EADDRNOTAVAIL },
		{ { IPPROTO_TCP, 7, 1, 16, false, 0, false }, &foreign, &four, -EADDRNOTAVAIL },
		{ { IPPROTO_UDP, 7, 1, 16, false, 0, false }, &foreign, &four, -EADDRNOTAVAIL },
	};

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dd_filter filter = { 0 };
		struct ping *p = NULL;

		assert_int_equal(ping_open(&(struct ping_way){ lab.a, -1, *rows[i].src,
								    *rows[i].dst },
					   &rows[i].req, &filter, &p), rows[i].err);
		assert_null(p);
	}
	assert_int_equal(ping_open(&(struct ping_way){ -1, -1, none, four }, &rows[0].req,
				   &(struct dd_filter){ 0 }, NULL),
			 -EBADF);
	ping_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_together),
		cmocka_unit_test(test_tcp_service),
		cmocka_unit_test(test_udp_service),
		cmocka_unit_test(test_other_traffic),
		cmocka_unit_test(test_other_errors),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_port_is_ours),
		cmocka_unit_test(test_bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
