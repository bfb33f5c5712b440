/* SPDX-License-Identifier: GPL-2.0 */
#include "source/expression.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"

#define SNAPLEN 65535

/* The same for packets with and without a link-layer header; of length 0: nothing fits. */
struct expression {
	struct bpf_program ethernet, raw;
};

static void cleanup_expression(struct expression **e)
{
	expression_free(*e);
}

static int compile(const char *text, int linktype, struct bpf_program *out, bool log)
{
	pcap_t *pcap = pcap_open_dead(linktype, SNAPLEN);
	int err = pcap ? pcap_compile(pcap, out, text, 1, PCAP_NETMASK_UNKNOWN) : -1;

	if (err && log)
		log_error("'%s' is no expression of tcpdump's (%s): see man 7 pcap-filter", text,
			  pcap ? pcap_geterr(pcap) : "out of memory");
	if (pcap)
		pcap_close(pcap);
	return err ? -EINVAL : 0;
}

int expression_compile(const char *text, struct expression **out)
{
	struct expression *e __cleanup(cleanup_expression) = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	if (compile(text, DLT_EN10MB, &e->ethernet, true))
		return -EINVAL;
	/* "ether host ..." has no meaning there */
	if (compile(text, DLT_RAW, &e->raw, false))
		e->raw = (struct bpf_program){ 0 };
	*out = take_ptr(e);
	return 0;
}

void expression_free(struct expression *e)
{
	if (!e)
		return;
	pcap_freecode(&e->ethernet);
	pcap_freecode(&e->raw);
	free(e);
}

bool expression_fits(const struct expression *e, const uint8_t *data, size_t caplen, size_t len,
		     size_t link_len)
{
	const struct bpf_program *p = link_len ? &e->ethernet : &e->raw;

	return p->bf_len && bpf_filter(p->bf_insns, data, len, caplen);
}
