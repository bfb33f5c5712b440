/* SPDX-License-Identifier: GPL-2.0 */
#include "view/losses.h"

#include <ctype.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "core/loss.h"
#include "view/names.h"
#include "view/words.h"

#define HANG         11
#define WIDTH        100
#define BUCKETS_MAX  60
#define TALKERS_MAX  10
#define KINDS_SHOWN  20 /* in the summary; --json has all */

static void add_party(struct strbuf *sb, const char *before, const struct party *p, const char *none)
{
	char ip[ADDR_TEXT_LEN];

	words_add(sb, "", "%s%s", before, p->name[0] ? p->name : none);
	if (p->kind == ENDPOINT_CONTAINER && p->ip.family)
		words_add(sb, "", " %s", addr_format(&p->ip, ip));
}

static void add_protocol(struct strbuf *sb, const struct loss *loss)
{
	const char *name = kernel_protocol(loss->l4);

	if (loss->ethertype == ETH_P_ARP)
		strbuf_addf(sb, " ARP");
	else if (loss->ethertype != ETH_P_IP && loss->ethertype != ETH_P_IPV6)
		strbuf_addf(sb, " ethertype 0x%04x", loss->ethertype);
	else if (loss->l4 == IPPROTO_ICMPV6)
		strbuf_addf(sb, " ICMPv6");
	else if (!name && loss->class == LOSS_ELSEWHERE) /* of whatever protocol */
		strbuf_addf(sb, loss->ethertype == ETH_P_IP ? " IPv4" : " IPv6");
	else if (!name)
		strbuf_addf(sb, " protocol %u", loss->l4);
	for (strbuf_addf(sb, "%s", loss->l4 != IPPROTO_ICMPV6 && name ? " " : "");
	     loss->l4 != IPPROTO_ICMPV6 && name && *name; name++)
		strbuf_addf(sb, "%c", toupper(*name));
	if (loss->port && (loss->l4 == IPPROTO_TCP || loss->l4 == IPPROTO_UDP))
		strbuf_addf(sb, "%s%u", loss->port_of_src ? " from port " : "/", loss->port);
}

void losses_add_parties(struct strbuf *sb, const struct loss *loss)
{
	if (loss->src.name[0] || loss->dst.name[0]) {
		add_party(sb, "", &loss->src, "others");
		add_party(sb, " -> ", &loss->dst, "others");
	} else {
		words_add(sb, "", "somebody");
	}
	add_protocol(sb, loss);
}

void losses_add_place(struct strbuf *sb, const struct loss *loss)
{
	if (!strcmp(loss->netns, "host"))
		words_add(sb, "", "on the host");
	else if (loss->netns[0])
		words_add(sb, "", "in %s", loss->netns);
	else
		words_add(sb, "", "in %s network namespace", loss->class == LOSS_ELSEWHERE ? "another" : "an unknown");
	if (loss->device[0])
		words_add(sb, " ", "at %s", loss->device);
	if (loss->hook_known)
		words_add_hook(sb, ", hook ", loss->hook_pf, loss->hook_num);
}

static void add_function(struct strbuf *sb, const struct loss *loss)
{
	if (loss->where.function[0])
		words_add_symbol(sb, "", &loss->where);
	else
		words_add(sb, "", "0x%" PRIx64, loss->location);
	if (loss->reason[0])
		words_add(sb, " ", "(%s)", loss->reason);
}

const char *losses_cause(const struct loss *loss)
{
	if (loss->class == LOSS_NOISE)
		return "noise";
	return loss->cause.id[0] ? loss->cause.id : "unexplained";
}

static void add_line(struct strbuf *sb, const struct loss *loss, const struct loss_event *event)
{
	losses_add_parties(sb, loss);
	strbuf_addf(sb, ", ");
	losses_add_place(sb, loss);
	strbuf_addf(sb, ": %s, ", losses_cause(loss));
	add_function(sb, loss);
	if (event->not_shown)
		strbuf_addf(sb, ", sampled: %" PRIu64 " more before it", event->not_shown);
}

/* "18:03:22.123456", local time */
static const char *clock_text(uint64_t ns, char text[32])
{
	time_t s = ns / 1000000000;
	struct tm tm = { 0 };
	size_t len;

	localtime_r(&s, &tm);
	len = strftime(text, 32, "%H:%M:%S", &tm);
	snprintf(text + len, 32 - len, ".%06u", (unsigned int)(ns % 1000000000 / 1000));
	return text;
}

void losses_event(FILE *out, const struct loss *loss, const struct loss_event *event)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	char text[32];

	add_line(&sb, loss, event);
	fprintf(out, "%s %s\n", clock_text(event->time_ns, text), strbuf_str(&sb));
}

