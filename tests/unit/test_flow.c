/* SPDX-License-Identifier: GPL-2.0 */
/* Traffic that is there already: what is counted, what is overdue, what is noise, who reset. */
#include "core/flow.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "core/noise.h"
#include "core/reset.h"
#include "core_scene.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

enum { CLIENT = 40000, SERVER = 80 };

/* What a hop of the tests is made of; time in milliseconds. */
struct seen {
	unsigned int at_ms;
	enum step step;
	enum role role;
	bool back;
	uint8_t flags;
	uint32_t seq, ack;
	uint16_t data;
	uint16_t window;
};

static struct hop tcp_hop(const struct seen *s)
{
	struct hop hop = {
		.ts_ns = SECOND + s->at_ms * MS,
		.step = s->step,
		.role = s->role,
		.direction = s->back ? DIR_REPLY : DIR_REQUEST,
		.ifindex = IF_ETH,
	};

	hop.pkt = (struct dd_packet){
		.ethertype = ETH_P_IP,
		.l4 = IPPROTO_TCP,
		.tcp_flags = s->flags,
		.tcp_seq = s->seq,
		.tcp_ack = s->ack,
		.tcp_window = s->window,
		.tcp_header = 20,
		.len = 40 + s->data,
		.sport = s->back ? SERVER : CLIENT,
		.dport = s->back ? CLIENT : SERVER,
		.flags = s->back ? DD_PKT_REPLY : 0,
	};
	return hop;
}

#define SENT_(ms, flags, seq, data) { ms, STEP_SENT, ROLE_SRC, false, flags, seq, 0, data, 1000 }
#define GOT_(ms, flags, seq, data) { ms, STEP_RECEIVED, ROLE_DST, false, flags, seq, 0, data, 1000 }
#define BACK_(ms, flags, seq, ack, data, window) \
	{ ms, STEP_SENT, ROLE_DST, true, flags, seq, ack, data, window }
#define BACK_GOT_(ms, flags, seq, ack) { ms, STEP_RECEIVED, ROLE_SRC, true, flags, seq, ack, 0, 1000 }
#define HANDSHAKE                                                                 \
	SENT_(0, SYN, 99, 0), GOT_(1, SYN, 99, 0), BACK_(2, SYN | ACK, 499, 100, 0, 1000), \
		BACK_GOT_(3, SYN | ACK, 499, 100)

static const struct row {
	const char *name;
	struct seen hops[12];
	unsigned int now_ms;
	uint64_t packets, again, zero_windows, whole;
	bool overdue;
} rows[] = {
	{ "a handshake", { HANDSHAKE }, 9000, 2, 0, 0, 1, false },
	{ "a SYN that nobody got", { SENT_(0, SYN, 99, 0) }, 9000, 1, 0, 0, 0, true },
	{ "... or not yet", { SENT_(0, SYN, 99, 0) }, 2000, 1, 0, 0, 0, false },
	{ "a SYN that nobody answers", { SENT_(0, SYN, 99, 0), GOT_(1, SYN, 99, 0) }, 9000, 1, 0, 0, 0,
	  true },
	{ "a reset answers it, and is no exchange",
	  { SENT_(0, SYN, 99, 0), GOT_(1, SYN, 99, 0), BACK_(2, RST | ACK, 0, 100, 0, 0),
	    BACK_GOT_(3, RST | ACK, 0, 100) }, 9000, 2, 0, 0, 0, false },
	{ "data that got there", { HANDSHAKE, SENT_(10, ACK, 100, 50), GOT_(11, ACK, 100, 50) }, 9000, 3,
	  0, 0, 1, false },
	{ "data that was sent again, and got there",
	  { HANDSHAKE, SENT_(10, ACK, 100, 50), SENT_(300, ACK, 100, 50), GOT_(301, ACK, 100, 50) }, 9000,
	  4, 1, 0, 1, false },
	{ "data that was sent again in vain",
	  { HANDSHAKE, SENT_(10, ACK, 100, 50), SENT_(300, ACK, 100, 50) }, 9000, 4, 1, 0, 1, true },
	{ "data that nobody misses", { HANDSHAKE, SENT_(10, ACK, 100, 50) }, 9000, 3, 0, 0, 1, false },
	{ "segments that were joined on the way",
	  { HANDSHAKE, SENT_(10, ACK, 100, 50), SENT_(11, ACK, 150, 50), SENT_(300, ACK, 150, 50),
	    GOT_(301, ACK, 100, 100) }, 9000, 5, 1, 0, 1, false },
	{ "what is acknowledged has arrived",
	  { HANDSHAKE, SENT_(10, ACK, 100, 50), SENT_(300, ACK, 100, 50), BACK_(301, ACK, 500, 150, 0, 9) },
	  9000, 5, 1, 0, 1, false },
	{ "a closed window, and a probe of it",
	  { HANDSHAKE, BACK_(10, ACK, 500, 100, 0, 0), SENT_(300, ACK, 99, 0), SENT_(900, ACK, 99, 0) },
	  9000, 5, 0, 1, 1, false },
	{ "an acknowledgement that is lost", { HANDSHAKE, SENT_(10, ACK, 100, 0) }, 9000, 3, 0, 0, 1,
	  false },
	{ "the SYN of a new connection from the same port",
	  { HANDSHAKE, SENT_(100, SYN, 9000, 0), GOT_(101, SYN, 9000, 0) }, 9000, 3, 0, 0, 1, true },
};

