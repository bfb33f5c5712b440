/* SPDX-License-Identifier: GPL-2.0 */
/* What the engine was told, and what it does not do. */
#include "core/judge.h"

#include <stddef.h>
#include <string.h>

#include "core/advisory.h"

void judge_settings(struct judging *j)
{
	if (!j->c->scene && j->c->engine.makes_rules == SAYS_NO)
		judge_found(j, "engine-rules-off", STAGE_AROUND, NULL);
}

/* ---- names -------------------------------------------------------------------------------- */

static bool is_default(const struct net_view *net)
{
	for (size_t i = 0; i < net->n_options; i++)
		if (!strcmp(net->options[i].name, "com.docker.network.bridge.default_bridge"))
			return !strcmp(net->options[i].value, "true");
	return false;
}

static bool is_on(const struct net_view *net, const struct resident *m)
{
	for (size_t i = 0; i < net->n_members; i++)
		if (!strcmp(net->members[i].id, m->id))
			return true;
	return false;
}

/* A network on which the engine's DNS tells the one of the other; NULL: there is none. */
static const struct net_view *net_with_names(const struct checkup *c)
{
	for (size_t i = 0; i < c->n_networks; i++)
		if (!is_default(&c->networks[i]) && is_on(&c->networks[i], c->ends[0]) &&
		    is_on(&c->networks[i], c->ends[1]))
			return &c->networks[i];
	return NULL;
}

/* Where the engine has a DNS for them, some versions of it do not answer. */
static void check_dns(struct judging *j, const struct net_view *net)
{
	const struct scene scene = judge_scene(j->c, net, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = "names-unresolved", .hook = -1,
					 .device = "" };
	struct advisory known[ADVISORIES_MAX];

	if (!advisory_match(&symptom, known))
		return;
	judge_found_by(j, &symptom, "names-broken", SEVERITY_NOTE, STAGE_SRC, "version",
		       j->c->engine.version, "network", net->network.name, NULL);
}

void judge_names(struct judging *j)
{
	const struct checkup *c = j->c;
	const struct net_view *net;

	if (!c->ends[0] || !c->ends[1] || c->ends[0] == c->ends[1] ||
	    strcmp(c->engine.name, "Docker Engine"))
		return;
	net = net_with_names(c);
	if (net)
		check_dns(j, net);
	else if (judge_is_shared(c) && is_default(c->nets[0]) && c->ends[0]->place &&
		 !c->ends[0]->place->linked)
		judge_found(j, "names-unresolved", STAGE_SRC, "src", c->ends[0]->name, "dst",
			    c->ends[1]->name, "network", c->nets[0]->network.name, NULL);
}

/* ---- rules that frames never meet ------------------------------------------------------------ */

static void check_icc(struct judging *j, const struct net_view *net)
{
	const char *why = judge_unmet(j->c, net);

	if (!net->network.icc_off || !why || net->n_members < 2 || j->c->engine.makes_rules == SAYS_NO)
		return;
	judge_found(j, "icc-not-kept", STAGE_HOST, "network", net->network.name, "bridge",
		    net->network.bridge, "why", why, NULL);
}

void judge_unkept(struct judging *j)
{
	judge_each_net(j, check_icc);
}
