/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a probe looks like over IPv4 or IPv6, by dd_filter.l3, and which probe an answer belongs to. No I/O;
 * all input is untrusted.
 */
#ifndef DD_PING_PACKET_H
#define DD_PING_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

#define PING_PACKET_MAX 65536   /* no packet is longer, but for jumbograms */
#define PING_PAYLOAD_MIN 16     /* cookie, number, and a few bytes of pattern */
#define PING_PAYLOAD_MAX (65535 - 20 - 8)

/* The port that a probe of TCP or UDP is sent from, network order; each has its own. */
uint16_t ping_packet_port(const struct dd_filter *f, int n);

/*
 * Write what follows the IP header of probe n into out, which has PING_PACKET_MAX bytes; return its
 * length. size: bytes of payload, at least PING_PAYLOAD_MIN; a SYN has none. The payload is the
 * cookie, the probe's number in network order, and a fixed pattern. The checksum of ICMPv6 is the
 * kernel's business.
 */
size_t ping_packet_echo(const struct dd_filter *f, int n, size_t size, uint8_t *out);
size_t ping_packet_syn(const struct dd_filter *f, int n, size_t size, uint8_t *out);
size_t ping_packet_datagram(const struct dd_filter *f, int n, size_t size, uint8_t *out);

/*
 * The probe that a packet answers, 0 if it answers none; data is what a raw socket gives: it starts at
 * the IPv4 header, or behind that of IPv6. kind is set if there is one.
 */
int ping_packet_echo_reply(const struct dd_filter *f, const uint8_t *data, size_t len,
			   enum answer_kind *kind);
int ping_packet_syn_reply(const struct dd_filter *f, const uint8_t *data, size_t len,
			  enum answer_kind *kind);

/* The probe that an ICMP error quotes, 0 if none; data starts behind the quoted IP header. */
int ping_packet_echo_quoted(const struct dd_filter *f, const uint8_t *data, size_t len);
int ping_packet_syn_quoted(const struct dd_filter *f, const uint8_t *data, size_t len);

#endif
