/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctfill N: gives connection tracking of this network namespace N made-up UDP connections, with the
 * status "assured", which the kernel does not push out for others. They live for ten minutes, or as
 * long as the namespace. The addresses are those set aside for documentation.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE_S 600
#define BATCH 64

static char buf[BATCH * 256] __attribute__((aligned(NLMSG_ALIGNTO)));
static size_t used;

static void *put(uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (struct nlattr *)(buf + used);

	memset(attr, 0, NLA_HDRLEN + NLA_ALIGN(len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	used += NLA_HDRLEN + NLA_ALIGN(len);
	return attr;
}

static struct nlattr *nest(uint16_t type)
{
	return put(type | NLA_F_NESTED, "", 0);
}

static void nest_end(struct nlattr *attr)
{
	attr->nla_len = buf + used - (char *)attr;
}

static void put_tuple(uint16_t type, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport)
{
	struct nlattr *tuple = nest(type), *inner = nest(CTA_TUPLE_IP);
	uint8_t udp = IPPROTO_UDP;

	put(CTA_IP_V4_SRC, &src, sizeof(src));
	put(CTA_IP_V4_DST, &dst, sizeof(dst));
	nest_end(inner);
	inner = nest(CTA_TUPLE_PROTO);
	put(CTA_PROTO_NUM, &udp, sizeof(udp));
	put(CTA_PROTO_SRC_PORT, &sport, sizeof(sport));
	put(CTA_PROTO_DST_PORT, &dport, sizeof(dport));
	nest_end(inner);
	nest_end(tuple);
}

static void put_connection(uint32_t n)
{
	uint32_t src = htonl(0xc0000200 + (n >> 16 & 0xff)), dst = htonl(0xc6336401);
	uint32_t status = htonl(IPS_CONFIRMED | IPS_ASSURED | IPS_SEEN_REPLY), life = htonl(LIFE_S);
	uint16_t port = htons(n & 0xffff);
	struct nlmsghdr *nlh = (struct nlmsghdr *)(buf + used);
	struct nfgenmsg *nfg = (struct nfgenmsg *)(nlh + 1);

	*nlh = (struct nlmsghdr){ .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE };
	*nfg = (struct nfgenmsg){ .nfgen_family = AF_INET, .version = NFNETLINK_V0 };
	used += sizeof(*nlh) + sizeof(*nfg);
	put_tuple(CTA_TUPLE_ORIG, src, dst, port, htons(9));
	put_tuple(CTA_TUPLE_REPLY, dst, src, htons(9), port);
	put(CTA_TIMEOUT, &life, sizeof(life));
	put(CTA_STATUS, &status, sizeof(status));
	nlh->nlmsg_len = buf + used - (char *)nlh;
}

/* Errors are answered even where no answer was asked for. */
static int heard(int fd)
{
	char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;
	const struct nlmsgerr *err = (const struct nlmsgerr *)(nlh + 1);
	ssize_t len = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);

	if (len < (ssize_t)(sizeof(*nlh) + sizeof(*err)) || nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	return err->error;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), err = fd < 0 ? -errno : 0;
	long n = argc == 2 ? atol(argv[1]) : 0;

	if (n <= 0)
		return 2;
	for (long i = 0; i < n && !err;) {
		for (used = 0; i < n && used < sizeof(buf) - 256; i++)
			put_connection(i);
		err = send(fd, buf, used, 0) < 0 ? -errno : heard(fd);
	}
	/* there may be others: the table is full before the last of them */
	if (!err || err == -ENOMEM)
		return 0;
	fprintf(stderr, "ctfill: %s\n", strerror(-err));
	return 1;
}
