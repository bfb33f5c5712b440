/* SPDX-License-Identifier: GPL-2.0 */
#include "source/docker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/context.h"
#include "source/docker_call.h"
#include "source/docker_json.h"

#define TIMEOUT_MS 10000

/*
 * All that is read here stays the same over this range, but for /info's FirewallBackend, which
 * engines leave out below 1.49. 1.51 is what 28.3 to 28.5 speak and lies above the least that newer
 * engines accept (1.44 in 29.0 to 29.2); 1.24 is the least that 25 to 28 accept.
 */
#define API_MAX "1.51"
#define API_MIN "1.24"

/* A version as one number, or -EPROTO. */
static int api_number(const char *text)
{
	unsigned int major, minor;
	int end = 0;

	if (text[strspn(text, "0123456789.")] ||
	    sscanf(text, "%3u.%3u%n", &major, &minor, &end) != 2 || text[end])
		return -EPROTO;
	return major * 1000 + minor;
}

int docker_negotiate(const char *engine_max, const char *engine_min, char out[16])
{
	int max = api_number(engine_max);
	int min = *engine_min ? api_number(engine_min) : 0;
	int use = MIN(max, api_number(API_MAX));

	if (max < 0 || min < 0)
		return -EPROTO;
	if (use < min || use < api_number(API_MIN))
		return -EPROTONOSUPPORT;
	snprintf(out, 16, "%d.%d", use / 1000, use % 1000);
	return 0;
}

static void log_unreachable(const struct docker *d, int err)
{
	static const struct {
		int err;
		const char *text;
	} hints[] = {
		{ -ENOENT, "no such socket: start the engine (systemctl start docker), or name its "
			   "socket with --host unix:///PATH" },
		{ -ECONNREFUSED, "nobody listens: start the engine (systemctl start docker)" },
		{ -EACCES, "permission denied: run dockdrop as root" },
		{ -ETIMEDOUT, "it listens but does not answer in time: look at its log "
			      "(journalctl -u docker), or restart it" },
		{ -EMSGSIZE, "its answer is larger than 16 MiB: is this a Docker Engine?" },
		{ -EPROTO, "its answer was cut short or is not HTTP: is this a Docker Engine? "
			   "Look at its log (journalctl -u docker)" },
	};
	const char *text = strerror(-err);

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].err == err)
			text = hints[i].text;
	log_error("no answer from the Docker Engine at %s: %s", d->socket, text);
}

int docker_unreadable(const char *path)
{
	log_error("the engine's answer to GET %s is malformed or cut short: look at the engine's "
		  "log (journalctl -u docker)", path);
	return -EPROTO;
}

int docker_refused(const char *path, const struct http_answer *answer)
{
	char message[SHOWN_LEN];

	docker_parse_message(answer->body, message, sizeof(message));
	log_error("the engine's answer to GET %s is HTTP %ld from %s%s%s", path, answer->status,
		  *answer->server ? answer->server : "an unnamed server", *message ? ": " : "",
		  message);
	return answer->status == 401 || answer->status == 403 ? -EACCES : -EPROTO;
}

/* 0 for any HTTP answer. */
static int get(struct docker *d, const char *path, struct http_answer *out)
{
	int err = http_get(d->http, path, out);

	if (err)
		log_unreachable(d, err);
	return err;
}

int docker_get_ok(struct docker *d, const char *path, struct http_answer *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	int err = get(d, path, &answer);

	if (err)
		return err;
	if (answer.status != 200)
		return docker_refused(path, &answer);
	*out = answer;
	answer.body = NULL;
	return 0;
}

/* A socket may lead to another kernel all the same: a virtual machine's, or one over ssh. */
static int check_kernel(struct docker *d, const char *version_json)
{
	char kernel[sizeof(((struct utsname *)0)->release)];
	struct utsname here;

	if (docker_parse_kernel(version_json, kernel, sizeof(kernel)) || uname(&here))
		return -EPROTO;
	if (!*kernel || !strcmp(kernel, here.release))
		return 0;
	log_error("the engine at %s runs on kernel %s, not on this one (%s): run dockdrop on that "
		  "machine, or inside its virtual machine", d->socket, kernel, here.release);
	return -EREMOTE;
}

