/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/option_rows.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/log.h"
#include "core/explain.h"
#include "counted.h"

#define MEMBER(m) offsetof(struct options, m)

#define OF(command) (1u << COMMAND_##command)
#define PAIR        (OF(TRACE) | OF(DOCTOR))
#define LIVE        (OF(WATCH) | OF(RECORD))

static const char *const colours[] = {
	[COLOUR_AUTO] = "auto",
	[COLOUR_ALWAYS] = "always",
	[COLOUR_NEVER] = "never",
};
_Static_assert(ARRAY_SIZE(colours) == N_COLOURS, "a word for each choice");

static const char *const probe_kinds[] = {
	[PROBE_TRACEPOINT] = "tracepoint",
	[PROBE_KPROBE] = "kprobe",
	[PROBE_FENTRY] = "fentry",
};
_Static_assert(ARRAY_SIZE(probe_kinds) == N_PROBE_KINDS, "a word for each kind");

static const char *const schemes[] = {
	[SCHEME_EXPRESSION] = "expression",
	[SCHEME_TRACE] = "trace",
	[SCHEME_NFTRACE] = "nftrace",
};
_Static_assert(ARRAY_SIZE(schemes) == SCHEME_NFTRACE + 1, "a word for each that can be chosen");

static const char *const protocols[] = {
	[IPPROTO_ICMP] = "icmp",
	[IPPROTO_TCP] = "tcp",
	[IPPROTO_UDP] = "udp",
};

int option_refuse(const struct options *o, const char *fmt, ...)
{
	const char *command = o->command ? command_about(o->command)->name : "";
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s; try: dockdrop %s%s--help", text, command, *command ? " " : "");
	return -EINVAL;
}

static void *member(const struct parse *p, const struct row *row)
{
	return (char *)p->o + row->member;
}

static int set_true(struct parse *p, const struct row *row, const char *arg)
{
	(void)arg;
	*(bool *)member(p, row) = true;
	return 0;
}

/* An enum or an int. */
static int set_value(struct parse *p, const struct row *row, const char *arg)
{
	(void)arg;
	*(int *)member(p, row) = row->value;
	return 0;
}

static int set_family(struct parse *p, const struct row *row, const char *arg)
{
	if (p->o->family != AF_UNSPEC && p->o->family != row->value)
		return option_refuse(p->o, "--ipv4 and --ipv6 exclude each other");
	return set_value(p, row, arg);
}

static int set_text(struct parse *p, const struct row *row, const char *arg)
{
	if (!*arg)
		return option_refuse(p->o, "--%s: %s is empty", row->name, row->arg);
	*(const char **)member(p, row) = arg;
	return 0;
}

static bool is_cause(const char *id)
{
	for (size_t i = 0; explain_id(i); i++)
		if (!strcmp(id, explain_id(i)))
			return true;
	return !strcmp(id, "noise");
}

static int set_cause(struct parse *p, const struct row *row, const char *arg)
{
	if (*arg && !is_cause(arg))
		return option_refuse(p->o, "--%s: '%s' is no cause", row->name, arg);
	return set_text(p, row, arg);
}

static int read_number(const struct parse *p, const struct row *row, const char *arg, int *out)
{
	bool digits = *arg && strspn(arg, "0123456789") == strlen(arg);
	long value = digits ? strtol(arg, NULL, 10) : -1; /* LONG_MAX if it is too large */

	if (value < row->min || value > row->max)
		return option_refuse(p->o, "--%s: '%s' is not a number from %d to %d", row->name, arg,
				 row->min, row->max);
	*out = (int)value;
	return 0;
}

static int set_number(struct parse *p, const struct row *row, const char *arg)
{
	return read_number(p, row, arg, member(p, row));
}

static int set_size(struct parse *p, const struct row *row, const char *arg)
{
	p->sized = true;
	return set_number(p, row, arg);
}

/* Seconds on the command line, milliseconds in the row and the member. */
static int set_seconds(struct parse *p, const struct row *row, const char *arg)
{
	bool digits = *arg && strspn(arg, "0123456789.") == strlen(arg);
	char *end = NULL;
	double ms = digits ? strtod(arg, &end) * 1000 : -1;

	if ((end && *end) || ms < row->min || ms > row->max)
		return option_refuse(p->o, "--%s: '%s' is not a number of seconds from %.10g to %.10g",
				 row->name, arg, row->min / 1000.0, row->max / 1000.0);
	p->timed = true;
	*(int *)member(p, row) = (int)(ms + 0.5);
	return 0;
}

/* One of the row's words, for an enum. */
static int set_word(struct parse *p, const struct row *row, const char *arg)
{
	char offered[128] = "";

	for (int i = 0; i < row->n_words; i++) {
		size_t len = strlen(offered);

		if (!row->words[i])
			continue;
		if (!strcmp(arg, row->words[i])) {
			*(int *)member(p, row) = i;
			return 0;
		}
		snprintf(offered + len, sizeof(offered) - len, "%s%s",
			 !len ? "" : i + 1 < row->n_words ? ", " : " or ", row->words[i]);
	}
	return option_refuse(p->o, "--%s: '%s' is not %s", row->name, arg, offered);
}

static int set_protocol(struct parse *p, const struct row *row, const char *arg)
{
	int port = 0;
	int err = arg ? read_number(p, row, arg, &port) : 0;

	if (err)
		return err;
	if (p->protocol && p->protocol != row)
		return option_refuse(p->o, "--%s and --%s exclude each other", p->protocol->name,
				 row->name);
	p->protocol = row;
	p->o->request.protocol = row->value;
	p->o->request.port = (uint16_t)port;
	return 0;
}

static const struct row rows[] = {
#include "cmd/options.def"
};
_Static_assert(ARRAY_SIZE(rows) <= ROWS_MAX, "room for one of each");

const struct row *option_row(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const char *option_row_help(const struct row *row, enum command command)
{
	return row->other_help && !(PAIR & 1u << command) ? row->other_help : row->help;
}

bool option_row_is_of(const struct row *row, enum command command)
{
	return row->everywhere || (row->of ? row->of : OF(TRACE)) & 1u << command;
}
