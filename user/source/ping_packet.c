/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ping_packet.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <string.h>

#define WINDOW 64240
#define MSS 1440 /* nothing is ever sent after the SYN, so it need not fit the path */
#define COOKIE_LEN sizeof(((struct dd_filter *)0)->cookie)

struct syn {
	struct tcphdr tcp;
	uint8_t mss_option[4];
};

struct pseudo_header {
	uint8_t src[4];
	uint8_t dst[4];
	uint8_t zero;
	uint8_t protocol;
	uint16_t len;
};

/* RFC 8200, section 8.1 */
struct pseudo_header6 {
	uint8_t src[16];
	uint8_t dst[16];
	uint32_t len;
	uint8_t zero[3];
	uint8_t protocol;
};

static bool is_ip6(const struct dd_filter *f)
{
	return f->l3 == AF_INET6;
}

static uint8_t echo_type(const struct dd_filter *f)
{
	return is_ip6(f) ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
}

static uint32_t sum16(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	if (len % 2)
		sum += bytes[len - 1] << 8;
	return sum;
}

/* The Internet checksum in network order; over data that contains a right one it is 0. */
static uint16_t checksum(const void *data, size_t len, uint32_t sum)
{
	sum = sum16(data, len, sum);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* Numbers that no probe has give 0. */
static int known_probe(uint32_t n)
{
	return n <= DD_PROBES_MAX ? n : 0;
}

/* The inverse of f->isn + n * DD_ISN_STEP. */
static int probe_of_seq(const struct dd_filter *f, uint32_t seq)
{
	uint32_t offset = seq - f->isn;

	return offset % DD_ISN_STEP ? 0 : known_probe(offset / DD_ISN_STEP);
}

uint16_t ping_packet_port(const struct dd_filter *f, int n)
{
	return htons(ntohs(f->sport) + n - 1);
}

size_t ping_packet_datagram(const struct dd_filter *f, int n, size_t size, uint8_t *out)
{
	uint16_t number = htons(n);

	for (size_t i = 0; i < size; i++)
		out[i] = i;
	memcpy(out, f->cookie, COOKIE_LEN);
	memcpy(out + COOKIE_LEN, &number, sizeof(number));
	return size;
}

size_t ping_packet_echo(const struct dd_filter *f, int n, size_t size, uint8_t *out)
{
	struct icmphdr icmp = { .type = echo_type(f) };
	size_t len = sizeof(icmp) + ping_packet_datagram(f, n, size, out + sizeof(icmp));

	icmp.un.echo.id = f->sport;
	icmp.un.echo.sequence = htons(n);
	memcpy(out, &icmp, sizeof(icmp));
	if (!is_ip6(f))
		icmp.checksum = checksum(out, len, 0);
	memcpy(out, &icmp, sizeof(icmp));
	return len;
}

/* The sum over the pseudo header of a TCP segment of len bytes. */
static uint32_t pseudo_sum(const struct dd_filter *f, uint16_t len)
{
	struct pseudo_header pseudo = { .protocol = IPPROTO_TCP, .len = htons(len) };
	struct pseudo_header6 pseudo6 = { .protocol = IPPROTO_TCP, .len = htonl(len) };

	memcpy(pseudo.src, f->src, sizeof(pseudo.src));
	memcpy(pseudo.dst, f->dst, sizeof(pseudo.dst));
	memcpy(pseudo6.src, f->src, sizeof(pseudo6.src));
	memcpy(pseudo6.dst, f->dst, sizeof(pseudo6.dst));
	return is_ip6(f) ? sum16(&pseudo6, sizeof(pseudo6), 0) : sum16(&pseudo, sizeof(pseudo), 0);
}

size_t ping_packet_syn(const struct dd_filter *f, int n, size_t size, uint8_t *out)
{
	struct syn syn = { .mss_option = { TCPOPT_MAXSEG, TCPOLEN_MAXSEG, MSS >> 8, MSS & 0xff } };

	(void)size;
	syn.tcp.th_sport = ping_packet_port(f, n);
	syn.tcp.th_dport = f->dport;
	syn.tcp.th_seq = htonl(f->isn + n * DD_ISN_STEP);
	syn.tcp.th_off = sizeof(syn) / 4;
	syn.tcp.th_flags = TH_SYN;
	syn.tcp.th_win = htons(WINDOW);
	syn.tcp.th_sum = checksum(&syn, sizeof(syn), pseudo_sum(f, sizeof(syn)));
	memcpy(out, &syn, sizeof(syn));
	return sizeof(syn);
}

/* What the IP packet carries, NULL unless that is at least min bytes of the protocol. */
static const uint8_t *payload(const struct dd_filter *f, const uint8_t *data, size_t *len,
			      uint8_t protocol, size_t min)
{
	struct iphdr ip;
	size_t ihl;

	if (is_ip6(f))
		return *len < min ? NULL : data;
	if (*len < sizeof(ip))
		return NULL;
	memcpy(&ip, data, sizeof(ip));
	ihl = ip.ihl * 4u;
	if (ihl < sizeof(ip) || ip.protocol != protocol || *len < ihl + min)
		return NULL;
	*len -= ihl;
	return data + ihl;
}

int ping_packet_echo_reply(const struct dd_filter *f, const uint8_t *data, size_t len,
			   enum answer_kind *kind)
{
	struct icmphdr icmp;
	const uint8_t *l4 = payload(f, data, &len, IPPROTO_ICMP, sizeof(icmp) + COOKIE_LEN);
	int n;

	if (!l4)
		return 0;
	memcpy(&icmp, l4, sizeof(icmp));
	/* A raw socket gets its copy of IPv4 before the kernel looks at the checksum. */
	if (icmp.type != (is_ip6(f) ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) ||
	    icmp.un.echo.id != f->sport || (!is_ip6(f) && checksum(l4, len, 0)) ||
	    memcmp(l4 + sizeof(icmp), f->cookie, COOKIE_LEN))
		return 0;
	n = known_probe(ntohs(icmp.un.echo.sequence));
	if (n)
		*kind = ANSWER_REPLY;
	return n;
}

/*
 * The checksum is left to the kernel: over veth it is not filled in yet when the raw socket gets
 * its copy (CHECKSUM_PARTIAL).
 */
int ping_packet_syn_reply(const struct dd_filter *f, const uint8_t *data, size_t len,
			  enum answer_kind *kind)
{
	struct tcphdr tcp;
	const uint8_t *l4 = payload(f, data, &len, IPPROTO_TCP, sizeof(tcp));
	uint8_t flags;
	int n;

	if (!l4)
		return 0;
	memcpy(&tcp, l4, sizeof(tcp));
	flags = tcp.th_flags & (TH_SYN | TH_RST | TH_ACK);
	n = probe_of_seq(f, ntohl(tcp.th_ack) - 1);
	if (tcp.th_sport != f->dport || tcp.th_dport != ping_packet_port(f, n) ||
	    (flags != (TH_SYN | TH_ACK) && flags != (TH_RST | TH_ACK)))
		return 0;
	if (n)
		*kind = flags & TH_RST ? ANSWER_RESET : ANSWER_REPLY;
	return n;
}

int ping_packet_echo_quoted(const struct dd_filter *f, const uint8_t *data, size_t len)
{
	struct icmphdr icmp;

	if (len < sizeof(icmp))
		return 0;
	memcpy(&icmp, data, sizeof(icmp));
	if (icmp.type != echo_type(f) || icmp.un.echo.id != f->sport)
		return 0;
	return known_probe(ntohs(icmp.un.echo.sequence));
}

int ping_packet_syn_quoted(const struct dd_filter *f, const uint8_t *data, size_t len)
{
	struct {
		uint16_t sport, dport;
		uint32_t seq;
	} tcp; /* all that a router must quote, RFC 792 */
	int n;

	if (len < sizeof(tcp))
		return 0;
	memcpy(&tcp, data, sizeof(tcp));
	n = probe_of_seq(f, ntohl(tcp.seq));
	return tcp.sport == ping_packet_port(f, n) && tcp.dport == f->dport ? n : 0;
}
