/* SPDX-License-Identifier: GPL-2.0 */
/*
 * udpecho PORT: sends every datagram back, the service behind the lab's --udp tests.
 * udpecho PORT ADDRESS: sends one, and fails if it does not come back within a second.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

static int serve(int fd, struct sockaddr_in addr)
{
	char data[65536];

	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 1;
	for (;;) {
		socklen_t len = sizeof(addr);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&addr, &len);

		if (n >= 0)
			sendto(fd, data, n, 0, (struct sockaddr *)&addr, len);
	}
}

static int ask(int fd, struct sockaddr_in addr)
{
	struct timeval second = { .tv_sec = 1 };
	char data[6];

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) ||
	    send(fd, "hello\n", sizeof(data), 0) < 0)
		return 1;
	return recv(fd, data, sizeof(data), 0) != sizeof(data);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int failed;

	if (argc < 2 || (argc > 2 && !inet_aton(argv[2], &addr.sin_addr)))
		return 2;
	addr.sin_port = htons(atoi(argv[1]));
	failed = argc > 2 ? ask(fd, addr) : serve(fd, addr);
	if (failed)
		perror("udpecho");
	return failed;
}
