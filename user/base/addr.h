/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses as values: parse, format, compare. */
#ifndef DD_ADDR_H
#define DD_ADDR_H

#include <stdbool.h>

#include "model.h"

#define ADDR_TEXT_LEN 64

/* An IPv4 or IPv6 address without a prefix length. -EINVAL if it is none. */
int addr_parse(const char *text, struct ip *out);

/* Six hexadecimal bytes with colons. -EINVAL if it is none. */
int mac_parse(const char *text, uint8_t out[6]);

/* Write into buf, which they return. buf has ADDR_TEXT_LEN bytes. Family 0 gives "". */
const char *addr_format(const struct ip *ip, char *buf);
const char *mac_format(const uint8_t mac[6], char *buf);

bool addr_equal(const struct ip *a, const struct ip *b);

/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct ip *ip);

/* To a group; of IPv4 the broadcast address as well. */
bool addr_is_multicast(const struct ip *ip);

/* From four bytes in network order. */
struct ip addr_v4(const void *bytes);

/* From as many bytes in network order as an address of AF_INET or AF_INET6 has. */
struct ip addr_of(int family, const void *bytes);

/* Bytes of an address of the family: 4, 16, or 0 for any other family. */
size_t addr_len(int family);

#endif
