/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The JSON of the engine and of the Docker client; owner of cJSON on this side. Documents are
 * untrusted: what is missing or of the wrong type counts as not said, and only a document that
 * cannot be what it should be is -EPROTO. The other docker_parse_*() are declared in docker.h.
 */
#ifndef DD_DOCKER_JSON_H
#define DD_DOCKER_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "model.h"
#include "source/docker.h"

/* GET /version: the kernel that the engine runs on; "" if it does not say. */
int docker_parse_kernel(const char *json, char *out, size_t out_len);

/* An error's {"message": ...}, safe to print; "" if there is none. Returns out. */
const char *docker_parse_message(const char *json, char *out, size_t out_len);

/*
 * GET /containers/json: adds the names of the running containers, or, given the beginning of an ID,
 * names and short IDs of those that it fits, safe to print and cut after a few. Returns how many
 * there are, or -EPROTO.
 */
int docker_list_names(const char *json, const char *id_prefix, struct strbuf *out);

/* GET /containers/json: the ID of the container that has the address. -ENOENT, -EPROTO. */
int docker_list_owner(const char *json, const struct ip *ip, char *out, size_t out_len);

/* GET /containers/json: gives each to the sink. 0, or -EPROTO. */
int docker_parse_list(const char *json, docker_container_sink sink, void *ctx);

/* One line of GET /events. -ENOENT: of no concern, -EPROTO: no event. */
int docker_parse_event(const char *json, struct docker_event *out);

/* The client's config.json: currentContext, "" if there is none. */
int docker_parse_config(const char *json, char *out, size_t out_len);

/* dockerd's daemon.json: its userland_proxy, makes_rules, makes_rules6; the others stay. -EPROTO. */
int docker_parse_daemon(const char *json, struct engine *out);

/* A context's meta.json: the engine's URL. -ENOENT: it is not the context of that name. */
int docker_parse_context(const char *json, const char *name, char *out, size_t out_len);

#endif