static int negotiate(struct docker *d, const char *engine_max)
{
	const char *engine_min = d->engine.min_api_version;
	int err = docker_negotiate(engine_max, engine_min, d->api);

	if (err == -EPROTO)
		return docker_unreadable("/version");
	if (err)
		log_error("the engine at %s speaks API versions %s to %s, dockdrop %s to %s: "
			  "update the older one", d->socket, *engine_min ? engine_min : "?",
			  engine_max, API_MIN, API_MAX);
	return err;
}

static int greet(struct docker *d)
{
	struct http_answer ping __cleanup(http_answer_free) = { 0 };
	struct http_answer version __cleanup(http_answer_free) = { 0 };
	int err;

	err = docker_get_ok(d, "/_ping", &ping);
	if (!err)
		err = docker_get_ok(d, "/version", &version);
	if (err)
		return err;
	if (docker_parse_version(version.body, &d->engine))
		return docker_unreadable("/version");
	err = check_kernel(d, version.body);
	if (err)
		return err;
	return negotiate(d, *ping.api_version ? ping.api_version : d->engine.api_version);
}

int docker_connect(const char *socket_path, int timeout_ms, struct docker **out)
{
	struct docker *d __cleanup(cleanup_docker) = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	text_copy(d->socket, sizeof(d->socket), socket_path);
	err = http_open(socket_path, timeout_ms, &d->http);
	if (err) {
		log_unreachable(d, err);
		return err;
	}
	err = greet(d);
	if (err)
		return err;
	d->pid = http_peer_pid(socket_path);
	*out = take_ptr(d);
	return 0;
}

int docker_open(const char *url, struct docker **out)
{
	char path[sizeof(((struct docker *)0)->socket)];
	int err = context_socket(url, path, sizeof(path));

	return err ? err : docker_connect(path, TIMEOUT_MS, out);
}

void docker_close(struct docker *d)
{
	if (!d)
		return;
	http_stream_close(d->events);
	http_close(d->http);
	free(d);
}

void cleanup_docker(struct docker **d)
{
	docker_close(*d);
}

/* An engine that was restarted since has another; one that is away now keeps what it had. */
int docker_pid(const struct docker *d)
{
	char path[64];
	int now;

	snprintf(path, sizeof(path), "/proc/%d", d->pid);
	if (!d->pid || !access(path, F_OK))
		return d->pid;
	now = http_peer_pid(d->socket);
	return now ? now : d->pid;
}

int docker_engine(struct docker *d, struct engine *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct engine e = d->engine;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/v%s/info", d->api);
	err = docker_get_ok(d, path, &answer);
	if (err)
		return err;
	if (docker_parse_info(answer.body, &e))
		return docker_unreadable(path);
	*out = e;
	return 0;
}

/*
 * What could be a name or an ID. Servers resolve "..", and some decode "%2F" before they choose the
 * endpoint, so neither must get there, escaped or not.
 */
static bool usable(const char *ref)
{
	size_t len = strlen(ref);

	if (!len || len >= NAME_LEN || !strcmp(ref, ".") || !strcmp(ref, ".."))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)ref[i] < ' ' || ref[i] == 0x7f || ref[i] == '/')
			return false;
	return true;
}

int docker_get_ref(struct docker *d, const char *before, const char *ref, const char *after,
		   struct strbuf *path, struct http_answer *out)
{
	char *escaped __free = http_escape(d->http, ref);

	if (!escaped)
		return -ENOMEM;
	strbuf_addf(path, "/v%s%s%s%s", d->api, before, escaped, after);
	if (path->failed)
		return -ENOMEM;
	if (usable(ref)) {
		int err = get(d, path->text, out);

		/* that the socket is gone says nothing of what was asked for */
		return err == -ENOENT ? -ECONNREFUSED : err;
	}
	out->status = 404;
	return 0;
}

