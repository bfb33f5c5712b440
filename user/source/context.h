/* SPDX-License-Identifier: GPL-2.0 */
/* Which engine: --host, DOCKER_HOST, DOCKER_CONTEXT, the current context, the default sockets. */
#ifndef DD_CONTEXT_H
#define DD_CONTEXT_H

#include <stddef.h>

#include "base/strbuf.h"

/*
 * Finds the unix socket's path. url: what --host said, or NULL. Reads the environment and the
 * Docker client's configuration (also that of SUDO_USER). Logs its errors: -EREMOTE for an engine
 * on another machine, -EINVAL for a URL or a configuration that cannot be read, -ENOENT for a
 * context that does not exist.
 */
int context_socket(const char *url, char *out, size_t out_len);

/* The URLs of other engines' sockets at the usual places, between commas; nothing if there are none. */
void context_others(const char *socket, struct strbuf *out);

#endif
