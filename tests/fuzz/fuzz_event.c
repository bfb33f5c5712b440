/* SPDX-License-Identifier: GPL-2.0 */
/* Records of the kernel side: one that is malformed is counted, and a verdict is drawn all the same. */
#include "core/decode.h"
#include "core/session.h"
#include "fuzz.h"

/* Records of either length, one behind the other; what is left over is one that is cut. */
static void feed(struct session *s, const uint8_t *data, size_t len)
{
	while (len) {
		bool chain = len > 2 && data[2] == DD_EV_CHAIN;
		size_t n = chain ? sizeof(struct dd_chain_event) : sizeof(struct dd_event);

		n = n < len ? n : len;
		session_event(s, data, n);
		data += n;
		len -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct session_ops ops;
	static struct verdict v;
	static const struct scene scene = {
		.request = { .protocol = IPPROTO_ICMP, .count = 3 },
		.ends = { { .kind = ENDPOINT_CONTAINER, .name = "web", .netns = 1 },
			  { .kind = ENDPOINT_CONTAINER, .name = "db", .netns = 2 } },
		.shared = true,
		.bridge = { .ifindex = 7, .name = "br-0" },
		.host_netns = 3,
	};
	struct session *s __cleanup(cleanup_session) = NULL;

	if (session_open(&scene, NULL, NULL, &ops, &s))
		return 0;
	feed(s, data, len);
	session_verdict(s, &v);
	return 0;
}
