/* SPDX-License-Identifier: GPL-2.0 */
#include "core/culprit.h"

#include <inttypes.h>

bool culprit_add_program(const struct culprit *c, struct strbuf *out)
{
	strbuf_addf(out, "BPF program %s (id %" PRIu32 ", priority %" PRId32 ")",
		    c->name[0] ? c->name : "without a name", c->program, c->priority);
	if (c->ambiguous)
		strbuf_addf(out, ", or another that fits as well");
	return c->program;
}

bool culprit_add_detach(const struct culprit *c, struct strbuf *out)
{
	strbuf_addf(out, "bpftool link detach id %" PRIu32, c->link);
	return c->link && !c->ambiguous;
}

bool culprit_add_queue(const struct culprit *c, struct strbuf *out)
{
	if (c->queue < 0)
		strbuf_addf(out, "an NFQUEUE");
	else
		strbuf_addf(out, "NFQUEUE %d", c->queue);
	return true;
}

bool culprit_add_count(const struct culprit *c, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu64, c->count);
	return c->max;
}

bool culprit_add_max(const struct culprit *c, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu64, c->max);
	return c->max;
}

bool culprit_add_more(const struct culprit *c, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu64, 2 * c->max);
	return c->max;
}

void culprit_add_by(const struct culprit *c, struct strbuf *out)
{
	if (c->kind == CULPRIT_PROGRAM) {
		strbuf_addf(out, ", by ");
		culprit_add_program(c, out);
	}
	if (c->kind == CULPRIT_CONNTRACK)
		strbuf_addf(out, ", by connection tracking");
}
