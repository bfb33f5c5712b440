/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "counted.h"

#define MEMBER(m) offsetof(struct options, m)

/* Above every letter: with the row's number it stands for an option that has no letter. */
#define NO_LETTER 256

#define PROBES_TIMEOUT_MAX_MS 60000
#define ROWS_MAX 64

#define OF(command) (1u << COMMAND_##command)
#define PAIR (OF(TRACE) | OF(DOCTOR))
#define LIVE        (OF(WATCH) | OF(RECORD))

struct row;

/* What is being read; protocol: the row that chose it, NULL: none did. */
struct parse {
	struct options *o;
	const struct row *protocol;
	const struct row *for_probes; /* the first that was given of those that say how probes are sent */
	const struct row *given[ROWS_MAX]; /* in their order */
	int n_given;
	bool sized; /* --size was given */
	bool timed; /* --timeout was given */
};

struct row {
	const char *section; /* of the help, starts here; NULL: goes on */
	bool everywhere;     /* of every command, else */
	unsigned int of;     /* bits of those that it is of; 0: trace alone */
	bool of_probes;	     /* says how they are sent, and so nothing with --passive */
	char letter;	     /* 0: none */
	const char *name;
	const char *arg;  /* NULL: takes none */
	const char *help; /* a line break goes on in the help's column */
	int (*set)(struct parse *p, const struct row *row, const char *arg);
	size_t member; /* of struct options */
	int value;     /* what it stands for, where that is not in the argument */
	int min, max;  /* of a number */
	const char *const *words; /* to choose from, in the order of their enum; NULL: those not offered */
	int n_words;
};

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

