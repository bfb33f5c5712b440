/* SPDX-License-Identifier: GPL-2.0 */
#include "core/redact.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/addr.h"

#define PLAIN_LEN 8 /* of a transport header that is kept, but for TCP's */

static void address_in_place(struct redact *r, int family, void *bytes)
{
	struct ip ip = addr_of(family, bytes);

	redact_ip(r, &ip);
	memcpy(bytes, ip.bytes, addr_len(family));
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += data[i] << 8 | data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* How much of what follows the IP header is kept: ports, flags, types. */
static size_t transport_len(uint8_t l4, const uint8_t *at, size_t left)
{
	if (l4 == IPPROTO_TCP)
		return left >= 20 ? 20 : 0;
	/* what an ICMP error quotes, and what Neighbour Discovery asks for, lies behind it */
	if (l4 == IPPROTO_UDP || l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6)
		return left >= PLAIN_LEN ? PLAIN_LEN : 0;
	(void)at;
	return 0;
}

static void clear_behind(uint8_t *data, size_t len, size_t keep)
{
	if (keep < len)
		memset(data + keep, 0, len - keep);
}

static void redact_ip4_packet(struct redact *r, uint8_t *data, size_t len)
{
	size_t header = len ? (data[0] & 0xf) * 4 : 0;

	if (len < 20 || header < 20 || header > len) {
		clear_behind(data, len, 0);
		return;
	}
	address_in_place(r, AF_INET, data + 12);
	address_in_place(r, AF_INET, data + 16);
	memset(data + 20, 0, header - 20); /* options may hold addresses: record route */
	memset(data + 10, 0, 2);
	memcpy(data + 10, &(uint16_t){ checksum(data, header) }, 2);
	clear_behind(data, len, header + transport_len(data[9], data + header, len - header));
}

static void redact_ip6_packet(struct redact *r, uint8_t *data, size_t len)
{
	if (len < 40) {
		clear_behind(data, len, 0);
		return;
	}
	address_in_place(r, AF_INET6, data + 8);
	address_in_place(r, AF_INET6, data + 24);
	clear_behind(data, len, 40 + transport_len(data[6], data + 40, len - 40));
}

static void redact_arp_packet(struct redact *r, uint8_t *data, size_t len)
{
	if (len < 28) {
		clear_behind(data, len, 0);
		return;
	}
	redact_mac(r, data + 8);
	address_in_place(r, AF_INET, data + 14);
	redact_mac(r, data + 18);
	address_in_place(r, AF_INET, data + 24);
	clear_behind(data, len, 28);
}

void redact_frame(struct redact *r, uint8_t *frame, size_t caplen)
{
	uint8_t *data = frame + ETH_HLEN;
	size_t len = caplen - ETH_HLEN;

	if (caplen < ETH_HLEN)
		return;
	redact_mac(r, frame);
	redact_mac(r, frame + 6);
	switch (frame[12] << 8 | frame[13]) {
	case ETH_P_IP:
		redact_ip4_packet(r, data, len);
		break;
	case ETH_P_IPV6:
		redact_ip6_packet(r, data, len);
		break;
	case ETH_P_ARP:
		redact_arp_packet(r, data, len);
		break;
	default:
		clear_behind(data, len, 0);
	}
}
