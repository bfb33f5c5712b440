/* SPDX-License-Identifier: GPL-2.0 */
#include "core/attached.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "core/ending.h"

/* What of a device: one side of it, and where the packet meets it. */
struct spot {
	enum role role;
	const char *device;
	bool ingress;
	bool native; /* XDP in the driver, before anything is seen to be received */
	bool later;  /* everything that comes after that */
};

static bool is_at(const struct evidence *e, const struct program *p, const struct spot *spot)
{
	return p->ingress == spot->ingress && !strcmp(p->device, spot->device) &&
	       !strcmp(p->netns, ending_netns(e->scene, spot->role)) &&
	       (p->place == PLACE_XDP ? spot->native : spot->later);
}

/* ---- where it was lost -------------------------------------------------------- */

static bool is_dropped(const struct evidence *e)
{
	return e->drop && !e->given_up;
}

static bool is_egress(const struct hop *drop)
{
	return strcmp(drop->reason_name, "TC_INGRESS") &&
	       strcmp(drop->where.function, "__netif_receive_skb_core");
}

static bool spot_of(const struct evidence *e, struct spot *out)
{
	if (!is_dropped(e))
		return false;
	if (e->drop->layer != LAYER_TC && e->drop->layer != LAYER_XDP)
		return false;
	*out = (struct spot){ .role = e->drop->role, .device = e->drop->device };
	out->native = e->drop->layer == LAYER_XDP;
	out->later = true;
	out->ingress = e->drop->layer == LAYER_XDP || !is_egress(e->drop);
	return true;
}

/* Of the drop's own kind alone, where the kernel named that. */
static bool is_suspect(const struct evidence *e, const struct program *p, const struct spot *spot)
{
	return is_at(e, p, spot) && (p->place == PLACE_TC) == (e->drop->layer == LAYER_TC);
}

static uint64_t moved_by(const struct program *p)
{
	return p->counted && p->count_after > p->count ? p->count_after - p->count : 0;
}

/* How many packets of the exchange were dropped at this place. */
static uint64_t dropped_there(const struct evidence *e)
{
	const struct journey *j = e->journey;
	uint64_t n = 0;

	for (int i = 0; i < j->n_hops; i++)
		n += j->hops[i].step == STEP_DROPPED && j->hops[i].layer == e->drop->layer &&
		     j->hops[i].role == e->drop->role && j->hops[i].ifindex == e->drop->ifindex;
	return n;
}

/* An action counts by itself what it drops. */
static const struct program *told_by_action(const struct program *const *suspects, int n)
{
	const struct program *told = NULL;

	for (int i = 0; i < n; i++) {
		if (!suspects[i]->drops || !moved_by(suspects[i]))
			continue;
		if (told)
			return NULL;
		told = suspects[i];
	}
	return told;
}

/*
 * BPF programs are counted when they run, and each runs only for what those before it let pass: what
 * ran so much more often than the next ended so many packets; if nothing did, the last one.
 */
static const struct program *told_by_runs(const struct evidence *e,
					  const struct program *const *suspects, int n)
{
	const struct program *told = NULL;

	for (int i = 0; i < n; i++) {
		if (!suspects[i]->id || !suspects[i]->counted ||
		    (i && suspects[i]->id == suspects[i - 1]->id))
			return NULL;
		if (i + 1 == n || moved_by(suspects[i]) == moved_by(suspects[i + 1]))
			continue;
		if (told || moved_by(suspects[i]) < moved_by(suspects[i + 1]) + dropped_there(e))
			return NULL;
		told = suspects[i];
	}
	if (!told && moved_by(suspects[n - 1]) >= dropped_there(e))
		told = suspects[n - 1];
	return told;
}

/* Returns how many there are; those that there is room for are in out. */
static int find_suspects(const struct evidence *e, const struct spot *spot,
			 const struct program *out[PROGRAMS_MAX])
{
	int n = 0;

	for (int i = 0; i < e->scene->n_programs && i < PROGRAMS_MAX; i++)
		if (is_suspect(e, &e->scene->programs[i], spot))
			out[n++] = &e->scene->programs[i];
	return n;
}

