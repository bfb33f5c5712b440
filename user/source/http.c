/* SPDX-License-Identifier: GPL-2.0 */
#include "source/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#define HEADERS_MAX (64 << 10)

struct http {
	CURL *curl;
};

/* An answer while it comes in. */
struct incoming {
	struct http_answer answer;
	size_t body_size; /* that is allocated */
	size_t headers_len;
	int err; /* why a callback broke the transfer off */
};

static void free_incoming(struct incoming *in)
{
	http_answer_free(&in->answer);
}

static int add_body(struct incoming *in, const char *data, size_t len)
{
	struct http_answer *a = &in->answer;

	if (a->len + len > HTTP_BODY_MAX)
		return -EMSGSIZE;
	if (a->len + len >= in->body_size) {
		size_t size = 2 * (a->len + len + 1);
		char *body = realloc(a->body, size);

		if (!body)
			return -ENOMEM;
		a->body = body;
		in->body_size = size;
	}
	memcpy(a->body + a->len, data, len);
	a->len += len;
	a->body[a->len] = '\0';
	return 0;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct incoming *in = arg;

	in->err = add_body(in, data, size * n);
	return in->err ? 0 : size * n;
}

static void copy_header(const char *line, size_t len, const char *name, char *out, size_t out_len)
{
	size_t skip = strlen(name);

	if (len < skip || strncasecmp(line, name, skip))
		return;
	while (skip < len && line[skip] == ' ')
		skip++;
	while (len > skip && strchr("\r\n ", line[len - 1]))
		len--;
	snprintf(out, out_len, "%.*s", (int)(len - skip), line + skip);
}

/* Called with one line, which does not end in NUL. */
static size_t take_header(char *line, size_t size, size_t n, void *arg)
{
	struct incoming *in = arg;
	struct http_answer *a = &in->answer;
	size_t len = size * n;

	in->headers_len += len;
	if (in->headers_len > HEADERS_MAX) {
		in->err = -EPROTO;
		return 0;
	}
	copy_header(line, len, "Api-Version:", a->api_version, sizeof(a->api_version));
	copy_header(line, len, "Server:", a->server, sizeof(a->server));
	return len;
}

static bool socket_address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return *path && text_copy(out->sun_path, sizeof(out->sun_path), path);
}

/* Children (iptables) must not inherit the engine's socket. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)arg;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int set_options(CURL *curl, const char *socket_path, int timeout_ms)
{
	int bad = 0;

	bad |= curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
	bad |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* nor one from the environment */
	bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
	bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
#else
	bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
	bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "dockdrop");
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	return bad ? -EINVAL : 0;
}

int http_open(const char *socket_path, int timeout_ms, struct http **out)
{
	struct http *h __cleanup(cleanup_http) = NULL;
	struct sockaddr_un addr;
	int err;

	if (!socket_address(socket_path, &addr))
		return -ENAMETOOLONG;
	/* CURL_GLOBAL_NOTHING: there is no TLS to set up. */
	if (curl_global_init(CURL_GLOBAL_NOTHING))
		return -ENOMEM;
	h = calloc(1, sizeof(*h));
	if (!h) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	h->curl = curl_easy_init();
	if (!h->curl)
		return -ENOMEM;
	err = set_options(h->curl, socket_path, timeout_ms);
	if (err)
		return err;
	*out = take_ptr(h);
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free(h);
}

void cleanup_http(struct http **h)
{
	http_close(*h);
}

/*
 * libcurl takes the EAGAIN of a full backlog for a connection under way and then finds no error:
 * the listener is there, but has not accepted for long.
 */
static int connect_error(CURL *curl)
{
	long os = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os);
	return os > 0 ? -(int)os : -ETIMEDOUT;
}

static int transfer_error(CURL *curl, CURLcode code)
{
	static const struct {
		CURLcode code;
		int err;
	} errors[] = {
		{ CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT },
		{ CURLE_OUT_OF_MEMORY, -ENOMEM },
		{ CURLE_URL_MALFORMAT, -EINVAL },
	};

	if (code == CURLE_COULDNT_CONNECT)
		return connect_error(curl);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].code == code)
			return errors[i].err;
	return -EPROTO;
}

static int perform(CURL *curl, const char *path, struct incoming *in)
{
	struct strbuf url __cleanup(strbuf_free) = { 0 };
	CURLcode code;

	strbuf_addf(&url, "http://localhost%s", path);
	if (url.failed || add_body(in, "", 0)) /* an empty body is a body */
		return -ENOMEM;
	code = curl_easy_setopt(curl, CURLOPT_URL, strbuf_str(&url));
	if (!code) {
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, in);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, in);
		code = curl_easy_perform(curl);
	}
	if (in->err)
		return in->err;
	return code ? transfer_error(curl, code) : 0;
}