static void play(const struct row *row, const struct journey *places, struct flows *f)
{
	flow_init(f, places);
	for (size_t i = 0; i < 12 && row->hops[i].step + row->hops[i].window + row->hops[i].flags; i++) {
		struct hop hop = tcp_hop(&row->hops[i]);

		assert_non_null(flow_note(f, &hop));
	}
}

static void test_flow(void **state)
{
	const struct scene scene = scene_make();
	const struct journey places = { .scene = &scene };
	static struct flows f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		play(row, &places, &f);
		if (f.n_packets != row->packets || f.n_again != row->again ||
		    f.n_zero_windows != row->zero_windows || f.n_whole != row->whole ||
		    !!flow_overdue(&f, SECOND + row->now_ms * MS) != row->overdue)
			fail_msg("%s: %lu packets, %lu again, %lu closed, %lu whole, overdue %d", row->name,
				 f.n_packets, f.n_again, f.n_zero_windows, f.n_whole,
				 !!flow_overdue(&f, SECOND + row->now_ms * MS));
	}
}

static void test_noise(void **state)
{
	static const struct {
		const char *function, *reason;
		enum layer layer;
		enum role role;
		bool back;
		uint8_t flags;
		bool noise;
	} drops[] = {
		{ "tcp_v4_rcv", "NO_SOCKET", LAYER_SOCKET, ROLE_DST, false, SYN, false },
		{ "tcp_v4_rcv", "NO_SOCKET", LAYER_SOCKET, ROLE_DST, false, ACK, true },
		{ "tcp_v4_rcv", "TCP_CSUM", LAYER_TRANSPORT, ROLE_DST, false, ACK, false },
		{ "tcp_rcv_established", "TCP_OLD_DATA", LAYER_TRANSPORT, ROLE_DST, false, ACK, true },
		{ "tcp_data_queue", "TCP_ZEROWINDOW", LAYER_TRANSPORT, ROLE_SRC, true, ACK, true },
		{ "tcp_rcv_state_process", "TCP_CLOSE", LAYER_TRANSPORT, ROLE_DST, false, ACK | FIN, true },
		{ "tcp_v4_rcv", "", LAYER_TRANSPORT, ROLE_DST, false, ACK, true },
		{ "sk_stream_kill_queues", "QUEUE_PURGE", LAYER_SOCKET, ROLE_SRC, false, ACK, true },
		{ "nft_do_chain", "NETFILTER_DROP", LAYER_NETFILTER, ROLE_HOST, false, ACK, false },
		{ "nft_do_chain", "NETFILTER_DROP", LAYER_NETFILTER, ROLE_HOST, false, RST, true },
		{ "nft_do_chain", "NETFILTER_DROP", LAYER_NETFILTER, ROLE_DST, false, ACK, false },
	};
	const struct scene scene = scene_make();
	const struct journey places = { .scene = &scene };

	(void)state;
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		struct hop hop = tcp_hop(&(struct seen){ 0, STEP_DROPPED, drops[i].role, drops[i].back,
							 drops[i].flags, 1, 1, 0, 1 });

		hop.layer = drops[i].layer;
		text_copy(hop.where.function, sizeof(hop.where.function), drops[i].function);
		text_copy(hop.reason_name, sizeof(hop.reason_name), drops[i].reason);
		if (noise_is(&places, &hop) != drops[i].noise)
			fail_msg("drop %zu, %s %s", i, drops[i].function, drops[i].reason);
	}
}

static void test_reset(void **state)
{
	static const struct {
		enum role made;    /* where it was seen first */
		enum layer beside; /* where the segment that it answers was freed; unknown: nowhere */
		uint8_t answers;
		enum resetter by;
	} resets[] = {
		{ ROLE_DST, LAYER_UNKNOWN, 0, RESET_BY_APPLICATION },
		{ ROLE_DST, LAYER_SOCKET, SYN, RESET_BY_NO_LISTENER },
		{ ROLE_DST, LAYER_SOCKET, ACK, RESET_BY_KERNEL },
		{ ROLE_DST, LAYER_NETFILTER, SYN, RESET_BY_RULE },
		{ ROLE_HOST, LAYER_NETFILTER, SYN, RESET_BY_RULE },
		{ ROLE_HOST, LAYER_UNKNOWN, 0, RESET_BY_HOST },
	};
	const struct flow flow = { .l4 = IPPROTO_TCP, .ports = { CLIENT, SERVER } };

	(void)state;
	for (size_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++) {
		struct hop rst = tcp_hop(&(struct seen){ 5, STEP_QUEUED, resets[i].made, true, RST, 7, 0, 0, 0 });
		struct hop dead = tcp_hop(&(struct seen){ 6, STEP_DROPPED, resets[i].made, false,
							  resets[i].answers, 1, 0, 0, 0 });
		struct resets r = { 0 };
		struct reset sums[RESETS_MAX];

		dead.layer = resets[i].beside;
		reset_note(&r, &flow, &rst);
		reset_note(&r, &flow, &rst); /* the same one, farther on */
		if (dead.layer != LAYER_UNKNOWN)
			reset_note(&r, &flow, &dead);
		assert_int_equal(reset_sum(&r, sums), 1);
		assert_int_equal(sums[0].count, 1);
		assert_int_equal(sums[0].port, SERVER);
		if (sums[0].by != resets[i].by)
			fail_msg("reset %zu is put down to %d", i, sums[0].by);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
