/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Docker Engine knows: version, containers, networks. Speaks HTTP over the engine's unix
 * socket through http.h; every call has a deadline. Errors are logged here, one line that says what
 * is missing and what to do; the caller only passes the negative errno on.
 */
#ifndef DD_DOCKER_H
#define DD_DOCKER_H

#include "model.h"

struct docker;

/*
 * Connects. url: what --host said, or NULL for DOCKER_HOST, then the current Docker context, then
 * the default socket, then the rootless one. Remote engines (tcp, ssh, npipe, or a socket with
 * another kernel behind it) are refused: their kernel is not this one. Picks the highest API
 * version that both sides speak.
 * Errors: -ENOENT no engine there, -EACCES, -ECONNREFUSED, -ETIMEDOUT, -EREMOTE, -EPROTO not an
 * engine's answer, -EPROTONOSUPPORT no common API version, -EINVAL a URL that cannot be read.
 */
int docker_open(const char *url, struct docker **out);

/* The same with the socket known; timeout_ms is the deadline of each call. */
int docker_connect(const char *socket_path, int timeout_ms, struct docker **out);
void docker_close(struct docker *d);
void cleanup_docker(struct docker **d);

/* The engine's process as SO_PEERCRED tells it; 0: it cannot be seen from here. */
int docker_pid(const struct docker *d);

/* Name, version, components, firewall backend as the engine reports it. */
int docker_engine(struct docker *d, struct engine *out);

/*
 * A container by name, ID, or unique prefix of its ID. Errors: -ENOENT, -EEXIST more than one fits
 * (the candidates are in the message).
 */
int docker_container(struct docker *d, const char *ref, struct container *out);

/* The running container that owns an address on any network. -ENOENT, not logged: none does. */
int docker_container_by_ip(struct docker *d, const struct ip *ip, struct container *out);

/*
 * A network by ID or name. Its bridge is empty where the engine does not tell (Podman): there it is
 * the link that holds the network's gateway address.
 */
int docker_network(struct docker *d, const char *ref, struct network *out);

/*
 * Parsers behind the calls above, for tests: the engine's JSON, NUL-terminated. -EPROTO if it is
 * not that. docker_parse_info() fills the two members that /version does not tell.
 */
int docker_parse_version(const char *json, struct engine *out);
int docker_parse_info(const char *json, struct engine *out);
int docker_parse_container(const char *json, struct container *out);
int docker_parse_network(const char *json, struct network *out);

/*
 * The API version to speak, "1.51" at the most, given what the engine says; "" for min: unknown.
 * -EPROTONOSUPPORT if the ranges do not meet, -EPROTO if they are none.
 */
int docker_negotiate(const char *engine_max, const char *engine_min, char out[16]);

#endif