int http_get(struct http *h, const char *path, struct http_answer *out)
{
	struct incoming in __cleanup(free_incoming) = { 0 };
	int err;

	err = perform(h->curl, path, &in);
	if (err)
		return err;
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &in.answer.status);
	*out = in.answer;
	in.answer.body = NULL;
	return 0;
}

void http_answer_free(struct http_answer *a)
{
	free(a->body);
	*a = (struct http_answer){ 0 };
}

char *http_escape(struct http *h, const char *text)
{
	char *escaped = curl_easy_escape(h->curl, text, 0);
	char *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}

int http_peer_pid(const char *socket_path)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	struct sockaddr_un addr;
	int fd __close = -1;

	if (!socket_address(socket_path, &addr))
		return 0;
	/* Would wait for as long as the listener's backlog is full. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return 0;
	return peer.pid;
}

/* ---- an answer without an end --------------------------------------------------- */

#define LINE_MAX_LEN (1 << 20) /* of an event; a longer one is left out */

struct http_stream {
	CURLM *multi;
	CURL *curl;
	struct strbuf line; /* what has come of the next one */
	bool too_long;
	http_line_sink sink; /* during http_stream_read() */
	void *ctx;
};

static void stream_add(struct http_stream *s, const char *data, size_t len)
{
	if (s->line.len + len > LINE_MAX_LEN)
		s->too_long = true;
	if (!s->too_long)
		strbuf_add(&s->line, data, len);
}

static void stream_line(struct http_stream *s)
{
	if (s->line.len && !s->too_long && !s->line.failed)
		s->sink(s->ctx, strbuf_str(&s->line));
	strbuf_free(&s->line);
	s->line = (struct strbuf){ 0 };
	s->too_long = false;
}

static size_t take_stream(char *data, size_t size, size_t n, void *arg)
{
	struct http_stream *s = arg;
	size_t left = size * n;

	while (left) {
		const char *end = memchr(data, '\n', left);
		size_t len = end ? (size_t)(end - data) : left;

		stream_add(s, data, len);
		if (!end)
			break;
		stream_line(s);
		data += len + 1;
		left -= len + 1;
	}
	return size * n;
}

static void cleanup_stream(struct http_stream **s)
{
	http_stream_close(*s);
}

int http_stream_open(const char *socket_path, const char *path, struct http_stream **out)
{
	struct http_stream *s __cleanup(cleanup_stream) = calloc(1, sizeof(*s));
	struct strbuf url __cleanup(strbuf_free) = { 0 };

	if (!s)
		return -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_NOTHING)) {
		free(take_ptr(s));
		return -ENOMEM;
	}
	s->curl = curl_easy_init();
	s->multi = curl_multi_init();
	strbuf_addf(&url, "http://localhost%s", path);
	if (!s->curl || !s->multi || url.failed || set_options(s->curl, socket_path, 0))
		return -ENOMEM;
	curl_easy_setopt(s->curl, CURLOPT_URL, strbuf_str(&url));
	curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_stream);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	if (curl_multi_add_handle(s->multi, s->curl))
		return -ENOMEM;
	*out = take_ptr(s);
	return 0;
}

void http_stream_close(struct http_stream *s)
{
	if (!s)
		return;
	if (s->multi && s->curl)
		curl_multi_remove_handle(s->multi, s->curl);
	curl_multi_cleanup(s->multi);
	curl_easy_cleanup(s->curl);
	curl_global_cleanup();
	strbuf_free(&s->line);
	free(s);
}

bool http_stream_is_open(const struct http_stream *s)
{
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

int http_stream_fd(const struct http_stream *s)
{
	fd_set in, out, other;
	int fd = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&other);
	/* the greatest, and the only one */
	curl_multi_fdset(s->multi, &in, &out, &other, &fd);
	return fd >= 0 && FD_ISSET(fd, &in) ? fd : -1;
}

int http_stream_read(struct http_stream *s, http_line_sink sink, void *ctx)
{
	int running = 0;

	s->sink = sink;
	s->ctx = ctx;
	if (curl_multi_perform(s->multi, &running))
		return -EIO;
	if (running)
		return 0;
	return http_stream_is_open(s) ? -ECONNRESET : -EPROTO;
}