char *losses_comment(const struct loss *loss, const struct loss_event *event)
{
	struct strbuf sb = { 0 };

	strbuf_addf(&sb, "dropped: ");
	add_line(&sb, loss, event);
	if (loss->network[0])
		words_add(&sb, "", "; network %s", loss->network);
	if (loss->texts[LOSS_CAUSE])
		words_add(&sb, "", "; %s", loss->texts[LOSS_CAUSE]);
	if (loss->texts[LOSS_RULE])
		words_add(&sb, "", "; rule: %s", loss->texts[LOSS_RULE]);
	return sb.text;
}

static void item(FILE *out, int width, const char *label, const char *text)
{
	struct strbuf safe __cleanup(strbuf_free) = { 0 };

	if (!text || !*text)
		return;
	strbuf_add_safe(&safe, text);
	fprintf(out, "  %-*s", HANG - 2, label);
	words_print(out, width, HANG, HANG, strbuf_str(&safe));
}

static bool is_unknown(const struct loss *loss)
{
	return loss->class != LOSS_NOISE && !strcmp(loss->cause.id, "unknown");
}

static bool is_doubtful(const struct loss *loss)
{
	return loss->class != LOSS_NOISE && loss->cause.id[0] && !is_unknown(loss);
}

static void explain_rule(FILE *out, const struct loss *loss, int width)
{
	struct strbuf text __cleanup(strbuf_free) = { 0 };
	struct strbuf place __cleanup(strbuf_free) = { 0 };
	struct rule rule;

	loss_rule(loss, &rule);
	words_add_rule(&text, &rule);
	item(out, width, "rule", strbuf_str(&text));
	words_add_rule_place(&place, &rule);
	item(out, width, "", strbuf_str(&place));
}

void losses_explain(FILE *out, const struct loss *loss, int width)
{
	char *const *remedies = loss->texts + LOSS_REMEDY;

	width = width ? width : WIDTH;
	item(out, width, "because", loss->class == LOSS_NOISE ? loss->noise : loss->texts[LOSS_CAUSE]);
	if (loss->rule.known)
		explain_rule(out, loss, width);
	item(out, width, "stack", is_unknown(loss) ? loss->texts[LOSS_STACK] : NULL);
	for (int i = 0; loss->class != LOSS_NOISE && i < REMEDIES_MAX && remedies[i]; i++) {
		struct strbuf command __cleanup(strbuf_free) = { 0 };

		strbuf_add_safe(&command, remedies[i]);
		fprintf(out, "  %-*s%s\n", HANG - 2, i ? "" : "do", strbuf_str(&command));
	}
	item(out, width, "note", is_doubtful(loss) ? words_doubt(loss->cause.confidence) : NULL);
}

static void summary_kinds(FILE *out, const struct losses_sum *sum, int width)
{
	for (size_t i = 0; i < sum->n && i < KINDS_SHOWN; i++) {
		const struct loss *loss = sum->kinds[i];
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		losses_add_parties(&sb, loss);
		strbuf_addf(&sb, ", ");
		losses_add_place(&sb, loss);
		strbuf_addf(&sb, ": %s, ", losses_cause(loss));
		add_function(&sb, loss);
		fprintf(out, "%10" PRIu64 " ", loss->total);
		words_print(out, width, HANG, HANG, strbuf_str(&sb));
		losses_explain(out, loss, width);
	}
	if (sum->n > KINDS_SHOWN)
		fprintf(out, "%10s %zu more kinds\n", "", sum->n - KINDS_SHOWN);
}

/* What is not in the list, and why. */
static const struct rest_row {
	size_t offset;
	enum loss_class class; /* some of it may be in the list; N_LOSS_CLASSES: none is */
	const char *text, *hint;
} rest_rows[] = {
#define CLASS(class, text, hint) { offsetof(struct loss_totals, by_class[class]), class, text, hint }
#define REST(member, text) { offsetof(struct loss_totals, member), N_LOSS_CLASSES, text, "" }
	CLASS(LOSS_UNWANTED, "not what was asked for", ""),
	REST(filtered, "not of the port or protocol asked for (this host, all of it)"),
	CLASS(LOSS_NOISE, "as healthy networks have them", "; --all lists them"),
	CLASS(LOSS_ELSEWHERE, "touch no container of this engine", "; --all lists them"),
	REST(other, "counted, but there were too many flows to tell which"),
	REST(missed, "counted by the kernel, while the CPU was busy with another one"),
	REST(folded, "of these, of kinds that were not seen for long and are not listed"),
	REST(unsampled, "packets that were counted, but that there was no room to show"),
	REST(malformed, "records that could not be read"),
#undef REST
#undef CLASS
};

static uint64_t listed(const struct losses_sum *sum, enum loss_class class)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sum->n; i++)
		n += sum->kinds[i]->class == class ? sum->kinds[i]->total : 0;
	return n;
}

