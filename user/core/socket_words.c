/* SPDX-License-Identifier: GPL-2.0 */
#include "core/socket_words.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"

static bool w_port(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%u", e->scene->request.port);
	return true;
}

static bool w_elsewhere(const struct evidence *e, struct strbuf *out)
{
	const struct service *s = &e->after.service;

	if (s->address.family)
		word_add_ip(out, &s->address);
	else
		strbuf_addf(out, "IPv%d addresses", word_is_ip6(e) ? 4 : 6);
	return s->elsewhere;
}

static bool w_but_elsewhere(const struct evidence *e, struct strbuf *out)
{
	if (!e->looked || !e->after.service.elsewhere)
		return true;
	strbuf_addf(out, ", only at ");
	return w_elsewhere(e, out);
}

static bool w_any_address(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) ? "::" : "0.0.0.0");
	return true;
}

static bool w_waiting(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu32, e->after.service.waiting);
	return true;
}

static bool w_backlog(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu32, e->after.service.backlog);
	return true;
}

static bool w_half_open(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu32, e->after.service.half_open);
	return true;
}

static bool w_buffer(const struct evidence *e, struct strbuf *out)
{
	const struct service *s = &e->after.service;

	if (!strcmp(e->drop->reason_name, "PROTO_MEM"))
		strbuf_addf(out, " by net.ipv4.udp_mem, the limit of all such sockets together");
	else if (e->looked && s->room)
		strbuf_addf(out, " (%" PRIu32 " of %" PRIu32 " bytes are in use)", s->queued, s->room);
	return true;
}

static const char *state_words(const struct evidence *e)
{
	static const char *const states[] = {
		[PROCESS_STOPPED] = "is stopped by a signal",
		[PROCESS_TRACED] = "is held by a debugger",
		[PROCESS_FROZEN] = "is frozen by its cgroup",
	};

	if (e->facts & FACT_PAUSED)
		return "is paused (docker pause)";
	return e->facts & FACT_STUCK ? states[e->after.service.state] : "";
}

/* "httpd (pid 4711)", and what keeps it from its work. */
static bool w_holder(const struct evidence *e, struct strbuf *out)
{
	const struct service *s = &e->after.service;

	if (!e->looked || !s->pid) {
		strbuf_addf(out, "the service");
		return true;
	}
	strbuf_addf(out, "process ");
	strbuf_add_safe(out, s->process[0] ? s->process : "?");
	strbuf_addf(out, " (pid %d)", s->pid);
	return true;
}

static bool w_stuck(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", state_words(e));
	return state_words(e)[0];
}

static bool w_which_is_stuck(const struct evidence *e, struct strbuf *out)
{
	if (state_words(e)[0])
		strbuf_addf(out, ", which %s,", state_words(e));
	return true;
}

/* A pause is ended with the engine's word for it, a signal's with another. */
static bool w_wake(const struct evidence *e, struct strbuf *out)
{
	if (e->facts & FACT_PAUSED || (e->facts & FACT_STUCK && e->after.service.state == PROCESS_FROZEN)) {
		strbuf_addf(out, "docker unpause ");
		strbuf_add_shell(out, e->scene->ends[ROLE_DST].name);
		return e->scene->ends[ROLE_DST].kind == ENDPOINT_CONTAINER;
	}
	if (!(e->facts & FACT_STUCK))
		return false;
	if (e->after.service.state == PROCESS_STOPPED)
		strbuf_addf(out, "kill -CONT %d", e->after.service.pid);
	else
		strbuf_addf(out, "grep TracerPid /proc/%d/status", e->after.service.pid);
	return true;
}

static bool w_ss_option(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "-ln%sm sport = :%u", word_is_tcp(e) ? "t" : "u", e->scene->request.port);
	return true;
}

static const struct word words[] = {
	{ "port", w_port },
	{ "elsewhere", w_elsewhere },
	{ "but.elsewhere", w_but_elsewhere },
	{ "any.address", w_any_address },
	{ "waiting", w_waiting },
	{ "backlog", w_backlog },
	{ "half.open", w_half_open },
	{ "buffer", w_buffer },
	{ "holder", w_holder },
	{ "stuck", w_stuck },
	{ "which.is.stuck", w_which_is_stuck },
	{ "wake", w_wake },
	{ "ss.option", w_ss_option },
};

const struct words socket_words = { words, ARRAY_SIZE(words) };
