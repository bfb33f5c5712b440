/* SPDX-License-Identifier: GPL-2.0 */
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "source/ping_packet.h"


static const struct dd_filter packet_filter = {
	.src = { 10, 1, 0, 2 },
	.dst = { 10, 2, 0, 2 },
	.cookie = "\x01\x02\x03\x04\x05\x06\x07\x08",
	.isn = 0xfffff000, /* wraps with the first step or later */
	.sport = 0x3412,
	.dport = 0x5000,
};

struct packet {
	uint8_t bytes[256];
	size_t len;
};

static struct packet ip_packet(uint8_t protocol, const void *payload, size_t len)
{
	struct packet p = { .len = 20 + len };

	p.bytes[0] = 0x45;
	p.bytes[3] = p.len;
	p.bytes[9] = protocol;
	memcpy(p.bytes + 12, packet_filter.dst, 4);
	memcpy(p.bytes + 16, packet_filter.src, 4);
	memcpy(p.bytes + 20, payload, len);
	return p;
}

/* An echo request turned into its reply; the checksum follows the type. */
static struct packet echo_reply(int n)
{
	static uint8_t request[PING_PACKET_MAX];
	size_t len = ping_packet_echo(&packet_filter, n, PING_PAYLOAD_MIN, request);
	uint16_t sum = (uint16_t)(request[2] << 8 | request[3]);

	sum = sum > 0xf7ff ? sum - 0xf7ff : sum + 0x0800;
	request[0] = ICMP_ECHOREPLY;
	request[2] = sum >> 8;
	request[3] = sum;
	return ip_packet(IPPROTO_ICMP, request, len);
}

static struct packet tcp_reply(int n, uint8_t flags)
{
	uint8_t tcp[20] = { 0 };
	uint32_t ack = htonl(packet_filter.isn + n * DD_ISN_STEP + 1);
	uint16_t port = ping_packet_port(&packet_filter, n);

	memcpy(tcp, &packet_filter.dport, 2);
	memcpy(tcp + 2, &port, 2);
	memcpy(tcp + 8, &ack, 4);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	return ip_packet(IPPROTO_TCP, tcp, sizeof(tcp));
}

static int take_echo(const struct packet *p)
{
	enum answer_kind kind = ANSWER_ICMP;
	int n = ping_packet_echo_reply(&packet_filter, p->bytes, p->len, &kind);

	assert_int_equal(kind, n ? ANSWER_REPLY : ANSWER_ICMP);
	return n;
}

static int take_tcp(const struct packet *p, enum answer_kind wanted)
{
	enum answer_kind kind = ANSWER_ICMP;
	int n = ping_packet_syn_reply(&packet_filter, p->bytes, p->len, &kind);

	assert_int_equal(kind, n ? wanted : ANSWER_ICMP);
	return n;
}

static void test_echo_replies(void **state)
{
	(void)state;
	for (int n = 1; n <= DD_PROBES_MAX; n++) {
		struct packet p = echo_reply(n);

		assert_int_equal(take_echo(&p), n);
	}
	for (size_t i = 0; i < echo_reply(3).len; i++) {
		struct packet p = echo_reply(3);

		p.len = i; /* cut anywhere */
		assert_int_equal(take_echo(&p), 0);
		p = echo_reply(3);
		p.bytes[i] ^= 0x41; /* one byte wrong; in the IP header most do not matter here */
		if (i >= 20 || i == 0 || i == 9)
			assert_int_equal(take_echo(&p), 0);
	}
	struct packet beyond = echo_reply(DD_PROBES_MAX + 1), zero = echo_reply(0);

	assert_int_equal(take_echo(&beyond), 0);
	assert_int_equal(take_echo(&zero), 0);
}

static void test_tcp_replies(void **state)
{
	static const struct {
		uint8_t flags;
		bool taken;
		enum answer_kind kind;
	} rows[] = {
		{ 0x12, true, ANSWER_REPLY },  /* SYN-ACK */
		{ 0x52, true, ANSWER_REPLY },  /* with ECE */
		{ 0x14, true, ANSWER_RESET },  /* RST-ACK */
		{ 0x04, false, ANSWER_RESET }, /* a reset that does not say of what */
		{ 0x10, false, ANSWER_RESET },
		{ 0x02, false, ANSWER_RESET },
		{ 0x16, false, ANSWER_RESET },
		{ 0x00, false, ANSWER_RESET },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int n = 1; n <= DD_PROBES_MAX; n++) {
			struct packet p = tcp_reply(n, rows[i].flags);

			assert_int_equal(take_tcp(&p, rows[i].kind), rows[i].taken ? n : 0);
		}
	}
	for (size_t i = 0; i < 40; i++) {
		struct packet p = tcp_reply(3, 0x12);

		p.len = i;
		assert_int_equal(take_tcp(&p, 0), 0);
		p = tcp_reply(3, 0x12);
		p.bytes[i] ^= 0x4f;
		if (i == 0 || i == 9 || (i >= 20 && i < 24) || (i >= 28 && i < 32))
			assert_int_equal(take_tcp(&p, 0), 0);
	}
	struct packet beyond = tcp_reply(DD_PROBES_MAX + 1, 0x12), zero = tcp_reply(0, 0x12);

	assert_int_equal(take_tcp(&beyond, 0), 0);
	assert_int_equal(take_tcp(&zero, 0), 0);
}

