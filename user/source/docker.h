/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Docker Engine knows: version, containers, networks. Speaks HTTP over the engine's unix
 * socket through http.h; every call has a deadline. Errors are logged here, one line that says what
 * is missing and what to do; the caller only passes the negative errno on.
 */
#ifndef DD_DOCKER_H
#define DD_DOCKER_H

#include "base/strbuf.h"
#include "checkup.h"

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

/* ---- containers that come and go ------------------------------------------------- */

typedef void (*docker_container_sink)(void *ctx, const struct container *c);

/*
 * Gives every running container to the sink, by one call: without pid and network_mode, which only
 * docker_container() tells. 0, or a negative errno; logged.
 */
int docker_containers(struct docker *d, docker_container_sink sink, void *ctx);

enum docker_event_kind {
	DOCKER_STARTED,      /* a container */
	DOCKER_DIED,
	DOCKER_CHANGED,      /* renamed, or its networks changed */
	DOCKER_NETWORK_MADE, /* a network, or one that is gone */
};

struct docker_event {
	enum docker_event_kind kind;
	char id[ID_LEN]; /* of the container or network */
	char name[NAME_LEN];
};

typedef void (*docker_event_sink)(void *ctx, const struct docker_event *event);

/* Begins to listen to what happens to containers and networks. 0, or a negative errno. */
int docker_listen(struct docker *d);

/* Gives what has happened to the sink, without waiting. A negative errno: the engine is gone. */
int docker_events(struct docker *d, docker_event_sink sink, void *ctx);

/* To poll for POLLIN, when something has happened; -1: nobody listens. It changes. */
int docker_events_fd(const struct docker *d);

/* Whether the engine has begun to tell. */
bool docker_is_listening(const struct docker *d);

/* The same as docker_container(), but what goes wrong is not logged: it may be gone already. */
int docker_inspect(struct docker *d, const char *id, struct container *out);

/* The socket that it was reached by, for docker_connect(). Borrowed. */
const char *docker_socket(const struct docker *d);

/*
 * Every network with its subnets, options and members. The caller frees them with
 * docker_networks_free(). A network that goes away meanwhile is left out.
 */
int docker_networks(struct docker *d, struct net_view **out, size_t *n);
void docker_networks_free(struct net_view *networks, size_t n);

/* Reads anew who is on an overlay network, on whichever node; nobody: it cannot be told. */
void docker_tasks(struct docker *d, struct net_view *net);

/* GET /networks/ID. The parts that out then owns are freed by docker_networks_free(). */
int docker_parse_view(const char *json, struct net_view *out);

/* GET /networks/ID?verbose=true of an overlay network: adds its tasks to out. -EPROTO, -ENOMEM. */
int docker_parse_tasks(const char *json, struct net_view *out);

/* The IDs of GET /networks, one a line. */
int docker_parse_ids(const char *json, struct strbuf *out);

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
