/* SPDX-License-Identifier: GPL-2.0 */
/* A child process that answers on a unix socket as a table tells it: well, badly, or not at all. */
#ifndef DD_TEST_FAKE_ENGINE_H
#define DD_TEST_FAKE_ENGINE_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAKE_LIFE_S 60

enum fake_how {
	FAKE_ANSWER, /* status, header and body */
	FAKE_RAW,    /* body alone, as it is */
	FAKE_CUT,    /* half of the body that Content-Length announces */
	FAKE_SLOW,   /* a byte of the body every 20 ms */
	FAKE_HUGE,   /* a body of 17 MiB */
	FAKE_HEADERS, /* header lines without an end */
	FAKE_HANG,   /* takes the request, says nothing */
	FAKE_CLOSE,  /* closes at once */
};

struct fake_route {
	const char *path; /* NULL: any */
	enum fake_how how;
	int status;
	const char *header; /* whole lines, or NULL */
	const char *body;
};

struct fake_engine {
	char dir[32];
	char socket[64];
	char requests[64]; /* file with the path of each request on a line */
	pid_t pid;
};

static inline void fake_write(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= n;
	}
}

static inline void fake_write_slowly(int fd, const char *data)
{
	for (; *data; data++) {
		if (send(fd, data, 1, MSG_NOSIGNAL) != 1)
			return;
		usleep(20000);
	}
}

static inline void fake_answer(int fd, const struct fake_route *r)
{
	const char *body = r->body ? r->body : "";
	size_t len = r->how == FAKE_HUGE ? 17 << 20 : strlen(body);
	char head[512];
	char block[4096];
	int head_len = snprintf(head, sizeof(head),
				"HTTP/1.1 %d X\r\n%sConnection: close\r\n"
				"Content-Length: %zu\r\n\r\n",
				r->status, r->header ? r->header : "", len);

	memset(block, ' ', sizeof(block));
	switch (r->how) {
	case FAKE_ANSWER:
		fake_write(fd, head, head_len);
		fake_write(fd, body, len);
		break;
	case FAKE_RAW:
		fake_write(fd, body, len);
		break;
	case FAKE_CUT:
		fake_write(fd, head, head_len);
		fake_write(fd, body, len / 2);
		break;
	case FAKE_SLOW:
		fake_write(fd, head, head_len);
		fake_write_slowly(fd, body);
		break;
	case FAKE_HUGE:
		fake_write(fd, head, head_len);
		for (size_t sent = 0; sent < len; sent += sizeof(block))
			fake_write(fd, block, sizeof(block));
		break;
	case FAKE_HEADERS:
		fake_write(fd, head, head_len - 2);
		memcpy(block, "X: ", 3);
		memcpy(block + sizeof(block) - 2, "\r\n", 2);
		for (int i = 0; i < 256; i++)
			fake_write(fd, block, sizeof(block));
		break;
	case FAKE_HANG:
		pause();
		break;
	case FAKE_CLOSE:
		break;
	}
}

/* The path of the request, within the buffer; NULL if there is none. */
static inline char *fake_path(int fd, char *request, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		ssize_t n = read(fd, request + len, size - 1 - len);

		if (n <= 0)
			return NULL;
		len += n;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	if (strncmp(request, "GET ", 4))
		return NULL;
	request[4 + strcspn(request + 4, " ")] = '\0';
	return request + 4;
}

static inline void fake_serve(int listener, int log, const struct fake_route *routes)
{
	static const struct fake_route none = { NULL, FAKE_ANSWER, 404, NULL,
						"{\"message\":\"page not found\"}\n" };

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		const struct fake_route *r = routes;
		char request[8192];
		char *path = fake_path(fd, request, sizeof(request));

		if (path) {
			dprintf(log, "%s\n", path);
			while ((r->status || r->how) && r->path && strcmp(r->path, path))
				r++;
			fake_answer(fd, r->status || r->how ? r : &none);
		}
		close(fd);
	}
}

/* routes end with a zero row. 0 or -1; the child ends by itself after FAKE_LIFE_S at the latest. */
static inline int fake_start(struct fake_engine *f, const struct fake_route *routes)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, log;

	strcpy(f->dir, "/tmp/dockdrop-test.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->socket, sizeof(f->socket), "%s/sock", f->dir);
	snprintf(f->requests, sizeof(f->requests), "%s/requests", f->dir);
	strcpy(addr.sun_path, f->socket);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	log = open(f->requests, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || log < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	f->pid = fork();
	if (!f->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(FAKE_LIFE_S);
		listen(fd, 16);
		/* The parent connects only when it sees this. */
		dprintf(log, "\n");
		fake_serve(fd, log, routes);
	}
	close(fd);
	for (int ms = 0; ms < 5000; ms++) {
		if (lseek(log, 0, SEEK_END) > 0)
			break;
		usleep(1000);
	}
	close(log);
	return f->pid > 0 ? 0 : -1;
}

static inline void fake_stop(struct fake_engine *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	unlink(f->socket);
	unlink(f->requests);
	rmdir(f->dir);
}

/* All paths that were asked for, a line each. */
static inline const char *fake_requests(const struct fake_engine *f, char *buf, size_t len)
{
	FILE *in = fopen(f->requests, "re");
	size_t n = in ? fread(buf, 1, len - 1, in) : 0;

	buf[n] = '\0';
	if (in)
		fclose(in);
	return buf;
}

#endif
