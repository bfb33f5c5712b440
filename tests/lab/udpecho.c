/* SPDX-License-Identifier: GPL-2.0 */
/*
 * udpecho PORT: sends every datagram back, over IPv4 and IPv6; the service behind the lab's --udp
 * tests.
 * udpecho PORT ADDRESS: sends one, and fails if it does not come back within a second.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t length(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static int serve(int fd, const union address *own)
{
	union address peer;
	char data[65536];

	if (bind(fd, &own->any, length(own)))
		return 1;
	for (;;) {
		socklen_t len = sizeof(peer);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, &peer.any, &len);

		if (n >= 0)
			sendto(fd, data, n, 0, &peer.any, len);
	}
}

static int ask(int fd, const union address *peer)
{
	struct timeval second = { .tv_sec = 1 };
	char data[6];

	if (connect(fd, &peer->any, length(peer)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) ||
	    send(fd, "hello\n", sizeof(data), 0) < 0)
		return 1;
	return recv(fd, data, sizeof(data), 0) != sizeof(data);
}

/* Without an address the one that takes both families in, or IPv4's where there is no IPv6. */
static int fill(union address *a, const char *text, int port)
{
	int probe = text ? -1 : socket(AF_INET6, SOCK_DGRAM, 0);

	memset(a, 0, sizeof(*a));
	if (probe >= 0 || (text && inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1)) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		return 0;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons(port);
	return text && inet_pton(AF_INET, text, &a->v4.sin_addr) != 1;
}

int main(int argc, char **argv)
{
	union address address;
	int fd, failed;

	if (argc < 2 || fill(&address, argc > 2 ? argv[2] : NULL, atoi(argv[1])))
		return 2;
	fd = socket(address.any.sa_family, SOCK_DGRAM, 0);
	failed = argc > 2 ? ask(fd, &address) : serve(fd, &address);
	if (failed)
		perror("udpecho");
	return failed;
}
