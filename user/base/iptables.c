/* SPDX-License-Identifier: GPL-2.0 */
#include "base/iptables.h"

#include <string.h>

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
