/* SPDX-License-Identifier: GPL-2.0 */
#include "core/loss.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

void loss_say(struct loss *loss, unsigned int what, const char *text)
{
	free(loss->texts[what]);
	loss->texts[what] = *text ? strdup(text) : NULL;
}

void loss_keep_cause(struct loss *loss, const struct cause *cause)
{
	text_copy(loss->cause.id, sizeof(loss->cause.id), cause->id);
	loss->cause.confidence = cause->confidence;
	loss_say(loss, LOSS_CAUSE, cause->text);
	for (int i = 0; i < REMEDIES_MAX; i++)
		loss_say(loss, LOSS_REMEDY + i, i < cause->n_remedies ? cause->remedy[i] : "");
}

void loss_keep_rule(struct loss *loss, const struct rule *rule)
{
	loss->rule.known = true;
	loss->rule.backend = rule->backend;
	loss->rule.family = rule->family;
	loss->rule.handle = rule->handle;
	loss->rule.index = rule->index;
	loss->rule.policy = rule->policy;
	loss->rule.ambiguous = rule->ambiguous;
	loss->rule.counted = rule->counted;
	loss_say(loss, LOSS_TABLE, rule->table);
	loss_say(loss, LOSS_CHAIN, rule->chain);
	loss_say(loss, LOSS_RULE, rule->text);
}

void loss_rule(const struct loss *loss, struct rule *out)
{
	*out = (struct rule){
		.backend = loss->rule.backend,
		.family = loss->rule.family,
		.handle = loss->rule.handle,
		.index = loss->rule.index,
		.policy = loss->rule.policy,
		.ambiguous = loss->rule.ambiguous,
		.counted = loss->rule.counted,
	};
	text_copy(out->table, sizeof(out->table), loss->texts[LOSS_TABLE] ?: "");
	text_copy(out->chain, sizeof(out->chain), loss->texts[LOSS_CHAIN] ?: "");
	text_copy(out->text, sizeof(out->text), loss->texts[LOSS_RULE] ?: "");
}

void loss_clear(struct loss *loss)
{
	for (int i = 0; i < N_LOSS_TEXTS; i++)
		loss_say(loss, i, "");
}
