/* SPDX-License-Identifier: GPL-2.0 */
/* One rtnetlink question and its answer, for topo's own files. Includes libmnl for them. */
#ifndef DD_TOPO_NL_H
#define DD_TOPO_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

/* The longest question has a header, a route message and three attributes. */
union topo_request {
	struct nlmsghdr nlh;
	char bytes[256];
};

/* Begins a question of the given RTM_GET* type; returns its zeroed family header of len bytes. */
void *topo_request(union topo_request *req, uint16_t type, uint16_t flags, size_t len);

/* The kernel keeps indexes in an int, and takes 0 for a question that names no device. */
static inline bool topo_ifindex_ok(uint32_t ifindex)
{
	return ifindex && ifindex <= INT32_MAX;
}

/* netlink_ask() and netlink_dump() of rtnetlink. */
int topo_ask(int netns, union topo_request *req, mnl_cb_t cb, void *data);
int topo_ask_all(int netns, union topo_request *req, mnl_cb_t cb, void *data, size_t len);

/* The family header of an answer, NULL if the answer is shorter than it. */
const void *topo_header(const struct nlmsghdr *nlh, size_t len);

/*
 * Where an attribute goes: a C string that is cut to fit, an address of either family to a struct ip,
 * else exactly len bytes. The unspecified address is none.
 */
enum topo_kind { TOPO_KIND_BYTES, TOPO_KIND_TEXT, TOPO_KIND_ADDRESS };

struct topo_field {
	uint16_t type;
	uint16_t offset;
	uint16_t len;
	enum topo_kind kind;
};

#define TOPO_FIELD(type, where, member) \
	{ type, offsetof(where, member), sizeof(((where *)0)->member), TOPO_KIND_BYTES }
#define TOPO_TEXT(type, where, member) \
	{ type, offsetof(where, member), sizeof(((where *)0)->member), TOPO_KIND_TEXT }
#define TOPO_ADDRESS(type, where, member) \
	{ type, offsetof(where, member), sizeof(((where *)0)->member), TOPO_KIND_ADDRESS }

/* The device's own address in an answer about addresses; family 0: none. */
struct ip topo_own_address(const struct nlmsghdr *nlh);

/* An answer about a link, into the struct link at data. */
int topo_parse_link(const struct nlmsghdr *nlh, void *data);

/* Stores the attribute in out if one of the n fields is its; of another length it is ignored. */
void topo_store(const struct nlattr *attr, const struct topo_field *fields, size_t n, void *out);

#endif
