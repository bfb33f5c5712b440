/* SPDX-License-Identifier: GPL-2.0 */
/* The engine's networks: docker_network(), docker_networks(). */
#include "source/docker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "source/docker_call.h"

/* Podman's bridges are not named after the network's ID. */
static void forget_derived_bridge(const struct docker *d, struct network *n)
{
	if (!strcmp(d->engine.name, "Podman Engine") && !strncmp(n->bridge, "br-", 3) &&
	    !strncmp(n->bridge + 3, n->id, strlen(n->bridge + 3)))
		n->bridge[0] = '\0';
}

static int view_get(struct docker *d, const char *id, struct net_view *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct strbuf path __cleanup(strbuf_free) = { 0 };
	int err = docker_get_ref(d, "/networks/", id, "", &path, &answer);

	if (err)
		return err;
	if (answer.status != 200)
		return answer.status == 404 ? -ENOENT : docker_refused(strbuf_str(&path), &answer);
	if (docker_parse_view(answer.body, out))
		return docker_unreadable(strbuf_str(&path));
	forget_derived_bridge(d, &out->network);
	return 0;
}

static int views_get(struct docker *d, const char *ids, struct net_view **out, size_t *n)
{
	for (size_t len; *ids; ids += len + 1) {
		struct net_view *views = array_grow(*out, *n, sizeof(*views));
		char id[ID_LEN];
		int err;

		if (!views)
			return -ENOMEM;
		*out = views;
		len = strcspn(ids, "\n");
		snprintf(id, sizeof(id), "%.*s", (int)len, ids);
		err = view_get(d, id, &views[*n]);
		if (err && err != -ENOENT)
			return err;
		*n += !err;
	}
	return 0;
}

int docker_networks(struct docker *d, struct net_view **out, size_t *n)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct strbuf ids __cleanup(strbuf_free) = { 0 };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/v%s/networks", d->api);
	err = docker_get_ok(d, path, &answer);
	if (err)
		return err;
	if (docker_parse_ids(answer.body, &ids))
		return docker_unreadable(path);
	*out = NULL;
	*n = 0;
	err = views_get(d, strbuf_str(&ids), out, n);
	if (err)
		docker_networks_free(take_ptr(*out), *n);
	return err;
}

void docker_tasks(struct docker *d, struct net_view *net)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct strbuf path __cleanup(strbuf_free) = { 0 };

	free(net->tasks);
	net->tasks = NULL;
	net->n_tasks = 0;
	if (!docker_get_ref(d, "/networks/", net->network.id, "?verbose=true", &path, &answer) &&
	    answer.status == 200)
		docker_parse_tasks(answer.body, net);
}

void docker_networks_free(struct net_view *networks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(networks[i].members);
		free(networks[i].options);
		free(networks[i].tasks);
	}
	free(networks);
}

int docker_network(struct docker *d, const char *ref, struct network *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct strbuf path __cleanup(strbuf_free) = { 0 };
	char shown[SHOWN_LEN];
	int err = docker_get_ref(d, "/networks/", ref, "", &path, &answer);

	if (err)
		return err;
	if (answer.status == 404) {
		log_error("no network \"%s\" on this engine: \"docker network ls\" lists them",
			  safe_text(shown, sizeof(shown), ref));
		return -ENOENT;
	}
	if (answer.status != 200)
		return docker_refused(strbuf_str(&path), &answer);
	if (docker_parse_network(answer.body, out))
		return docker_unreadable(strbuf_str(&path));
	forget_derived_bridge(d, out);
	return 0;
}