static const struct about {
	const char *name;
	const char *operands;
	const char *summary;
	const char *text;
	const char *end; /* exit status, examples */
} abouts[] = {
	[COMMAND_TRACE] = {
		"trace", "SRC DST", "send probes, say where and why they are lost",
		"Sends a few probes from SRC to DST, follows every packet of the exchange (ARP or\n"
		"Neighbour Discovery, request, reply) through the kernel, and says where it was\n"
		"lost, which rule or bridge port did it, and what to do. Needs root and nothing\n"
		"in the containers.\n"
		"\n"
		"SRC and DST are a container's name, ID or unique prefix of an ID, `host`, an\n"
		"IPv4 or IPv6 address, or, without an engine, a network namespace: its path, as\n"
		"in /run/netns/x, or pid:NUMBER of a process in it.\n",
		"Exit status:\n"
		"  0  delivered\n"
		"  1  not delivered, and explained\n"
		"  2  bad usage\n"
		"  3  cannot run: privileges, kernel, engine, unknown container\n"
		"  4  inconclusive\n"
		"\n"
		"Examples:\n"
		"  dockdrop trace web db               is a ping from web answered by db?\n"
		"  dockdrop trace web db --tcp 5432    does a connection to db's port 5432 open?\n"
		"  dockdrop trace web host --json      from a container to the host, for a script\n",
	},
	[COMMAND_WATCH] = {
		"watch", "[EXPR]", "every drop that touches a container, live",
		"Shows every packet that this host drops on its way from or to a container, or\n"
		"inside one: a line an event, or with --top a table. Sends nothing, changes no\n"
		"rule, and has no program where packets pass that live. Counts are exact; of\n"
		"many alike only some are shown, and the line says how many were not. Rules of\n"
		"iptables are named by the counter that moved; nftables' own, and those in a\n"
		"container, may stay unnamed: trace names them.\n"
		"\n"
		"EXPR is an expression of tcpdump's, between quotes. It is tried in user\n"
		"space, on the packets that are shown; a kind of drop that has a packet which\n"
		"fits is counted whole.\n"
		"--port and --proto are tried in the kernel, on every packet.\n",
		"In the table: arrows or j and k move, s sorts by another column, / filters by\n"
		"text, q ends.\n"
		"\n"
		"Exit status:\n"
		"  0  it ran\n"
		"  2  bad usage\n"
		"  3  cannot run: privileges, kernel, engine\n"
		"\n"
		"Examples:\n"
		"  dockdrop watch --container web\n"
		"  dockdrop watch --top --all\n"
		"  dockdrop watch --json --duration 60 'udp port 53'\n",
	},
	[COMMAND_RECORD] = {
		"record", "-o FILE", "the same into a file: for report, Wireshark, tcpdump",
		"Writes what watch would show into a pcapng file, each packet with a comment that\n"
		"says where and why it was dropped and between whom, and with everything that\n"
		"report needs. What was counted is in the file after a second at most. FILE must\n"
		"not exist; with --ring the files are FILE-00001, FILE-00002 and so on, and the\n"
		"oldest are removed. An operand is an expression, as for watch.\n",
		"Exit status:\n"
		"  0  it ran, and the file is whole\n"
		"  2  bad usage\n"
		"  3  cannot run, or the file could not be written\n",
	},
	[COMMAND_REPORT] = {
		"report", "FILE", "what a recording holds, on any machine, without root",
		"Reads a file that record wrote: totals, timeline, who lost most, each cause with\n"
		"its explanation. Needs no root, no engine and no other kernel.\n",
		"Exit status:\n"
		"  0  no drop that touches a container is in it\n"
		"  1  there are some, and they are explained\n"
		"  2  bad usage\n"
		"  3  not a recording\n"
		"  4  it is cut short or damaged: what could be read was shown\n",
	},
	[COMMAND_DOCTOR] = {
		"doctor", "[SRC DST]", "what would break them, or the host; no packet is sent",
		"Looks for what would break SRC and DST, in the order in which a packet meets it:\n"
		"devices, addresses, routes, neighbours, bridge ports, the rules of all\n"
		"firewalls, the kernel's settings and tables. Without operands: the host and all\n"
		"its networks. Sends no packet and changes nothing.\n",
		"Exit status:\n"
		"  0  nothing found that would break them; with --compare: they are alike\n"
		"  1  something would; with --compare: they differ\n"
		"  2  bad usage\n"
		"  3  cannot run: privileges, engine, unknown container\n"
		"\n"
		"Examples:\n"
		"  dockdrop doctor                        the host and all its networks\n"
		"  dockdrop doctor web db --tcp 5432      these two\n"
		"  dockdrop doctor --compare bridge shop  works on one network, not on the other\n",
	},
	[COMMAND_FEATURES] = {
		"features", "", "what there is to trace with, what a missing piece costs",
		"Tries what this kernel, this engine and these privileges allow: kinds of probe,\n"
		"ways to name a rule, tools. Says of each missing piece what that costs and how\n"
		"to get it. Changes nothing: rules are tried in a network namespace of its own.\n",
		"Exit status:\n"
		"  0  trace can run\n"
		"  2  bad usage\n"
		"  3  trace cannot run, or the output could not be written\n",
	},
	[COMMAND_ADVISORIES] = {
		"advisories", "", "what is known of engine versions: problems, changes",
		"Lists what is known of versions of Docker Engine: problems with the version that\n"
		"fixes them upstream, changes on purpose, limits. trace tells of one if version,\n"
		"drop and circumstances fit; of some it cannot, they are only listed. Asks no\n"
		"engine.\n",
		"Exit status:\n"
		"  0  listed\n"
		"  2  bad usage\n"
		"  3  the output could not be written\n",
	},
};
_Static_assert(ARRAY_SIZE(abouts) == N_COMMANDS, "a text for each command");

