/* SPDX-License-Identifier: GPL-2.0 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int addr_parse(const char *text, struct ip *out)
{
	struct ip ip = { 0 };

	if (inet_pton(AF_INET, text, ip.bytes) == 1)
		ip.family = AF_INET;
	else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
		ip.family = AF_INET6;
	else
		return -EINVAL;
	*out = ip;
	return 0;
}

int mac_parse(const char *text, uint8_t out[6])
{
	unsigned int b[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		   &end) != 6 || text[end])
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		out[i] = b[i];
	return 0;
}

const char *addr_format(const struct ip *ip, char *buf)
{
	if (!ip->family || !inet_ntop(ip->family, ip->bytes, buf, ADDR_TEXT_LEN))
		buf[0] = '\0';
	return buf;
}

const char *mac_format(const uint8_t mac[6], char *buf)
{
	snprintf(buf, ADDR_TEXT_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return buf;
}

bool addr_equal(const struct ip *a, const struct ip *b)
{
	return a->family && a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, addr_len(a->family));
}

bool addr_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (ip->family == AF_INET)
		return ip->bytes[0] == 127;
	return ip->family == AF_INET6 && !memcmp(ip->bytes, one, sizeof(one));
}

bool addr_is_multicast(const struct ip *ip)
{
	return (ip->family == AF_INET && ip->bytes[0] >= 224) ||
	       (ip->family == AF_INET6 && ip->bytes[0] == 0xff);
}

struct ip addr_v4(const void *bytes)
{
	return addr_of(AF_INET, bytes);
}

struct ip addr_of(int family, const void *bytes)
{
	struct ip ip = { .family = family };

	memcpy(ip.bytes, bytes, addr_len(family));
	return ip;
}

size_t addr_len(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}