/* Says why there is no one container: several fit, none does, or what else the engine said. */
static int no_container(struct docker *d, const char *ref, const char *ref_path,
			const struct http_answer *said)
{
	struct http_answer list __cleanup(http_answer_free) = { 0 };
	struct strbuf names __cleanup(strbuf_free) = { 0 };
	struct strbuf others __cleanup(strbuf_free) = { 0 };
	char path[64], shown[SHOWN_LEN];
	int n = 0, err;

	snprintf(path, sizeof(path), "/v%s/containers/json?all=1", d->api);
	err = docker_get_ok(d, path, &list);
	if (err)
		return err;
	safe_text(shown, sizeof(shown), ref);
	if (*ref)
		n = docker_list_names(list.body, ref, &names);
	if (n > 1) {
		log_error("\"%s\" fits %d containers: %s; say more of the ID", shown, n,
			  strbuf_str(&names));
		return -EEXIST;
	}
	if (said->status != 404)
		return docker_refused(ref_path, said);
	strbuf_free(&names);
	n = docker_list_names(list.body, NULL, &names);
	if (n < 0)
		return docker_unreadable(path);
	context_others(d->socket, &others);
	log_error("no container \"%s\" on this engine; running: %s%s%s", shown,
		  n ? strbuf_str(&names) : "none",
		  others.len ? "; another engine may know it, --host " : "", strbuf_str(&others));
	return -ENOENT;
}

int docker_container(struct docker *d, const char *ref, struct container *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	struct strbuf path __cleanup(strbuf_free) = { 0 };
	int err = docker_get_ref(d, "/containers/", ref, "/json", &path, &answer);

	if (err)
		return err;
	if (answer.status != 200)
		return no_container(d, ref, strbuf_str(&path), &answer);
	if (docker_parse_container(answer.body, out))
		return docker_unreadable(strbuf_str(&path));
	return 0;
}

int docker_container_by_ip(struct docker *d, const struct ip *ip, struct container *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	char path[64], id[ID_LEN];
	int err;

	snprintf(path, sizeof(path), "/v%s/containers/json", d->api);
	err = docker_get_ok(d, path, &answer);
	if (err)
		return err;
	err = docker_list_owner(answer.body, ip, id, sizeof(id));
	if (err == -EPROTO)
		return docker_unreadable(path);
	return err ? err : docker_container(d, id, out);
}

int docker_containers(struct docker *d, docker_container_sink sink, void *ctx)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/v%s/containers/json", d->api);
	err = docker_get_ok(d, path, &answer);
	if (err)
		return err;
	return docker_parse_list(answer.body, sink, ctx) ? docker_unreadable(path) : 0;
}

int docker_inspect(struct docker *d, const char *id, struct container *out)
{
	struct http_answer answer __cleanup(http_answer_free) = { 0 };
	char *escaped __free = http_escape(d->http, id);
	struct strbuf path __cleanup(strbuf_free) = { 0 };
	int err;

	if (!escaped || !usable(id))
		return -EINVAL;
	strbuf_addf(&path, "/v%s/containers/%s/json", d->api, escaped);
	err = http_get(d->http, strbuf_str(&path), &answer);
	if (err) /* that the socket is gone says nothing of the container */
		return err == -ENOENT ? -ECONNREFUSED : err;
	if (answer.status != 200)
		return answer.status == 404 ? -ENOENT : -EPROTO;
	return docker_parse_container(answer.body, out);
}

/* {"type":["container","network"]} */
#define EVENTS_WANTED "%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%7D"

int docker_listen(struct docker *d)
{
	char path[128];

	http_stream_close(take_ptr(d->events));
	snprintf(path, sizeof(path), "/v%s/events?filters=%s", d->api, EVENTS_WANTED);
	return http_stream_open(d->socket, path, &d->events);
}

struct listener {
	docker_event_sink sink;
	void *ctx;
};

static void on_line(void *ctx, const char *line)
{
	const struct listener *l = ctx;
	struct docker_event event;

	if (!docker_parse_event(line, &event))
		l->sink(l->ctx, &event);
}

int docker_events(struct docker *d, docker_event_sink sink, void *ctx)
{
	struct listener listener = { sink, ctx };

	return d->events ? http_stream_read(d->events, on_line, &listener) : -ENOTCONN;
}

int docker_events_fd(const struct docker *d)
{
	return d->events ? http_stream_fd(d->events) : -1;
}

bool docker_is_listening(const struct docker *d)
{
	return d->events && http_stream_is_open(d->events);
}

const char *docker_socket(const struct docker *d)
{
	return d->socket;
}
