/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/loss_explain.h"
#include "cmd/pending.h"
#include "source/docker.h"
#include "source/netns.h"
#include "source/ports.h"
#include "source/topo.h"

#define NS_PER_MS 1000000ull
#define ENGINE_TIMEOUT_MS 2000
#define RETRY_NS (500 * NS_PER_MS)
#define INSPECT_NS (50 * NS_PER_MS) /* how long one turn may ask the engine for details */
#define TOGETHER_MAX 16 /* who is asked for before the counts are read */

struct stage {
	struct places places; /* the engine, and its namespace */
	struct scene scene;   /* what every explanation has in common */
	struct cast *cast;
	struct moved *moved;
	const struct ksym *ksym;
	const struct reason *reasons;
	struct stage_ops ops;
	char socket[108];
	struct ports *ports; /* NULL: the kernel does not tell of them */
	uint64_t heard_ns;   /* when the engine was last known to be there; CLOCK_MONOTONIC */
	bool lost;           /* the engine does not answer */
	bool listening;
	uint64_t retry_ns;
	int restarts;
	bool announced; /* that it is about to change; what was known to have changed by then needs no more */
	struct pending *pending;
	bool balks; /* the engine did not answer the last question; it is asked again in a while */
};

/* ---- who is on which port ----------------------------------------------------------- */

static void on_port(void *ctx, uint32_t ifindex, uint32_t bridge)
{
	struct stage *s = ctx;

	/* out of memory: from now on nothing is certain that only ports can tell */
	if (cast_port(s->cast, ifindex, bridge, clock_now_ns()))
		cast_ports_missed(s->cast, clock_now_ns());
	s->ops.changed(s->ops.ctx);
}

void stage_ports(struct stage *s)
{
	int err = s->ports ? ports_update(s->ports, on_port, s) : 0;

	if (!err)
		return;
	cast_ports_missed(s->cast, clock_now_ns());
	s->ops.changed(s->ops.ctx);
	if (err == -ENOBUFS)
		err = ports_list(s->ports, on_port, s);
	if (err) {
		log_debug("ports of bridges are not heard of any more: %s", strerror(-err));
		ports_close(take_ptr(s->ports));
	}
}

static void ports_begin(struct stage *s)
{
	int err = ports_open(s->places.netns[ROLE_HOST], &s->ports);

	if (!err)
		err = ports_list(s->ports, on_port, s);
	if (err)
		log_debug("ports of bridges are not heard of: %s", strerror(-err));
}

/* The host's ends of a container's devices. */
static void ports_fill(struct stage *s, int netns, struct container *c)
{
	stage_ports(s);
	for (int i = 0; i < c->n_networks; i++) {
		struct attachment *a = &c->networks[i];
		struct link link;

		if (!topo_link_by_addr(netns, a->ip.family ? &a->ip : &a->ip6, &link))
			a->port = link.peer;
	}
}

/* ---- who is there ------------------------------------------------------------------ */

/* The counts so far are read, for which the kernel is waited for: once for all that came together. */
static void change(struct stage *s)
{
	if (!s->announced)
		s->ops.change(s->ops.ctx);
	s->announced = true;
}

static uint32_t netns_of(struct stage *s, struct container *c, uint16_t *cookie)
{
	int fd __close = c->pid ? netns_open_in(docker_pid(s->places.docker), c->pid) : -1;
	uint64_t number = 0;
	uint32_t inum = 0;

	if (fd < 0 || netns_inum(fd, &inum) || inum == s->scene.host_netns)
		return 0;
	netns_cookie(fd, &number);
	*cookie = number;
	ports_fill(s, fd, c);
	return inum;
}

/* One that is gone again is no error. */
static int network_ask(struct stage *s, const char *id, struct network *out)
{
	int err;

	log_set_quiet(true);
	err = docker_network(s->places.docker, id, out);
	log_set_quiet(false);
	return err;
}

static void network_learn(struct stage *s, const struct attachment *a)
{
	const char *id = a->network_id;
	struct network net;
	struct link bridge = { 0 };

	if (!*id || cast_network(s->cast, id) || network_ask(s, id, &net))
		return;
	if (net.bridge[0])
		topo_link_by_name(s->places.netns[ROLE_HOST], net.bridge, &bridge);
	else if (!topo_link_by_addr(s->places.netns[ROLE_HOST], &a->gateway, &bridge) &&
		 !strcmp(bridge.kind, "bridge"))
		text_copy(net.bridge, sizeof(net.bridge), bridge.name);
	/* the engine may make the bridge a moment later: then it is asked for again */
	if (!net.bridge[0] || bridge.ifindex)
		cast_put_network(s->cast, &net, bridge.ifindex);
}

