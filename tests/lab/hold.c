/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hold loopback tcp|udp PORT: listens at 127.0.0.1 and ::1 alone.
 * hold full tcp|udp PORT: listens, and fills its accept queue or its receive buffer from inside.
 * hold listen tcp PORT: listens, with room for two connections.
 * It goes into the background when that is done, and prints its number there.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 2
#define FILL_MAX 4096

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static union address address_of(int family, bool loopback, int port)
{
	union address a = { .any.sa_family = family };

	if (family == AF_INET) {
		a.v4.sin_port = htons(port);
		a.v4.sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY);
	} else {
		a.v6.sin6_port = htons(port);
		a.v6.sin6_addr = loopback ? in6addr_loopback : in6addr_any;
	}
	return a;
}

static socklen_t length(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

/* -1 where the machine has no such address. */
static int serve(int family, bool loopback, int type, int port)
{
	union address a = address_of(family, loopback, port);
	int fd = socket(family, type, 0), on = loopback;

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &a.any, length(&a)) || (type == SOCK_STREAM && listen(fd, BACKLOG))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* For both families where there are two. */
static int serve_all(int type, int port)
{
	int fd = serve(AF_INET6, false, type, port);

	if (fd < 0)
		fd = serve(AF_INET, false, type, port);
	if (fd < 0)
		die("bind");
	return fd;
}

/* One connection more than the queue has room for is let in. */
static void fill_queue(int port)
{
	union address a = address_of(AF_INET, true, port);

	for (int i = 0; i <= BACKLOG; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, &a.any, length(&a)))
			die("connect");
	}
}

/* Until the buffer takes no more: the kernel says nothing, so what arrived is counted. */
static void fill_buffer(int fd, int port)
{
	union address a = address_of(AF_INET, true, port);
	int out = socket(AF_INET, SOCK_DGRAM, 0), small = 4096;
	char data[512] = "";

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)))
		die("SO_RCVBUF");
	for (int i = 0; i < FILL_MAX; i++)
		if (sendto(out, data, sizeof(data), 0, &a.any, length(&a)) < 0)
			die("sendto");
}

int main(int argc, char **argv)
{
	int type, port, fd;
	pid_t child;

	if (argc != 4)
		return 2;
	type = strcmp(argv[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM;
	port = atoi(argv[3]);
	if (!strcmp(argv[1], "loopback")) {
		int fd4 = serve(AF_INET, true, type, port), fd6 = serve(AF_INET6, true, type, port);

		if (fd4 < 0 && fd6 < 0)
			die("bind");
	} else {
		fd = serve_all(type, port);
		if (!strcmp(argv[1], "full") && type == SOCK_STREAM)
			fill_queue(port);
		else if (!strcmp(argv[1], "full"))
			fill_buffer(fd, port);
	}
	child = fork();
	if (child < 0)
		die("fork");
	if (child) {
		printf("%d\n", child);
		return 0;
	}
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		close(fd);
	setsid();
	for (;;)
		pause();
}
