/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, as it was understood. */
#ifndef DD_OPTIONS_H
#define DD_OPTIONS_H

#include <stdbool.h>

#include "cmd/commands.h"
#include "model.h"
#include "source/function.h"

#define DOCKDROP_VERSION "0.1.0"

enum exit_status {
	EXIT_DELIVERED,	    /* or nothing wrong found */
	EXIT_NOT_DELIVERED, /* and explained */
	EXIT_BAD_USAGE,
	EXIT_CANNOT_RUN, /* privileges, kernel, engine, unknown container */
	EXIT_INCONCLUSIVE,
};

/* What watch and record are to show, and how record writes it. Text as in struct options. */
struct watch_options {
	const char *container, *cause, *reason;
	const char *expression; /* tcpdump's */
	const char *output;     /* -o */
	int port, protocol;     /* IPPROTO_*; 0: any */
	int duration_ms;        /* 0: until it is interrupted */
	int max_events;         /* 0: no limit */
	int ring;               /* how many files; 0: one, which grows */
	int file_mb;            /* of one file; 0: no limit */
	int snaplen;
	bool all;               /* noise, and what touches no container, too */
	bool top;
	bool redact;
	bool force;
};

enum show { SHOW_RESULT, SHOW_HELP, SHOW_VERSION };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER, N_COLOURS };

/* Text is borrowed from argv; NULL: not given. */
struct options {
	enum command command;
	enum show show; /* asked for instead of the command's own work */
	const char *src, *dst;
	const char *network;
	const char *engine;   /* --host */
	const char *engine_version; /* --engine */
	const char *evidence; /* file for everything that the verdict is drawn from */
	struct request request;
	int family; /* AF_INET, AF_INET6; AF_UNSPEC: whatever the two have */
	bool json;
	bool verbose;
	bool no_nftrace;
	bool compare; /* SRC and DST are networks */
	enum probe_kind probes; /* no stronger kind */
	enum scheme rules;      /* this scheme alone; SCHEME_NONE: the best that works */
	enum colour colour;
	struct watch_options watch;
};

/*
 * Reads the command line; options and operands may be mixed. -EINVAL: it cannot be understood, and
 * one line was logged that says what and how to get help.
 */
int options_parse(int argc, char **argv, struct options *out);

#endif
