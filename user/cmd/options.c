/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/options.h"

#include <getopt.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd/option_rows.h"

/* Above every letter: with the row's number it stands for an option that has no letter. */
#define NO_LETTER 256

#define PROBES_TIMEOUT_MAX_MS 60000

/* What getopt_long() is to return for the row. */
static int row_code(const struct row *row, size_t i)
{
	return row->letter ? row->letter : NO_LETTER + (int)i;
}

static const struct row *row_find(int code)
{
	const struct row *row;

	for (size_t i = 0; (row = option_row(i)); i++)
		if (row_code(row, i) == code)
			return row;
	return NULL;
}

/*
 * The rows in getopt's terms. The text starts with "-": operands come in their order among the
 * options, whatever POSIXLY_CORRECT says; then ":": getopt prints nothing.
 */
static void getopt_tables(struct option longs[ROWS_MAX + 1], char shorts[ROWS_MAX * 2 + 3])
{
	char *s = stpcpy(shorts, "-:");
	const struct row *row;
	size_t n;

	for (n = 0; (row = option_row(n)); n++) {
		longs[n] = (struct option){
			.name = row->name,
			.has_arg = row->arg ? required_argument : no_argument,
			.val = row_code(row, n),
		};
		if (!row->letter)
			continue;
		*s++ = row->letter;
		if (row->arg)
			*s++ = ':';
	}
	*s = '\0';
	longs[n] = (struct option){ 0 };
}

static int set_command(struct options *o, const char *word)
{
	o->command = command_find(word);
	return o->command ? 0 : option_refuse(o, "unknown command '%s'", word);
}

static int set_operand(struct options *o, const char *word)
{
	if (!o->command)
		return set_command(o, word);
	if (!*word)
		return option_refuse(o, "%s is empty", o->src ? "DST" : "SRC");
	if (!o->src)
		o->src = word;
	else if (!o->dst)
		o->dst = word;
	else
		return option_refuse(o, "'%s' is too much after SRC and DST", word);
	return 0;
}

/* What getopt could not make sense of; word is the one it stopped at. */
static int not_understood(const struct options *o, int code, const char *word)
{
	const struct row *row = row_find(optopt);

	if (row && code == ':')
		return option_refuse(o, "--%s needs %s", row->name, row->arg);
	if (row)
		return option_refuse(o, "--%s takes no value", row->name);
	if (optopt)
		return option_refuse(o, "unknown option '-%c'", optopt);
	return option_refuse(o, "unknown or ambiguous option '%s'", word);
}

static int read_all(struct parse *p, int argc, char **argv)
{
	struct option longs[ROWS_MAX + 1];
	char shorts[ROWS_MAX * 2 + 3];
	int code, err = 0;

	getopt_tables(longs, shorts);
	optind = 0; /* from the start, also the second time */
	while (!err && (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *row = row_find(code);

		if (row && p->n_given < ROWS_MAX)
			p->given[p->n_given++] = row;
		if (row && row->of_probes && !p->for_probes)
			p->for_probes = row;
		if (row)
			err = row->set(p, row, optarg);
		else if (code == 1)
			err = set_operand(p->o, optarg);
		else
			err = not_understood(p->o, code, argv[optind - 1]);
	}
	for (; !err && optind < argc; optind++)
		err = set_operand(p->o, argv[optind]);
	return err;
}

static int check_rows(const struct parse *p)
{
	enum command command = p->o->command;

	for (int i = 0; i < p->n_given; i++)
		if (!option_row_is_of(p->given[i], command))
			return option_refuse(p->o, "--%s has no meaning with %s", p->given[i]->name,
					     command_about(command)->name);
	return 0;
}

/* What stands where trace has SRC; no command but trace has a second. */
static int check_operands(const struct parse *p)
{
	struct options *o = p->o;
	const struct about *about = command_about(o->command);

	if (o->src && !*about->operands)
		return option_refuse(o, "%s takes no operand", about->name);
	if (o->dst)
		return option_refuse(o, "%s takes one operand: put it between quotes", about->name);
	if (o->command == COMMAND_REPORT && !o->src)
		return option_refuse(o, "FILE is missing");
	if (o->command == COMMAND_WATCH || o->command == COMMAND_RECORD)
		o->watch.expression = o->src;
	return 0;
}

static int check_record(const struct parse *p)
{
	struct options *o = p->o;

	if (!o->watch.output)
		return option_refuse(o, "-o FILE is missing");
	if (o->watch.ring && !o->watch.file_mb)
		o->watch.file_mb = 64;
	return 0;
}

static int check_other(const struct parse *p)
{
	int err = check_operands(p);

	if (!err && p->o->command == COMMAND_RECORD)
		err = check_record(p);
	if (!err && p->o->watch.top && p->o->json)
		err = option_refuse(p->o, "--top and --json exclude each other");
	if (!err && p->o->watch.port && p->o->watch.protocol == IPPROTO_ICMP)
		err = option_refuse(p->o, "--port has no meaning with --proto icmp");
	return err;
}

/* The probes' own options, and what they default to, are not those of traffic that is there. */
static int check_passive(struct parse *p)
{
	struct options *o = p->o;

	if (!o->request.passive && o->request.timeout_ms > PROBES_TIMEOUT_MAX_MS)
		return option_refuse(o, "--timeout: more than %d seconds are for --passive",
				 PROBES_TIMEOUT_MAX_MS / 1000);
	if (!o->request.passive)
		return 0;
	if (p->for_probes)
		return option_refuse(o, "--%s has no meaning with --passive: nothing is sent",
				 p->for_probes->name);
	if (o->evidence)
		return option_refuse(o, "--evidence has no meaning with --passive");
	if (!p->protocol)
		o->request.protocol = 0;
	if (!p->timed)
		o->request.timeout_ms = 0;
	return 0;
}

/* What no word says alone. */
static int check(struct parse *p)
{
	const struct options *o = p->o;
	int err;

	if (o->show != SHOW_RESULT)
		return 0;
	if (!o->command)
		return option_refuse(o, "a command is missing");
	err = check_rows(p);
	if (err)
		return err;
	if (o->command == COMMAND_DOCTOR && !o->src && !o->compare)
		return 0;
	if (o->command != COMMAND_TRACE && o->command != COMMAND_DOCTOR)
		return check_other(p);
	if (!o->src || !o->dst)
		return option_refuse(o, "%s missing", o->src ? "DST is" : "SRC and DST are");
	if (!strcmp(o->src, o->dst))
		return option_refuse(o, "SRC and DST are both '%s'", o->src);
	if (p->sized && o->request.protocol == IPPROTO_TCP)
		return option_refuse(o, "--size has no meaning with --tcp: a SYN carries no payload");
	return check_passive(p);
}

int options_parse(int argc, char **argv, struct options *out)
{
	struct options o = {
		.family = AF_UNSPEC,
		.probes = PROBE_FENTRY,
		.request = {
			.protocol = IPPROTO_ICMP,
			.count = 3,
			.size = 56,
			.timeout_ms = 4000,
		},
		.watch.snaplen = 256,
	};
	struct parse p = { .o = &o };
	int err = read_all(&p, argc, argv);

	if (!err)
		err = check(&p);
	if (!err)
		*out = o;
	return err;
}
