/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define PENDING_MAX 4096

struct pending {
	size_t n, n_told;
	char ids[PENDING_MAX][ID_LEN];
};

int pending_new(struct pending **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void pending_free(struct pending *p)
{
	free(p);
}

static void take_out(struct pending *p, size_t i)
{
	p->n--;
	p->n_told -= i < p->n_told;
	memmove(&p->ids[i], &p->ids[i + 1], (p->n - i) * sizeof(*p->ids));
}

void pending_add(struct pending *p, const char *id, bool told)
{
	size_t i = 0;

	while (i < p->n && strcmp(p->ids[i], id))
		i++;
	if (i < p->n && (!told || i < p->n_told))
		return;
	if (i < p->n)
		take_out(p, i);
	if (p->n == PENDING_MAX)
		return;
	i = told ? p->n_told++ : p->n;
	memmove(&p->ids[i + 1], &p->ids[i], (p->n - i) * sizeof(*p->ids));
	text_copy(p->ids[i], ID_LEN, id);
	p->n++;
}

bool pending_take(struct pending *p, char id[ID_LEN])
{
	if (!p->n)
		return false;
	text_copy(id, ID_LEN, p->ids[0]);
	take_out(p, 0);
	return true;
}

bool pending_any(const struct pending *p)
{
	return p->n > 0;
}
