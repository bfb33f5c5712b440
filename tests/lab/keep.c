/* SPDX-License-Identifier: GPL-2.0 */
/*
 * keep ADDRESS PORT SECONDS: what a healthy network throws away of TCP. Connects to a web server over
 * and over; says nothing for a while, but that it is there, which the other end answers with duplicate
 * acknowledgements; asks, and closes the socket before the answer is there.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX 600
#define SILENCE 3 /* seconds */

static int connect_to(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on)) ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
		perror("keep");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	static const char question[] = "GET / HTTP/1.0\r\n\r\n";
	struct sockaddr_in to = { .sin_family = AF_INET };
	time_t end;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    atoi(argv[3]) > SECONDS_MAX) {
		fprintf(stderr, "usage: keep ADDRESS PORT SECONDS\n");
		return 2;
	}
	to.sin_port = htons(atoi(argv[2]));
	end = time(NULL) + atoi(argv[3]);
	while (time(NULL) < end) {
		int fd = connect_to(&to);

		sleep(SILENCE);
		if (write(fd, question, strlen(question)) < 0)
			perror("keep");
		close(fd);
	}
	return 0;
}
