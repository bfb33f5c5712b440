/* SPDX-License-Identifier: GPL-2.0 */
#include "core/word.h"

#include <string.h>

#include "base/addr.h"

bool word_add_quoted(struct strbuf *out, const char *text)
{
	strbuf_add_shell(out, text);
	return text[0];
}

bool word_add_ip(struct strbuf *out, const struct ip *ip)
{
	char buf[ADDR_TEXT_LEN];

	strbuf_addf(out, "%s", addr_format(ip, buf));
	return ip->family != 0;
}

const char *word_role_name(const struct evidence *e, enum role r)
{
	return r <= ROLE_DST ? e->scene->ends[r].name : r == ROLE_HOST ? "host" : "another container";
}

static void add_namespace(struct strbuf *out, const char *word)
{
	bool pid = !strncmp(word, "pid:", strlen("pid:"));

	strbuf_addf(out, pid ? "nsenter -n -t " : "nsenter --net=");
	strbuf_add_shell(out, pid ? word + strlen("pid:") : word);
	strbuf_add(out, " ", 1);
}

bool word_add_inside(const struct evidence *e, enum role r, struct strbuf *out)
{
	if (r == ROLE_OTHER || (r <= ROLE_DST && e->scene->ends[r].kind == ENDPOINT_ADDRESS))
		return false;
	if (r == ROLE_HOST || e->scene->ends[r].kind == ENDPOINT_HOST)
		return true;
	if (!e->scene->ends[r].id[0]) { /* no engine knows it: a path, or pid:NUMBER */
		add_namespace(out, e->scene->ends[r].name);
		return true;
	}
	strbuf_addf(out, "nsenter -n -t $(docker inspect -f '{{.State.Pid}}' ");
	word_add_quoted(out, e->scene->ends[r].name);
	strbuf_addf(out, ") ");
	return true;
}

bool word_add_role(const struct evidence *e, enum role r, struct strbuf *out)
{
	if (r == ROLE_OTHER || r == ROLE_HOST || e->scene->ends[r].kind == ENDPOINT_HOST)
		strbuf_addf(out, "%s", r == ROLE_OTHER ? "another container" : "the host");
	else
		word_add_quoted(out, e->scene->ends[r].name);
	return true;
}

/* Addresses of the lost data: those of the direction, not of a question for a neighbour. */
enum role word_sender(const struct evidence *e)
{
	return e->lost >= MSG_NEIGH_ASK_BACK ? ROLE_DST : ROLE_SRC;
}

bool word_is_ip6(const struct evidence *e)
{
	return e->scene->ends[ROLE_DST].ip.family == AF_INET6;
}

bool word_is_tcp(const struct evidence *e)
{
	return e->scene->request.protocol == IPPROTO_TCP;
}

const struct word *word_find(const struct words *words, const char *name, size_t len)
{
	for (size_t i = 0; i < words->n; i++)
		if (strlen(words->all[i].name) == len && !strncmp(words->all[i].name, name, len))
			return &words->all[i];
	return NULL;
}
