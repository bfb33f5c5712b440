/* SPDX-License-Identifier: GPL-2.0 */
#include "base/iptables.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

bool iptables_word_next(const char **text, char *word, size_t room, bool *quoted)
{
	const char *p = *text + strspn(*text, " \t");
	size_t len = 0;

	*quoted = *p == '"';
	if (!*p)
		return false;
	for (p += *quoted; *p && !(*quoted ? *p == '"' : *p == ' '); p++) {
		if (*quoted && *p == '\\' && p[1])
			p++;
		if (len + 1 < room)
			word[len++] = *p;
	}
	word[len] = '\0';
	*text = p + (*quoted && *p == '"');
	return true;
}

/* iptables-save names these; other names are of other protocols, numbers speak for themselves. */
static bool is_protocol(const char *word, uint8_t l4)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {
		{ "icmp", IPPROTO_ICMP },	  { "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },		  { "icmpv6", IPPROTO_ICMPV6 },
		{ "ipv6-icmp", IPPROTO_ICMPV6 },
	};
	char *end;
	long number = strtol(word, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i].name))
			return l4 == names[i].number;
	return !strcmp(word, "all") || (*word && !*end && (!number || number == l4));
}

/* "172.18.0.0/16", "fd00::3/128"; what is no such address rules nothing out. */
static bool in_network(const char *word, int family, const uint8_t *address)
{
	int all = family == AF_INET6 ? 128 : 32;
	size_t len = strcspn(word, "/");
	int bits = word[len] ? atoi(word + len + 1) : all;
	char network[INET6_ADDRSTRLEN];
	uint8_t want[16];
	int rest;

	snprintf(network, sizeof(network), "%.*s", (int)len, word);
	if (inet_pton(family, network, want) != 1 || bits < 1 || bits > all)
		return true;
	rest = bits % 8 ? (want[bits / 8] ^ address[bits / 8]) >> (8 - bits % 8) : 0;
	return !memcmp(want, address, bits / 8) && !rest;
}

/* "80", "1024:65535", "80,443" */
static bool in_ports(const char *word, uint16_t port)
{
	while (*word) {
		char *end;
		unsigned long first = strtoul(word, &end, 10), last = first;

		if (*end == ':')
			last = end[1] ? strtoul(end + 1, &end, 10) : UINT16_MAX;
		if (port >= first && port <= last)
			return true;
		word = end + strcspn(end, ",");
		word += *word == ',';
	}
	return false;
}

static char option_of(const char *word)
{
	static const struct {
		const char *name;
		char option;
	} names[] = {
		{ "-p", 'p' }, { "-s", 's' }, { "-d", 'd' }, { "--sport", 'S' }, { "--sports", 'S' },
		{ "--dport", 'D' }, { "--dports", 'D' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i].name))
			return names[i].option;
	return 0;
}

/* Whether the argument of the option leaves the packet in; *known turns false if that cannot be told. */
static bool fits(char option, const char *word, const struct iptables_packet *p, bool *known)
{
	uint16_t port = option == 'S' ? p->sport : p->dport;

	*known = true;
	switch (option) {
	case 'p':
		return is_protocol(word, p->l4);
	case 's':
		return in_network(word, p->family, p->src);
	case 'd':
		return in_network(word, p->family, p->dst);
	default:
		*known = port;
		return in_ports(word, port);
	}
}

bool iptables_may_match(const char *rule, const struct iptables_packet *p)
{
	bool quoted, negated = false, not = false, comment = false, known;
	char word[128], option = 0;

	while (iptables_word_next(&rule, word, sizeof(word), &quoted)) {
		if (option && fits(option, word, p, &known) == negated && known)
			return false;
		/* an argument is no option, least of all a comment, which is anybody's text */
		option = !option && !comment && !quoted ? option_of(word) : 0;
		comment = !quoted && !strcmp(word, "--comment");
		negated = not;
		not = !quoted && !strcmp(word, "!");
	}
	return true;
}