/* Logs one line that also says how to get help. Always -EINVAL. */
static int bad_usage(const struct options *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int bad_usage(const struct options *o, const char *fmt, ...)
{
	const char *command = o->command ? abouts[o->command].name : "";
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
		return bad_usage(p->o, "--ipv4 and --ipv6 exclude each other");
	return set_value(p, row, arg);
}

static int set_text(struct parse *p, const struct row *row, const char *arg)
{
	if (!*arg)
		return bad_usage(p->o, "--%s: %s is empty", row->name, row->arg);
	*(const char **)member(p, row) = arg;
	return 0;
}

static int read_number(const struct parse *p, const struct row *row, const char *arg, int *out)
{
	bool digits = *arg && strspn(arg, "0123456789") == strlen(arg);
	long value = digits ? strtol(arg, NULL, 10) : -1; /* LONG_MAX if it is too large */

	if (value < row->min || value > row->max)
		return bad_usage(p->o, "--%s: '%s' is not a number from %d to %d", row->name, arg,
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
		return bad_usage(p->o, "--%s: '%s' is not a number of seconds from %g to %g",
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
	return bad_usage(p->o, "--%s: '%s' is not %s", row->name, arg, offered);
}

static int set_protocol(struct parse *p, const struct row *row, const char *arg)
{
	int port = 0;
	int err = arg ? read_number(p, row, arg, &port) : 0;

	if (err)
		return err;
	if (p->protocol && p->protocol != row)
		return bad_usage(p->o, "--%s and --%s exclude each other", p->protocol->name,
				 row->name);
	p->protocol = row;
	p->o->request.protocol = row->value;
	p->o->request.port = (uint16_t)port;
	return 0;
}

static const struct row rows[] = {
	{ .section = "Probes", .name = "icmp", .of = PAIR, .set = set_protocol, .value = IPPROTO_ICMP,
	  .help = "ICMP echo request (the default)" },
	{ .name = "tcp", .of = PAIR, .arg = "PORT", .set = set_protocol, .value = IPPROTO_TCP,
	  .min = 1, .max = 65535,
	  .help = "TCP SYN; the service behind the port sees no connection" },
	{ .name = "udp", .of = PAIR, .arg = "PORT", .set = set_protocol, .value = IPPROTO_UDP,
	  .min = 1, .max = 65535, .help = "UDP datagram" },
	{ .name = "passive", .set = set_true, .member = MEMBER(request.passive),
	  .help = "send nothing, follow the traffic that is there until a\n"
		  "packet of it dies; without a protocol: all of it, and\n"
		  "without --timeout: until Ctrl-C" },
	{ .of_probes = true, .name = "count", .arg = "N", .set = set_number, .member = MEMBER(request.count),
	  .min = 1, .max = DD_PROBES_MAX, .help = "how many probes, 1 to 64 (default 3)" },
	{ .of_probes = true, .name = "size", .arg = "BYTES", .set = set_size, .member = MEMBER(request.size),
	  .min = 16, .max = 65000,
	  .help = "payload of ICMP and UDP, 16 to 65000 (default 56)" },
	{ .of_probes = true, .name = "df", .set = set_true, .member = MEMBER(request.df),
	  .help = "forbid fragmentation" },
	{ .name = "timeout", .arg = "SEC", .set = set_seconds, .member = MEMBER(request.timeout_ms),
	  .min = 100, .max = 86400000,
	  .help = "wait no longer, 0.1 to 60 (default 4); a drop that\n"
		  "is seen ends the wait at once" },
	{ .letter = '4', .name = "ipv4", .of = PAIR, .set = set_family, .member = MEMBER(family),
	  .value = AF_INET, .help = "over IPv4" },
	{ .letter = '6', .name = "ipv6", .of = PAIR, .set = set_family, .member = MEMBER(family),
	  .value = AF_INET6,
	  .help = "over IPv6 (default: IPv4 if both ends have it on the\n"
		  "network that they share, else IPv6 if both have that)" },
	{ .section = "Engine and network", .name = "host",
	  .of = PAIR | OF(FEATURES) | LIVE,
	  .arg = "URL", .set = set_text,
	  .member = MEMBER(engine),
	  .help = "the engine's socket, unix:///path (default: DOCKER_HOST,\n"
		  "the current Docker context, the usual sockets)" },
	{ .name = "network", .arg = "NET", .set = set_text, .member = MEMBER(network),
	  .of = PAIR | LIVE,
	  .help = "trace: which one, where the two containers share\n"
		  "several; watch, record: only this one" },
	{ .name = "compare", .of = OF(DOCTOR), .set = set_true, .member = MEMBER(compare),
	  .help = "SRC and DST are two networks: what differs between\n"
		  "them that matters to a packet" },
	{ .name = "engine", .arg = "VERSION", .of = OF(ADVISORIES), .set = set_text,
	  .member = MEMBER(engine_version),
	  .help = "what is known of this version (default: of all)" },
	{ .section = "Which drops", .name = "container", .of = LIVE, .arg = "NAME", .set = set_text,
	  .member = MEMBER(watch.container), .help = "from, to or inside it: its name or ID" },
	{ .name = "cause", .of = LIVE, .arg = "ID", .set = set_text, .member = MEMBER(watch.cause),
	  .help = "such as nf-rule-drop" },
	{ .name = "reason", .of = LIVE, .arg = "NAME", .set = set_text,
	  .member = MEMBER(watch.reason), .help = "the kernel's, such as NETFILTER_DROP" },
	{ .name = "port", .of = LIVE, .arg = "N", .set = set_number, .member = MEMBER(watch.port),
	  .min = 1, .max = 65535, .help = "from or to it" },
	{ .name = "proto", .of = LIVE, .arg = "PROTO", .set = set_word,
	  .member = MEMBER(watch.protocol), .words = protocols, .n_words = ARRAY_SIZE(protocols),
	  .help = "icmp (ICMPv6 too), tcp or udp" },
	{ .name = "all", .of = LIVE, .set = set_true, .member = MEMBER(watch.all),
	  .help = "also what happens in healthy networks, and what\n"
		  "touches no container" },
	{ .section = "How long", .name = "duration", .of = LIVE, .arg = "SEC", .set = set_seconds,
	  .member = MEMBER(watch.duration_ms), .min = 100, .max = 2000000000,
	  .help = "end after so many seconds" },
	{ .name = "max-events", .of = LIVE, .arg = "N", .set = set_number,
	  .member = MEMBER(watch.max_events), .min = 1, .max = 2000000000,
	  .help = "end after so many packets shown or written" },
	{ .section = "File", .letter = 'o', .name = "output", .of = OF(RECORD), .arg = "FILE",
	  .set = set_text, .member = MEMBER(watch.output), .help = "where to write" },
	{ .name = "ring", .of = OF(RECORD), .arg = "N", .set = set_number,
	  .member = MEMBER(watch.ring), .min = 2, .max = 10000,
	  .help = "keep the last N files of --file-size each" },
	{ .name = "file-size", .of = OF(RECORD), .arg = "MB", .set = set_number,
	  .member = MEMBER(watch.file_mb), .min = 1, .max = 1000000,
	  .help = "of one file (default 64 with --ring); without --ring\n"
		  "recording ends there" },
	{ .name = "snaplen", .of = OF(RECORD), .arg = "BYTES", .set = set_number,
	  .member = MEMBER(watch.snaplen), .min = 64, .max = DD_SNAPLEN_MAX,
	  .help = "of each packet, 64 to 1600 (default 256)" },
	{ .name = "redact", .of = OF(RECORD), .set = set_true, .member = MEMBER(watch.redact),
	  .help = "other names and addresses in their place, the same\n"
		  "for the same; no payload, no ruleset" },
	{ .name = "force", .of = OF(RECORD), .set = set_true, .member = MEMBER(watch.force),
	  .help = "write over a file that exists" },
	{ .section = "Kernel", .name = "probes", .of = OF(TRACE) | OF(FEATURES), .arg = "KIND", .set = set_word,
	  .member = MEMBER(probes), .words = probe_kinds, .n_words = N_PROBE_KINDS,
	  .help = "no stronger kind than tracepoint, kprobe or fentry\n"
		  "(default: the strongest that the kernel takes)" },
	{ .name = "rules", .arg = "SCHEME", .set = set_word, .member = MEMBER(rules),
	  .words = schemes, .n_words = ARRAY_SIZE(schemes),
	  .help = "learn the rule by expression, trace or nftrace alone\n"
		  "(default: the first of them that works here)" },
	{ .name = "no-nftrace", .set = set_true, .member = MEMBER(no_nftrace),
	  .help = "never add the nftables table that names the rule where\n"
		  "there is no other way; it is gone however that ends" },
	{ .section = "Output", .name = "top", .of = OF(WATCH), .set = set_true,
	  .member = MEMBER(watch.top), .help = "a table, on a terminal" },
	{ .name = "json", .everywhere = true, .set = set_true, .member = MEMBER(json),
	  .help = "one JSON document instead of text; watch and record:\n"
		  "one object a line" },
	{ .letter = 'v', .name = "verbose", .everywhere = true, .set = set_true, .member = MEMBER(verbose),
	  .help = "all: every hop with its function, every program" },
	{ .name = "color", .everywhere = true, .arg = "WHEN", .set = set_word, .member = MEMBER(colour),
	  .words = colours, .n_words = N_COLOURS,
	  .help = "auto, always or never (default auto: on a terminal,\n"
		  "and NO_COLOR is not set)" },
	{ .name = "evidence", .arg = "FILE", .set = set_text, .member = MEMBER(evidence),
	  .help = "write down everything that the verdict is drawn from,\n"
		  "for a bug report" },
	{ .letter = 'h', .name = "help", .everywhere = true, .set = set_value, .member = MEMBER(show),
	  .value = SHOW_HELP, .help = "this text" },
	{ .name = "version", .everywhere = true, .set = set_value, .member = MEMBER(show),
	  .value = SHOW_VERSION,
	  .help = "name and version" },
};

/* What getopt_long() is to return for the row. */
static int row_code(size_t i)
{
	return rows[i].letter ? rows[i].letter : NO_LETTER + (int)i;
}

static const struct row *row_find(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (row_code(i) == code)
			return &rows[i];
	}
	return NULL;
}

/*
 * The rows in getopt's terms. The text starts with "-": operands come in their order among the
 * options, whatever POSIXLY_CORRECT says; then ":": getopt prints nothing.
 */
static void getopt_tables(struct option longs[ARRAY_SIZE(rows) + 1], char shorts[ARRAY_SIZE(rows) * 2 + 3])
{
	char *s = stpcpy(shorts, "-:");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].arg ? required_argument : no_argument,
			.val = row_code(i),
		};
		if (!rows[i].letter)
			continue;
		*s++ = rows[i].letter;
		if (rows[i].arg)
			*s++ = ':';
	}
	*s = '\0';
	longs[ARRAY_SIZE(rows)] = (struct option){ 0 };
}

