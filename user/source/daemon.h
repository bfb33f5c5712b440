/* SPDX-License-Identifier: GPL-2.0 */
/* What dockerd was told on its command line and in its daemon.json, which its API does not say. */
#ifndef DD_DAEMON_H
#define DD_DAEMON_H

#include "model.h"

/*
 * Fills userland_proxy, makes_rules, makes_rules6. pid: as docker_pid() tells it, the engine's process
 * or systemd, which opened its socket. What cannot be read stays SAYS_NOTHING; a default counts as said,
 * but for ip6tables, which depends on the version.
 */
void daemon_settings(int pid, struct engine *out);

/* The parsers behind it, for tests. */

/* A boolean option on a command line, whose words end in NUL: "--iptables=false". */
enum says daemon_flag(const char *words, size_t len, const char *option);

/* The value of an option on a command line, "--option VALUE" or "--option=VALUE"; NULL: it is not there. */
const char *daemon_value(const char *words, size_t len, const char *option);

#endif