static void summary_rest(FILE *out, const struct losses_sum *sum)
{
	for (size_t i = 0; i < ARRAY_SIZE(rest_rows); i++) {
		const struct rest_row *row = &rest_rows[i];
		uint64_t n = *(const uint64_t *)((const char *)sum->totals + row->offset);

		uint64_t in_list = listed(sum, row->class);

		if (n > in_list)
			fprintf(out, "%10" PRIu64 " %s%s\n", n - in_list, row->text,
				sum->live && !sum->all ? row->hint : "");
	}
}

void losses_summary(FILE *out, const struct losses_sum *sum, const struct text_style *style)
{
	int width = style->width ? style->width : WIDTH;
	double seconds = (double)(sum->to_ns - sum->from_ns) / 1e9;
	uint64_t n = sum->totals->by_class[LOSS_SHOWN] + listed(sum, LOSS_NOISE) + listed(sum, LOSS_ELSEWHERE);

	fprintf(out, "\n%s%" PRIu64 " drop%s%s that touch%s a container%s, of %zu kind%s, in %.1f s\n",
		style->colour && sum->n ? TEXT_RED : "", n, n == 1 ? "" : "s",
		style->colour && sum->n ? TEXT_PLAIN : "", n == 1 ? "es" : "", sum->all ? " or not" : "", sum->n,
		sum->n == 1 ? "" : "s", seconds);
	summary_kinds(out, sum, width);
	summary_rest(out, sum);
	if (sum->engine_lost)
		fprintf(out, "the engine was away %d time%s\n", sum->engine_lost,
			sum->engine_lost == 1 ? "" : "s");
}

void losses_timeline(FILE *out, const uint64_t *timeline, size_t seconds, uint64_t from_ns)
{
	size_t per = (seconds + BUCKETS_MAX - 1) / BUCKETS_MAX;
	uint64_t buckets[BUCKETS_MAX] = { 0 }, most = 1;
	char text[32];

	if (!seconds)
		return;
	for (size_t i = 0; i < seconds; i++)
		buckets[i / per] += timeline[i];
	for (size_t i = 0; i * per < seconds; i++)
		most = buckets[i] > most ? buckets[i] : most;
	fprintf(out, "\nTimeline, %zu s a line\n", per);
	for (size_t i = 0; i * per < seconds; i++) {
		int bar = (int)(buckets[i] * 50 / most);

		if (!buckets[i] && i)
			continue;
		clock_text(from_ns + i * per * 1000000000ull, text);
		text[8] = '\0';
		fprintf(out, "%s %10" PRIu64 " %.*s\n", text, buckets[i], bar,
			"##################################################");
	}
}

struct talker {
	const char *name;
	uint64_t sent, received;
};

static void talker_add(struct talker *all, size_t *n, const char *name, uint64_t sent, uint64_t received)
{
	size_t i = 0;

	while (i < *n && strcmp(all[i].name, name))
		i++;
	if (i == *n)
		all[(*n)++] = (struct talker){ .name = name };
	all[i].sent += sent;
	all[i].received += received;
}

static int by_loss(const void *a, const void *b)
{
	const struct talker *x = a, *y = b;
	uint64_t m = x->sent + x->received, n = y->sent + y->received;

	return m < n ? 1 : m > n ? -1 : strcmp(x->name, y->name);
}

void losses_talkers(FILE *out, const struct loss *const kinds[], size_t n)
{
	struct talker *all __free = calloc(2 * n + 1, sizeof(*all));
	char name[NAME_LEN];
	size_t found = 0;

	for (size_t i = 0; all && i < n; i++) {
		if (kinds[i]->src.name[0])
			talker_add(all, &found, kinds[i]->src.name, kinds[i]->total, 0);
		if (kinds[i]->dst.name[0])
			talker_add(all, &found, kinds[i]->dst.name, 0, kinds[i]->total);
	}
	if (!found)
		return;
	qsort(all, found, sizeof(*all), by_loss);
	fprintf(out, "\nWho lost most\n%10s %10s\n", "sent", "received");
	for (size_t i = 0; i < found && i < TALKERS_MAX; i++)
		fprintf(out, "%10" PRIu64 " %10" PRIu64 "  %s\n", all[i].sent, all[i].received,
			safe_text(name, sizeof(name), all[i].name));
}

void losses_notes(FILE *out, const struct loss_note *notes, size_t n)
{
	char time[SHORT_LEN], text[SENTENCE_LEN / 4];

	if (n)
		fprintf(out, "\nMeanwhile\n");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s %s\n", safe_text(time, sizeof(time), notes[i].time),
			safe_text(text, sizeof(text), notes[i].text));
}
