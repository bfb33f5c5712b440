/* SPDX-License-Identifier: GPL-2.0 */
/* GET over a unix socket, with a deadline and a limit on the answer's size. Owner of libcurl. */
#ifndef DD_HTTP_H
#define DD_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_MAX (16 << 20)

struct http;

struct http_answer {
	long status;
	char *body; /* NUL-terminated, never NULL after a success; see http_answer_free() */
	size_t len;
	char api_version[16]; /* the header Api-Version, or "" */
	char server[64];      /* the header Server, or "" */
};

/* socket_path is copied; timeout_ms is for one whole GET. 0, or a negative errno. */
int http_open(const char *socket_path, int timeout_ms, struct http **out);
void http_close(struct http *h);
void cleanup_http(struct http **h);

/*
 * GET http://localhost<path>; path is already escaped. 0 for any complete HTTP answer, or a
 * negative errno: -ETIMEDOUT, -EMSGSIZE for more than HTTP_BODY_MAX, -EPROTO for what is not HTTP
 * or is cut short, or what connect(2) says: -ENOENT, -EACCES, -ECONNREFUSED and the like.
 */
int http_get(struct http *h, const char *path, struct http_answer *out);
void http_answer_free(struct http_answer *a);

/*
 * An answer without an end, such as GET /events: lines are taken as they come, without waiting. The
 * stream is borrowed by nobody; http_stream_close() ends it.
 */
struct http_stream;

/* line ends in NUL, without its newline; valid during the call. */
typedef void (*http_line_sink)(void *ctx, const char *line);

/* socket_path and path are copied; nothing has been sent yet. 0, or a negative errno. */
int http_stream_open(const char *socket_path, const char *path, struct http_stream **out);
void http_stream_close(struct http_stream *s);

/*
 * Gives the lines that are there to the sink. 0; or a negative errno: the stream is over, and to be
 * closed. -ECONNRESET: it ended as streams do, -EPROTO: the answer was no stream.
 */
int http_stream_read(struct http_stream *s, http_line_sink sink, void *ctx);

/* Its socket, to poll for POLLIN; -1: it has none. */
int http_stream_fd(const struct http_stream *s);

/* Whether the server has begun to answer. */
bool http_stream_is_open(const struct http_stream *s);

/* Percent-escapes one path segment; the caller frees it. NULL: out of memory. */
char *http_escape(struct http *h, const char *text);

/*
 * The process that called listen() on the socket (SO_PEERCRED), in our PID namespace; 0: unknown,
 * or outside of it. Under socket activation that is systemd, which started the engine.
 */
int http_peer_pid(const char *socket_path);

#endif
