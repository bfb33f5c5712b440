/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages for the person at the terminal, on standard error, one line each.
 * An error says what is missing and what to do next; it is logged once, where
 * the name of the failing thing is known. core/ and view/ never log.
 */
#ifndef DD_LOG_H
#define DD_LOG_H

/* "dockdrop: <message>"; control characters in the message are escaped. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "dockdrop: warning: <message>" */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "dockdrop: <message>", of something that is no error */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "dockdrop: debug: <message>", only after log_set_verbose(1). */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void log_set_verbose(int on);

/* Nothing is logged while it is on: for what is tried again and again. */
void log_set_quiet(int on);

#endif