const struct program *attached_program(const struct evidence *e)
{
	const struct program *suspects[PROGRAMS_MAX], *told;
	struct spot spot;
	int n = spot_of(e, &spot) ? find_suspects(e, &spot, suspects) : 0;

	if (n < 2)
		return n ? suspects[0] : NULL;
	told = told_by_action(suspects, n);
	return told ? told : told_by_runs(e, suspects, n);
}

/* The innermost whose counter moved, or the only one. */
const struct queue *attached_queue(const struct evidence *e)
{
	const struct queue *moved = NULL, *any = NULL;
	int n = 0;

	if (!is_dropped(e) || e->drop->layer != LAYER_QDISC)
		return NULL;
	for (int i = 0; i < e->scene->n_queues; i++) {
		const struct queue *q = &e->scene->queues[i];

		if (strcmp(q->device, e->drop->device) || strcmp(q->netns, ending_netns(e->scene, e->drop->role)))
			continue;
		any = q;
		n++;
		if (q->drops_after > q->drops)
			moved = q;
	}
	return moved ? moved : n == 1 ? any : NULL;
}

static bool says_queue(const struct hop *drop)
{
	return !strncmp(drop->reason_name, "QDISC_", strlen("QDISC_"));
}

/* Kernels without reasons free there what a queue refused, and what else is not sent. */
static bool is_queue_drop(const struct evidence *e)
{
	const struct queue *q = attached_queue(e);

	return e->drop->layer == LAYER_QDISC &&
	       (says_queue(e->drop) || (q && q->drops_after > q->drops));
}

static void drop_facts(struct evidence *e)
{
	uint64_t fact = e->drop->layer == LAYER_TC  ? FACT_TC :
			e->drop->layer == LAYER_XDP ? FACT_XDP :
			is_queue_drop(e)	    ? FACT_QDISC : 0;
	const struct ending *ending = ending_of(e->drop);

	if (fact)
		e->at_fault = e->drop->role;
	/* a driver frees there what it has no memory for, too */
	if (fact == FACT_XDP && !strncmp(e->drop->where.function, "veth_", strlen("veth_")))
		e->guessed = true;
	if (fact && ending && ending->layer == e->drop->layer)
		e->guessed = true;
	e->facts |= fact;
}

void attached_facts(struct evidence *e)
{
	const struct program *suspects[PROGRAMS_MAX];
	struct spot spot;

	if (is_dropped(e))
		drop_facts(e);
	/* others may have moved the counters */
	if (spot_of(e, &spot) && find_suspects(e, &spot, suspects) > 1 && attached_program(e))
		e->guessed = true;
}

/* ---- words ------------------------------------------------------------------- */

bool attached_add_device(const struct evidence *e, struct strbuf *out)
{
	struct spot spot;

	if (!spot_of(e, &spot))
		return false;
	strbuf_add_shell(out, spot.device);
	return true;
}

bool attached_add_direction(const struct evidence *e, struct strbuf *out)
{
	struct spot spot;

	if (!spot_of(e, &spot))
		return false;
	strbuf_addf(out, "%s", spot.ingress ? "ingress" : "egress");
	return true;
}

static void add_program(const struct program *p, struct strbuf *out)
{
	const char *kind = p->place == PLACE_XDP ? "native XDP" :
			   p->place == PLACE_XDP_GENERIC ? "generic XDP" : p->kind;

	if (p->id || p->name[0])
		strbuf_addf(out, "%s (%s", p->name[0] ? p->name : "unnamed", kind);
	else
		strbuf_addf(out, "filter (%s", kind);
	if (p->id)
		strbuf_addf(out, ", BPF program %" PRIu32, p->id);
	if (p->action[0])
		strbuf_addf(out, ", action %s", p->action);
	if (p->redirect)
		strbuf_addf(out, " redirect to %s", p->redirect_name[0] ? p->redirect_name : "a device");
	if (p->priority)
		strbuf_addf(out, ", pref %u", p->priority);
	strbuf_addf(out, ")");
}