static int set_command(struct options *o, const char *word)
{
	for (int i = COMMAND_NONE + 1; i < N_COMMANDS; i++) {
		if (!strcmp(abouts[i].name, word)) {
			o->command = (enum command)i;
			return 0;
		}
	}
	return bad_usage(o, "unknown command '%s'", word);
}

static int set_operand(struct options *o, const char *word)
{
	if (!o->command)
		return set_command(o, word);
	if (!*word)
		return bad_usage(o, "%s is empty", o->src ? "DST" : "SRC");
	if (!o->src)
		o->src = word;
	else if (!o->dst)
		o->dst = word;
	else
		return bad_usage(o, "'%s' is too much after SRC and DST", word);
	return 0;
}

/* What getopt could not make sense of; word is the one it stopped at. */
static int not_understood(const struct options *o, int code, const char *word)
{
	const struct row *row = row_find(optopt);

	if (row && code == ':')
		return bad_usage(o, "--%s needs %s", row->name, row->arg);
	if (row)
		return bad_usage(o, "--%s takes no value", row->name);
	if (optopt)
		return bad_usage(o, "unknown option '-%c'", optopt);
	return bad_usage(o, "unknown or ambiguous option '%s'", word);
}

static int read_all(struct parse *p, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(rows) + 1];
	char shorts[ARRAY_SIZE(rows) * 2 + 3];
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

