/* SPDX-License-Identifier: GPL-2.0 */
/* One question to the engine, and what is said when it is not answered; for docker's own files. */
#ifndef DD_DOCKER_CALL_H
#define DD_DOCKER_CALL_H

#include <sys/un.h>

#include "base/strbuf.h"
#include "engine.h"
#include "source/http.h"

#define SHOWN_LEN 256 /* of a text of the engine's or the user's in a message */

struct docker {
	struct http *http;
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char api[16];
	struct engine engine; /* as /version has it */
	int pid;
	struct http_stream *events; /* NULL: nobody listens */
};

/* 0 for HTTP 200 only. A negative errno is logged. */
int docker_get_ok(struct docker *d, const char *path, struct http_answer *out);

/*
 * GET /v<api><before><ref><after>, which path then holds; a ref that cannot be one gives status 404. 0
 * for any HTTP answer; a negative errno is logged.
 */
int docker_get_ref(struct docker *d, const char *before, const char *ref, const char *after,
		   struct strbuf *path, struct http_answer *out);

/* Logs what the engine said instead of 200. Always a negative errno. */
int docker_refused(const char *path, const struct http_answer *answer);

/* Logs that the engine's answer makes no sense. Always -EPROTO. */
int docker_unreadable(const char *path);

#endif