/* Whether it has the same addresses as before; more may be known of it. */
static bool is_same(const struct member *m, const struct container *c)
{
	if (!m || m->gone_ns || m->n_networks != c->n_networks)
		return false;
	for (int i = 0; i < c->n_networks; i++)
		if (!addr_equal(&m->networks[i].ip, &c->networks[i].ip) ||
		    !addr_equal(&m->networks[i].ip6, &c->networks[i].ip6))
			return false;
	return !strcmp(m->name, c->name);
}

/* What is known of one that was asked for. */
struct learnt {
	struct container c; /* 8 KiB */
	uint32_t netns;
	uint16_t cookie;
};

static void put(struct stage *s, const struct container *c, uint32_t netns, uint16_t cookie)
{
	for (int i = 0; i < c->n_networks; i++)
		network_learn(s, &c->networks[i]);
	cast_put(s->cast, c, netns, cookie);
}

/*
 * What was lost since it came and before it is known is its own, as far as ports and namespaces tell; its
 * addresses may still have been somebody else's.
 */
static void meet(struct stage *s, const struct learnt *l)
{
	const struct member *m = cast_by_id(s->cast, l->c.id);

	if (m && !m->gone_ns)
		return;
	put(s, &l->c, l->netns, l->cookie);
	cast_fresh(s->cast, l->c.id);
	s->ops.changed(s->ops.ctx);
}

static void learn(struct stage *s, const struct learnt *l)
{
	const struct member *m = cast_by_id(s->cast, l->c.id);

	if (is_same(m, &l->c) && !m->fresh)
		s->ops.changed(s->ops.ctx);
	else
		change(s);
	put(s, &l->c, l->netns, l->cookie);
}

static void on_listed(void *ctx, const struct container *c)
{
	struct stage *s = ctx;
	const struct member *m = cast_by_id(s->cast, c->id);

	if (m && !m->gone_ns && m->pid && cast_is_settled(s->cast, m))
		return; /* more is known already */
	put(s, c, 0, 0);
	pending_add(s->pending, c->id, false);
}

static void gone(struct stage *s, const char *id)
{
	const struct member *m = cast_by_id(s->cast, id);

	if (!m || m->gone_ns)
		return;
	change(s);
	cast_gone(s->cast, id, clock_now_ns());
}

/* NULL: there is nothing to learn. The caller's. */
static struct learnt *inspect(struct stage *s, const char *id)
{
	struct learnt *l __free = calloc(1, sizeof(*l));
	int err = l ? docker_inspect(s->places.docker, id, &l->c) : -ENOMEM;

	if (err == -ENOENT || (!err && !l->c.running))
		gone(s, id);
	s->balks = err && err != -ENOENT;
	if (s->balks)
		pending_add(s->pending, id, false);
	if (err || !l->c.running)
		return NULL;
	l->netns = netns_of(s, &l->c, &l->cookie);
	meet(s, l);
	return take_ptr(l);
}

/* The counts are read once for all of them. */
static void inspect_some(struct stage *s, uint64_t end_ns)
{
	struct learnt *all[TOGETHER_MAX];
	char id[ID_LEN];
	size_t n = 0;

	while (n < TOGETHER_MAX && clock_now_ns() < end_ns && pending_take(s->pending, id)) {
		all[n] = inspect(s, id);
		n += all[n] != NULL;
		if (s->balks)
			break;
	}
	s->announced = false;
	for (size_t i = 0; i < n; i++) {
		learn(s, all[i]);
		free(all[i]);
	}
}

static void inspect_pending(struct stage *s, uint64_t limit_ns)
{
	uint64_t end_ns = clock_now_ns() + limit_ns;

	s->announced = s->balks = false;
	while (pending_any(s->pending) && !s->balks && clock_now_ns() < end_ns)
		inspect_some(s, end_ns);
}

static void on_roll(void *ctx, const struct container *c)
{
	struct stage *s = ctx;

	on_listed(s, c);
	cast_call(s->cast, c->id);
}

static int roll_call(struct stage *s)
{
	int err;

	s->announced = false;
	change(s);
	cast_roll(s->cast);
	err = docker_containers(s->places.docker, on_roll, s);
	if (!err)
		cast_roll_over(s->cast, s->heard_ns);
	return err;
}

/* ---- what the engine tells ------------------------------------------------------------ */

/* Of one that is about to start it tells again; until then the engine would keep us waiting for it. */
static bool is_running(const struct stage *s, const char *id)
{
	const struct member *m = cast_by_id(s->cast, id);

	return m && !m->gone_ns;
}

static void on_engine_event(void *ctx, const struct docker_event *e)
{
	struct stage *s = ctx;

	switch (e->kind) {
	case DOCKER_STARTED:
		pending_add(s->pending, e->id, true);
		break;
	case DOCKER_CHANGED:
		if (is_running(s, e->id))
			pending_add(s->pending, e->id, true);
		break;
	case DOCKER_DIED:
		gone(s, e->id);
		break;
	case DOCKER_NETWORK_MADE:
		break; /* it is learnt with the first container that is on it */
	}
}