static bool row_is_of(const struct row *row, enum command command)
{
	return row->everywhere || (row->of ? row->of : OF(TRACE)) & 1u << command;
}

static int check_rows(const struct parse *p)
{
	enum command command = p->o->command;

	for (int i = 0; i < p->n_given; i++)
		if (!row_is_of(p->given[i], command))
			return bad_usage(p->o, "--%s has no meaning with %s", p->given[i]->name,
					 abouts[command].name);
	return 0;
}

/* What stands where trace has SRC; no command but trace has a second. */
static int check_operands(const struct parse *p)
{
	struct options *o = p->o;

	if (o->dst || (o->src && !*abouts[o->command].operands))
		return bad_usage(o, !*abouts[o->command].operands ? "%s takes no operand" :
				 "%s takes one operand: put it between quotes", abouts[o->command].name);
	if (o->command == COMMAND_REPORT && !o->src)
		return bad_usage(o, "FILE is missing");
	if (o->command == COMMAND_WATCH || o->command == COMMAND_RECORD)
		o->watch.expression = o->src;
	return 0;
}

static int check_record(const struct parse *p)
{
	struct options *o = p->o;

	if (!o->watch.output)
		return bad_usage(o, "-o FILE is missing");
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
		err = bad_usage(p->o, "--top and --json exclude each other");
	return err;
}

