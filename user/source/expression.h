/* SPDX-License-Identifier: GPL-2.0 */
/* A tcpdump expression, tried on packets in user space. The owner of libpcap. */
#ifndef DD_EXPRESSION_H
#define DD_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expression;

/* -EINVAL: it cannot be understood; logged, with libpcap's words. */
int expression_compile(const char *text, struct expression **out);
void expression_free(struct expression *e);

/*
 * data: caplen bytes of a packet of len; link_len of them are an Ethernet header, or it starts with the
 * network's, and then nothing that asks for a link-layer header fits.
 */
bool expression_fits(const struct expression *e, const uint8_t *data, size_t caplen, size_t len,
		     size_t link_len);

#endif