static void test_quoted(void **state)
{
	static uint8_t echo[PING_PACKET_MAX], syn[PING_PACKET_MAX];

	(void)state;
	for (int n = 1; n <= DD_PROBES_MAX; n++) {
		ping_packet_echo(&packet_filter, n, PING_PAYLOAD_MIN, echo);
		ping_packet_syn(&packet_filter, n, 0, syn);
		assert_int_equal(ping_packet_echo_quoted(&packet_filter, echo, 8), n);
		assert_int_equal(ping_packet_syn_quoted(&packet_filter, syn, 8), n);
		assert_int_equal(ping_packet_echo_quoted(&packet_filter, syn, 8), 0);
		assert_int_equal(ping_packet_syn_quoted(&packet_filter, echo, 8), 0);
	}
	for (size_t len = 0; len < 8; len++) {
		assert_int_equal(ping_packet_echo_quoted(&packet_filter, echo, len), 0);
		assert_int_equal(ping_packet_syn_quoted(&packet_filter, syn, len), 0);
	}
}

static void test_payload(void **state)
{
	static uint8_t out[PING_PACKET_MAX];

	(void)state;
	assert_int_equal(ping_packet_datagram(&packet_filter, 3, 300, out), 300);
	assert_memory_equal(out, packet_filter.cookie, 8);
	assert_int_equal(out[8] << 8 | out[9], 3);
	assert_int_equal(out[10], 10);
	assert_int_equal(out[299], 299 & 0xff);
	assert_int_equal(ping_packet_echo(&packet_filter, 1, PING_PAYLOAD_MAX, out), 65515);
}

/* ---- IPv6: what a raw socket gives starts behind the IP header ------------------ */

static const struct dd_filter filter6 = {
	.src = { 0xfd, [15] = 2 },
	.dst = { 0xfd, [15] = 3 },
	.cookie = "\x01\x02\x03\x04\x05\x06\x07\x08",
	.isn = 0xfffff000,
	.sport = 0x3412,
	.dport = 0x5000,
	.l3 = AF_INET6,
};

static void test_echo6(void **state)
{
	static uint8_t packet[PING_PACKET_MAX];
	enum answer_kind kind;

	(void)state;
	for (int n = 0; n <= DD_PROBES_MAX + 1; n++) {
		int known = n <= DD_PROBES_MAX ? n : 0;
		size_t len = ping_packet_echo(&filter6, n, PING_PAYLOAD_MIN, packet);

		assert_int_equal(packet[0], ICMP6_ECHO_REQUEST);
		assert_int_equal(packet[2] | packet[3], 0); /* the kernel's to fill in */
		assert_int_equal(ping_packet_echo_quoted(&filter6, packet, len), known);
		assert_int_equal(ping_packet_echo_quoted(&packet_filter, packet, len), 0);
		assert_int_equal(ping_packet_echo_reply(&filter6, packet, len, &kind), 0);
		packet[0] = ICMP6_ECHO_REPLY;
		assert_int_equal(ping_packet_echo_reply(&filter6, packet, len, &kind), known);
		assert_int_equal(ping_packet_echo_reply(&packet_filter, packet, len, &kind), 0);
		for (size_t cut = 0; cut < 16; cut++)
			assert_int_equal(ping_packet_echo_reply(&filter6, packet, cut, &kind), 0);
		packet[8] ^= 1; /* of the cookie */
		assert_int_equal(ping_packet_echo_reply(&filter6, packet, len, &kind), 0);
	}
}

/* RFC 8200, section 8.1: over addresses, length and protocol, which a right sum makes all ones. */
static uint16_t sum_with_pseudo_header(const uint8_t *tcp, size_t len)
{
	uint32_t sum = IPPROTO_TCP + len;

	for (int i = 0; i < 16; i += 2)
		sum += (filter6.src[i] << 8 | filter6.src[i + 1]) +
		       (filter6.dst[i] << 8 | filter6.dst[i + 1]);
	for (size_t i = 0; i < len; i += 2)
		sum += tcp[i] << 8 | tcp[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void test_syn6(void **state)
{
	static uint8_t syn[PING_PACKET_MAX];
	enum answer_kind kind;

	(void)state;
	for (int n = 1; n <= DD_PROBES_MAX; n++) {
		size_t len = ping_packet_syn(&filter6, n, 0, syn);
		struct packet reply = tcp_reply(n, 0x12);

		assert_int_equal(sum_with_pseudo_header(syn, len), 0xffff);
		assert_int_equal(ping_packet_syn_quoted(&filter6, syn, 8), n);
		assert_int_equal(ping_packet_syn_reply(&filter6, reply.bytes + 20, reply.len - 20,
						       &kind), n);
		assert_int_equal(kind, ANSWER_REPLY);
		assert_int_equal(ping_packet_syn_reply(&filter6, reply.bytes + 20, 19, &kind), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo_replies),
		cmocka_unit_test(test_tcp_replies),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_echo6),
		cmocka_unit_test(test_syn6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