/* The probes' own options, and what they default to, are not those of traffic that is there. */
static int check_passive(struct parse *p)
{
	struct options *o = p->o;

	if (!o->request.passive && o->request.timeout_ms > PROBES_TIMEOUT_MAX_MS)
		return bad_usage(o, "--timeout: more than %d seconds are for --passive",
				 PROBES_TIMEOUT_MAX_MS / 1000);
	if (!o->request.passive)
		return 0;
	if (p->for_probes)
		return bad_usage(o, "--%s has no meaning with --passive: nothing is sent",
				 p->for_probes->name);
	if (o->evidence)
		return bad_usage(o, "--evidence has no meaning with --passive");
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
		return bad_usage(o, "a command is missing");
	err = check_rows(p);
	if (err)
		return err;
	if (o->command == COMMAND_DOCTOR && !o->src && !o->compare)
		return 0;
	if (o->command != COMMAND_TRACE && o->command != COMMAND_DOCTOR)
		return check_other(p);
	if (!o->src || !o->dst)
		return bad_usage(o, "%s missing", o->src ? "DST is" : "SRC and DST are");
	if (!strcmp(o->src, o->dst))
		return bad_usage(o, "SRC and DST are both '%s'", o->src);
	if (p->sized && o->request.protocol == IPPROTO_TCP)
		return bad_usage(o, "--size has no meaning with --tcp: a SYN carries no payload");
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

static void help_overall(FILE *out)
{
	fprintf(out, "dockdrop %s: says why two Docker containers cannot talk\n\n"
		     "Usage: dockdrop COMMAND [OPTION]... [OPERAND]...\n\nCommands:\n",
		DOCKDROP_VERSION);
	for (int i = COMMAND_NONE + 1; i < N_COMMANDS; i++)
		fprintf(out, "  %-11s%-10s%s\n", abouts[i].name, abouts[i].operands,
			abouts[i].summary);
	fputs("\nMore on one of them: dockdrop COMMAND --help\n", out);
}

static void help_row(FILE *out, const struct row *row)
{
	const char *text = row->help;
	char left[32];
	size_t len;

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
		 row->arg ? " " : "", row->arg ? row->arg : "");
	fprintf(out, "  %-22s", left);
	for (; len = strcspn(text, "\n"), text[len]; text += len + 1)
		fprintf(out, "%.*s\n%24s", (int)len, text, "");
	fprintf(out, "%s\n", text);
}

void options_help(FILE *out, enum command command)
{
	const struct about *about = &abouts[command];
	const char *section = NULL, *shown = NULL;

	if (command == COMMAND_NONE) {
		help_overall(out);
		return;
	}
	fprintf(out, "Usage: dockdrop %s [OPTION]...%s%s\n\n%s", about->name,
		*about->operands ? " " : "", about->operands, about->text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		section = rows[i].section ? rows[i].section : section;
		if (!row_is_of(&rows[i], command))
			continue;
		if (section != shown)
			fprintf(out, "\n%s:\n", section);
		shown = section;
		help_row(out, &rows[i]);
	}
	fprintf(out, "\n%s", about->end);
}

bool options_colour(const struct options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->colour != COLOUR_AUTO)
		return o->colour == COLOUR_ALWAYS;
	return !(no && *no) && term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
}

int options_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 60 ? 80 : size.ws_col;
}