static void engine_lost(struct stage *s)
{
	s->lost = true;
	s->listening = false;
	s->restarts++;
	s->retry_ns = clock_now_ns() + RETRY_NS;
	cast_unheard(s->cast, s->heard_ns);
	s->ops.changed(s->ops.ctx);
	s->ops.note(s->ops.ctx, "the engine does not answer: names are those known so far");
}

/* Without a word of log while it is away. */
static void engine_retry(struct stage *s)
{
	struct docker *again = NULL;

	if (clock_now_ns() < s->retry_ns)
		return;
	s->retry_ns = clock_now_ns() + RETRY_NS;
	log_set_quiet(true);
	if (!docker_connect(s->socket, ENGINE_TIMEOUT_MS, &again)) {
		docker_close(s->places.docker);
		s->places.docker = again;
		if (!docker_listen(again) && !roll_call(s))
			s->lost = false;
	}
	log_set_quiet(false);
	if (!s->lost)
		s->ops.note(s->ops.ctx, "the engine is back: names are up to date");
}

/* Whoever came, or went, before it began to tell. */
static void listen_begin(struct stage *s)
{
	log_set_quiet(true);
	s->listening = !roll_call(s);
	log_set_quiet(false);
	if (s->listening)
		cast_unheard(s->cast, 0);
}

int stage_fd(const struct stage *s)
{
	return s->lost ? -1 : docker_events_fd(s->places.docker);
}

bool stage_update(struct stage *s)
{
	stage_ports(s);
	s->announced = false;
	if (s->lost) {
		engine_retry(s);
		return false;
	}
	if (docker_events(s->places.docker, on_engine_event, s)) {
		engine_lost(s);
		return false;
	}
	if (!s->listening && docker_is_listening(s->places.docker))
		listen_begin(s);
	if (s->listening)
		s->heard_ns = clock_now_ns();
	inspect_pending(s, INSPECT_NS);
	cast_expire(s->cast, clock_now_ns());
	return pending_any(s->pending) && !s->balks;
}

/* ---- open and close --------------------------------------------------------------------- */

static int engine_open(struct stage *s, const char *url)
{
	int err = scene_host(&s->scene);

	if (!err)
		err = scene_engine(url, &s->scene, &s->places);
	if (!err)
		err = netns_inum(s->places.netns[ROLE_HOST], &s->scene.host_netns);
	if (err)
		return err;
	text_copy(s->socket, sizeof(s->socket), docker_socket(s->places.docker));
	scene_firewall(&s->scene, &s->places);
	text_copy(s->scene.attach, sizeof(s->scene.attach), "tracepoint");
	ports_begin(s);
	s->heard_ns = clock_now_ns();
	cast_unheard(s->cast, s->heard_ns);
	err = docker_listen(s->places.docker);
	if (!err)
		err = roll_call(s);
	return err;
}

int stage_open(const char *url, const struct ksym *ksym, const struct reason *reasons,
	       const struct stage_ops *ops, struct stage **out)
{
	struct stage *s __cleanup(cleanup_stage) = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->places = PLACES_NONE;
	s->ksym = ksym;
	s->reasons = reasons;
	s->ops = *ops;
	if (pending_new(&s->pending) || cast_new(&s->cast) || moved_new(&s->moved))
		return -ENOMEM;
	err = engine_open(s, url);
	if (err)
		return err;
	inspect_pending(s, 20 * INSPECT_NS);
	moved_look(s->moved, s->places.netns[ROLE_HOST], s->scene.host_netns);
	*out = take_ptr(s);
	return 0;
}

void stage_close(struct stage *s)
{
	if (!s)
		return;
	ports_close(s->ports);
	places_close(&s->places);
	cast_free(s->cast);
	moved_free(s->moved);
	pending_free(s->pending);
	free(s);
}

void cleanup_stage(struct stage **s)
{
	stage_close(*s);
}

const struct cast *stage_cast(const struct stage *s)
{
	return s->cast;
}

uint32_t stage_host_netns(const struct stage *s)
{
	return s->scene.host_netns;
}

const struct scene *stage_scene(const struct stage *s)
{
	return &s->scene;
}

int stage_host(const struct stage *s)
{
	return s->places.netns[ROLE_HOST];
}

int stage_restarts(const struct stage *s)
{
	return s->restarts;
}

int stage_explain(struct stage *s, const struct dd_sample *sample, const struct dd_flow *flow,
		  struct loss *loss)
{
	const struct backdrop backdrop = {
		.scene = &s->scene,
		.places = &s->places,
		.cast = s->cast,
		.moved = s->moved,
		.ksym = s->ksym,
		.reasons = s->reasons,
	};

	return loss_explain(&backdrop, sample, flow, loss);
}
