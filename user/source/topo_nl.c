/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo_nl.h"

#include <linux/if_addr.h>
#include <string.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/array.h"
#include "source/netlink.h"

void *topo_request(union topo_request *req, uint16_t type, uint16_t flags, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(req);

	/* The acknowledgement ends the answer to one question, as NLMSG_DONE does for a dump. */
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return mnl_nlmsg_put_extra_header(nlh, len);
}

int topo_ask(int netns, union topo_request *req, mnl_cb_t cb, void *data)
{
	return netlink_ask(netns, NETLINK_ROUTE, &req->nlh, cb, data);
}

int topo_ask_all(int netns, union topo_request *req, mnl_cb_t cb, void *data, size_t len)
{
	return netlink_dump(netns, NETLINK_ROUTE, &req->nlh, cb, data, len);
}

const void *topo_header(const struct nlmsghdr *nlh, size_t len)
{
	return mnl_nlmsg_get_payload_len(nlh) >= len ? mnl_nlmsg_get_payload(nlh) : NULL;
}

static void store_text(const struct nlattr *attr, char *to, size_t room)
{
	size_t len = mnl_attr_get_payload_len(attr);

	len = strnlen(mnl_attr_get_payload(attr), len < room ? len : room - 1);
	memcpy(to, mnl_attr_get_payload(attr), len);
	to[len] = '\0';
}

static void store_address(const struct nlattr *attr, struct ip *to)
{
	static const uint8_t none[sizeof(to->bytes)];
	size_t len = mnl_attr_get_payload_len(attr);
	int family = len == addr_len(AF_INET) ? AF_INET : AF_INET6;

	if (len == addr_len(family) && memcmp(mnl_attr_get_payload(attr), none, len))
		*to = addr_of(family, mnl_attr_get_payload(attr));
}

void topo_store(const struct nlattr *attr, const struct topo_field *fields, size_t n, void *out)
{
	const struct topo_field *f = fields;
	const struct topo_field *end = fields + n;
	char *to;

	while (f < end && f->type != mnl_attr_get_type(attr))
		f++;
	if (f == end)
		return;
	to = (char *)out + f->offset;
	if (f->kind == TOPO_KIND_TEXT)
		store_text(attr, to, f->len);
	else if (f->kind == TOPO_KIND_ADDRESS)
		store_address(attr, (struct ip *)to);
	else if (mnl_attr_get_payload_len(attr) == f->len)
		memcpy(to, mnl_attr_get_payload(attr), f->len);
}

struct ip topo_own_address(const struct nlmsghdr *nlh)
{
	/* on IPv6 without a peer only the second is there */
	struct addresses {
		struct ip local, address;
	} a = { 0 };
	static const struct topo_field fields[] = {
		TOPO_ADDRESS(IFA_LOCAL, struct addresses, local),
		TOPO_ADDRESS(IFA_ADDRESS, struct addresses, address),
	};
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifaddrmsg))
		topo_store(attr, fields, ARRAY_SIZE(fields), &a);
	return a.local.family ? a.local : a.address;
}