/* All that could have: which of several did it may not be known. */
bool attached_add_by(const struct evidence *e, struct strbuf *out)
{
	const struct program *told = attached_program(e);
	const char *join = ": ";
	struct spot spot;

	if (!spot_of(e, &spot))
		return true;
	for (int i = 0; i < e->scene->n_programs; i++) {
		const struct program *p = &e->scene->programs[i];

		if (told ? p != told : !is_suspect(e, p, &spot))
			continue;
		strbuf_addf(out, "%s", join);
		add_program(p, out);
		join = " or ";
	}
	return true;
}

/* Takes it away. Nothing is said of tcx, whose links belong to who made them. */
bool attached_add_del(const struct evidence *e, struct strbuf *out)
{
	const struct program *p = attached_program(e);

	if (!p || (p->place == PLACE_TC && !p->priority))
		return false;
	strbuf_addf(out, p->place == PLACE_TC ? "tc filter del dev " : "ip link set dev ");
	strbuf_add_shell(out, p->device);
	if (p->place == PLACE_TC)
		strbuf_addf(out, " %s pref %u", p->ingress ? "ingress" : "egress", p->priority);
	else
		strbuf_addf(out, " %s off", p->place == PLACE_XDP ? "xdpdrv" : "xdpgeneric");
	return true;
}

static void add_queue(const struct queue *q, struct strbuf *out)
{
	strbuf_addf(out, "%s %" PRIx32 ":", q->kind, q->handle >> 16);
}

bool attached_add_queue(const struct evidence *e, struct strbuf *out)
{
	const struct queue *q = attached_queue(e);

	if (!q)
		return true;
	strbuf_addf(out, " (");
	add_queue(q, out);
	strbuf_addf(out, ")");
	return true;
}

bool attached_add_queue_del(const struct evidence *e, struct strbuf *out)
{
	const struct queue *q = attached_queue(e);

	if (!q)
		return false;
	strbuf_addf(out, "tc qdisc del dev ");
	strbuf_add_shell(out, q->device);
	strbuf_addf(out, " root");
	return true;
}

/* ---- between two points ---------------------------------------------------------- */

static void add_where(const struct evidence *e, enum role role, const char *device, struct strbuf *out)
{
	strbuf_addf(out, " on ");
	strbuf_add_shell(out, device);
	strbuf_addf(out, " of ");
	if (role <= ROLE_DST && e->scene->ends[role].kind == ENDPOINT_CONTAINER)
		strbuf_add_shell(out, ending_netns(e->scene, role));
	else
		strbuf_addf(out, "the host");
}

static bool queue_is_at(const struct evidence *e, const struct queue *q, const struct spot *spot)
{
	return !spot->ingress && !strcmp(q->device, spot->device) &&
	       !strcmp(q->netns, ending_netns(e->scene, spot->role));
}

/* Everything at one spot, as a list that goes on. */
static void add_spot(const struct evidence *e, const struct spot *spot, bool *first, struct strbuf *out)
{
	for (int i = 0; i < e->scene->n_programs; i++) {
		if (!is_at(e, &e->scene->programs[i], spot))
			continue;
		strbuf_addf(out, *first ? " Between the two: " : "; ");
		add_program(&e->scene->programs[i], out);
		strbuf_addf(out, ", %s", spot->ingress ? "ingress" : "egress");
		add_where(e, spot->role, spot->device, out);
		*first = false;
	}
	for (int i = 0; i < e->scene->n_queues; i++) {
		if (!queue_is_at(e, &e->scene->queues[i], spot))
			continue;
		strbuf_addf(out, *first ? " Between the two: queue " : "; queue ");
		add_queue(&e->scene->queues[i], out);
		add_where(e, spot->role, spot->device, out);
		*first = false;
	}
}

/* Whether it is one of the devices that a packet between the two crosses. */
static bool is_on_way(const struct evidence *e, const struct hop *hop)
{
	const struct endpoint *ends = e->scene->ends;

	for (int r = 0; r < 2; r++)
		if ((hop->role == (enum role)r && hop->ifindex == ends[r].device.ifindex) ||
		    (hop->role == ROLE_HOST && hop->ifindex == ends[r].host_device.ifindex))
			return true;
	return !hop->ifindex ||
	       (hop->role == ROLE_HOST && (hop->ifindex == e->scene->bridge.ifindex ||
					   hop->ifindex == e->scene->dst_bridge.ifindex));
}

