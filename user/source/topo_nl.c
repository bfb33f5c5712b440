/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo_nl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "source/netns.h"

#define DEADLINE_S 2
#define SEQUENCE   1
#define ANSWER_LEN 32768 /* netlink_recvmsg() lets a dump fill no more in one go */

static void cleanup_socket(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

/* The socket stays in the namespace that it was opened in, so one visit is enough. */
static int open_socket(int netns, struct mnl_socket **out)
{
	int back __leave_netns = netns_enter(netns);
	struct timeval deadline = { .tv_sec = DEADLINE_S };
	struct mnl_socket *s __cleanup(cleanup_socket) = NULL;

	if (back < 0)
		return back;
	s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	if (setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)))
		return -errno;
	*out = take_ptr(s);
	return 0;
}

void *topo_request(union topo_request *req, uint16_t type, uint16_t flags, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(req);

	/* The acknowledgement ends the answer to one question, as NLMSG_DONE does for a dump. */
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = SEQUENCE;
	return mnl_nlmsg_put_extra_header(nlh, len);
}

int topo_ask(int netns, const union topo_request *req, mnl_cb_t cb, void *data)
{
	char buf[ANSWER_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct mnl_socket *s __cleanup(cleanup_socket) = NULL;
	int more = open_socket(netns, &s);

	if (more)
		return more;
	if (mnl_socket_sendto(s, req, req->nlh.nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t len = mnl_socket_recvfrom(s, buf, sizeof(buf));

		if (len < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		more = mnl_cb_run(buf, len, SEQUENCE, mnl_socket_get_portid(s), cb, data);
	} while (more > MNL_CB_STOP);
	return more < 0 ? -errno : 0;
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
