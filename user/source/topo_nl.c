/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo_nl.h"

#include <string.h>

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

const void *topo_header(const struct nlmsghdr *nlh, size_t len)
{
	return mnl_nlmsg_get_payload_len(nlh) >= len ? mnl_nlmsg_get_payload(nlh) : NULL;
}

void topo_store(const struct nlattr *attr, const struct topo_field *fields, size_t n, void *out)
{
	const struct topo_field *f = fields;
	const struct topo_field *end = fields + n;
	size_t len = mnl_attr_get_payload_len(attr);

	while (f < end && f->type != mnl_attr_get_type(attr))
		f++;
	if (f == end || (!f->text && len != f->len))
		return;
	if (f->text) {
		len = strnlen(mnl_attr_get_payload(attr), len < f->len ? len : f->len - 1u);
		((char *)out)[f->offset + len] = '\0';
	}
	memcpy((char *)out + f->offset, mnl_attr_get_payload(attr), len);
}