static bool is_lost_message(const struct evidence *e, const struct hop *hop)
{
	return journey_message(hop) == e->lost && (hop->neigh || hop->probe == e->probe);
}

/* The last that was seen of it before hop, in the same namespace, at another device. */
static const struct hop *seen_before(const struct evidence *e, const struct hop *hop)
{
	for (const struct hop *before = hop - 1; before >= e->journey->hops; before--)
		if (is_lost_message(e, before) && before->role == hop->role && before->ifindex &&
		    before->ifindex != hop->ifindex)
			return before;
	return NULL;
}

const struct hop *attached_redirected(const struct evidence *e, const struct hop **before)
{
	const struct journey *j = e->journey;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i], *last;

		if (hop->step != STEP_SENT || hop->role == ROLE_OTHER || is_on_way(e, hop) ||
		    !is_lost_message(e, hop))
			continue;
		last = seen_before(e, hop);
		if (!last || !is_on_way(e, last))
			return NULL;
		*before = last;
		return hop;
	}
	return NULL;
}

bool attached_strayed(const struct evidence *e)
{
	const struct hop *before, *stray = attached_redirected(e, &before);

	/* what was routed is where it was meant to be */
	return stray && stray->pkt.ttl == before->pkt.ttl && e->drop && e->drop > stray &&
	       !is_on_way(e, e->drop);
}

/* The driver of a veth lets go of what its XDP program sends away (veth_xdp_rcv_skb()). */
static const struct hop *sent_away(const struct evidence *e)
{
	const struct journey *j = e->journey;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if (hop->step == STEP_CONSUMED && is_lost_message(e, hop) &&
		    !strncmp(hop->where.function, "veth_xdp_rcv", strlen("veth_xdp_rcv")))
			return hop;
	}
	return NULL;
}

/* What a packet meets behind each point; the bridge's own device only where packets are routed. */
bool attached_add_between(const struct evidence *e, struct strbuf *out)
{
	const struct endpoint *from = &e->scene->ends[e->from], *to = &e->scene->ends[e->to];
	const struct hop *before, *stray = attached_redirected(e, &before), *away = sent_away(e);
	const struct spot spots[] = {
		{ e->from, from->device.name, false, false, true },
		{ ROLE_HOST, from->host_device.name, true, true, false },
		{ ROLE_HOST, from->host_device.name, true, false, true },
		{ ROLE_HOST, e->scene->bridge.name, true, false, true },
		{ ROLE_HOST, e->scene->bridge.name, false, false, true },
		{ ROLE_HOST, to->host_device.name, false, false, true },
		{ e->to, to->device.name, true, true, false },
		{ e->to, to->device.name, true, false, true },
	};
	/* by enum point: where to begin */
	static const int starts[] = { 0, 1, 2, 6, 7, 8 };
	bool first = true;

	_Static_assert(ARRAY_SIZE(starts) == POINT_USED + 1, "a start for each point");
	if (e->reached >= POINT_USED)
		return true;
	for (int i = starts[e->reached]; i < starts[e->reached + 1]; i++)
		if (spots[i].device[0])
			add_spot(e, &spots[i], &first, out);
	if (first)
		strbuf_addf(out, " No program, filter or queue is attached between the two");
	strbuf_addf(out, ".");
	if (away) {
		strbuf_addf(out, " The XDP program");
		add_where(e, away->role, away->device, out);
		strbuf_addf(out, " sent it elsewhere.");
	}
	if (stray) {
		strbuf_addf(out, " It left by another device,");
		add_where(e, stray->role, stray->device, out);
		strbuf_addf(out, ".");
	}
	return true;
}

bool attached_takes(const struct scene *scene, enum role role)
{
	const struct endpoint *end = &scene->ends[role];

	for (int i = 0; i < scene->n_programs; i++) {
		const struct program *p = &scene->programs[i];

		if (p->ingress && p->place != PLACE_XDP && !strcmp(p->device, end->device.name) &&
		    !strcmp(p->netns, end->name))
			return true;
	}
	return false;
}
