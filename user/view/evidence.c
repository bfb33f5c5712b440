/* SPDX-License-Identifier: GPL-2.0 */
#include "view/evidence.h"

#include <inttypes.h>
#include <string.h>

static void put_bytes(FILE *out, const char *name, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	fprintf(out, " %s=", name);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", bytes[i]);
}

/* TEXT, NUMBER, ADDRESS and MAC write the member of the struct that the expansion calls `from`. */
#define TEXT(m) put_bytes(out, #m, from->m, strlen(from->m));
#define NUMBER(m) fprintf(out, " %s=%" PRId64, #m, (int64_t)from->m);
#define ADDRESS(m) put_bytes(out, #m, &from->m, sizeof(from->m));
#define MAC(m) put_bytes(out, #m, from->m, 6);

void evidence_scene(FILE *out, const struct scene *from)
{
	if (!out)
		return;
	fprintf(out, EVIDENCE_MAGIC "\nscene");
#define EVIDENCE_SCENE
#include "view/evidence.def"
#undef EVIDENCE_SCENE
	fputc('\n', out);
}

void evidence_after(FILE *out, const struct scene *from)
{
	if (!out)
		return;
	fprintf(out, "after");
#define EVIDENCE_AFTER
#include "view/evidence.def"
#undef EVIDENCE_AFTER
	fputc('\n', out);
}

void evidence_sent(FILE *out, const struct sent *from)
{
	if (!out)
		return;
	fprintf(out, "sent");
#define EVIDENCE_SENT
#include "view/evidence.def"
#undef EVIDENCE_SENT
	fputc('\n', out);
}

void evidence_answer(FILE *out, const struct answer *from)
{
	if (!out)
		return;
	fprintf(out, "answer");
#define EVIDENCE_ANSWER
#include "view/evidence.def"
#undef EVIDENCE_ANSWER
	fputc('\n', out);
}

void evidence_hit(FILE *out, const struct hit *from)
{
	if (!out)
		return;
	fprintf(out, "hit");
#define EVIDENCE_HIT
#include "view/evidence.def"
#undef EVIDENCE_HIT
	fputc('\n', out);
}

void evidence_rule(FILE *out, const struct rule *from)
{
	if (!out)
		return;
	fprintf(out, "rule");
#define EVIDENCE_RULE
#include "view/evidence.def"
#undef EVIDENCE_RULE
	fputc('\n', out);
}

void evidence_culprit(FILE *out, const struct culprit *from)
{
	if (!out)
		return;
	fprintf(out, "culprit");
#define EVIDENCE_CULPRIT
#include "view/evidence.def"
#undef EVIDENCE_CULPRIT
	fputc('\n', out);
}

void evidence_aftermath(FILE *out, const struct aftermath *from)
{
	if (!out)
		return;
	fprintf(out, "aftermath");
#define EVIDENCE_AFTERMATH
#include "view/evidence.def"
#undef EVIDENCE_AFTERMATH
	fputc('\n', out);
}

void evidence_lost(FILE *out, uint64_t lost, uint64_t missed)
{
	if (out)
		fprintf(out, "lost events=%" PRIu64 " missed=%" PRIu64 "\n", lost, missed);
}

/* In the form of /proc/kallsyms, so that a reader needs no parser of its own. */
static void put_symbol(FILE *out, const struct ksym *ksym, uint64_t address)
{
	struct symbol s;

	ksym_lookup(ksym, address, &s);
	if (!s.function[0])
		return;
	fprintf(out, "symbol %" PRIx64 " T %s", address - s.offset, s.function);
	fprintf(out, s.module[0] ? "\t[%s]\n" : "\n", s.module);
}

void evidence_event(FILE *out, const void *data, size_t len, const struct ksym *ksym,
		    const struct reason *reasons)
{
	struct dd_event ev;

	if (!out)
		return;
	if (len == sizeof(ev)) {
		memcpy(&ev, data, sizeof(ev));
		if (ev.location)
			put_symbol(out, ksym, ev.location);
		for (uint32_t i = 0; i < ev.stack_n && i < DD_STACK_MAX; i++)
			put_symbol(out, ksym, ev.stack[i]);
		if (ev.kind == DD_EV_DROP && reason_name(reasons, ev.reason)[0])
			fprintf(out, "reason %u %s\n", ev.reason, reason_name(reasons, ev.reason));
	}
	fprintf(out, "event");
	put_bytes(out, "data", data, len);
	fputc('\n', out);
}
