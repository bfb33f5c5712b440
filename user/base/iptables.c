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

/* iptables-save names these three; other names are of other protocols, numbers speak for themselves. */
static bool is_protocol(const char *word, uint8_t l4)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = { { "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP } };
	char *end;
	long number = strtol(word, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i].name))
			return l4 == names[i].number;
	return !strcmp(word, "all") || (*word && !*end && (!number || number == l4));
}

/* "172.18.0.0/16", "172.18.0.3/32"; what is no such address rules nothing out. */
static bool in_network(const char *word, const uint8_t address[4])
{
	char network[INET_ADDRSTRLEN];
	size_t len = strcspn(word, "/");
	int bits = word[len] ? atoi(word + len + 1) : 32;
	uint32_t want, have;

	snprintf(network, sizeof(network), "%.*s", (int)len, word);
	if (inet_pton(AF_INET, network, &want) != 1 || bits < 1 || bits > 32)
		return true;
	memcpy(&have, address, sizeof(have));
	return !((ntohl(want) ^ ntohl(have)) >> (32 - bits));
}

bool iptables_may_match(const char *rule, uint8_t l4, const uint8_t src[4], const uint8_t dst[4])
{
	bool quoted, negated = false, not = false, comment = false;
	char word[64], option = 0;

	while (iptables_word_next(&rule, word, sizeof(word), &quoted)) {
		bool fits = option == 'p' ? is_protocol(word, l4) :
			    option == 's' ? in_network(word, src) : in_network(word, dst);

		if (option && fits == negated)
			return false;
		/* an argument is no option, least of all a comment, which is anybody's text */
		option = !option && !comment && !quoted && word[0] == '-' && strlen(word) == 2 &&
				 strchr("psd", word[1]) ? word[1] : 0;
		comment = !quoted && !strcmp(word, "--comment");
		negated = not;
		not = !quoted && !strcmp(word, "!");
	}
	return true;
}
