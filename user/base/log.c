/* SPDX-License-Identifier: GPL-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/strbuf.h"

static int verbose, quiet;

static void log_line(const char *prefix, const char *fmt, va_list ap)
{
	char raw[1024];
	char safe[2048];

	if (quiet)
		return;
	vsnprintf(raw, sizeof(raw), fmt, ap);
	fprintf(stderr, "dockdrop: %s%s\n", prefix, safe_text(safe, sizeof(safe), raw));
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line("", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line("warning: ", fmt, ap);
	va_end(ap);
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line("", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	log_line("debug: ", fmt, ap);
	va_end(ap);
}

void log_set_verbose(int on)
{
	verbose = on;
}

void log_set_quiet(int on)
{
	quiet = on;
}
