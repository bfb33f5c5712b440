/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blast ADDRESS PORT SECONDS: sends small datagrams as fast as it can; prints how many the kernel took,
 * and a second. blast - PORT SECONDS: takes in what comes to the port; prints the same.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define SECONDS_MAX 600
#define NS 1000000000ll

static char payload[18] = "storm";

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static void batch_init(struct mmsghdr msgs[BATCH], struct iovec *iov, struct sockaddr_in *to)
{
	memset(msgs, 0, BATCH * sizeof(*msgs));
	for (int i = 0; i < BATCH; i++) {
		msgs[i].msg_hdr.msg_iov = iov;
		msgs[i].msg_hdr.msg_iovlen = 1;
		if (to) {
			msgs[i].msg_hdr.msg_name = to;
			msgs[i].msg_hdr.msg_namelen = sizeof(*to);
		}
	}
}

/* Not connected: an ICMP error would make every second call fail. */
static long send_all(int fd, struct sockaddr_in *to, long long end)
{
	struct iovec iov = { payload, sizeof(payload) };
	struct mmsghdr msgs[BATCH];
	long sent = 0;

	batch_init(msgs, &iov, to);
	while (now_ns() < end) {
		int n = sendmmsg(fd, msgs, BATCH, 0);

		sent += n > 0 ? n : 0;
	}
	return sent;
}

static long take_all(int fd, struct sockaddr_in *at, long long end)
{
	struct iovec iov = { payload, sizeof(payload) };
	const struct timeval tick = { 0, 100000 };
	struct mmsghdr msgs[BATCH];
	int room = 4 << 20;
	long taken = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)))
		return -1;
	batch_init(msgs, &iov, NULL);
	while (now_ns() < end) {
		int n = recvmmsg(fd, msgs, BATCH, MSG_WAITFORONE, NULL);

		taken += n > 0 ? n : 0;
	}
	return taken;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), seconds = argc == 4 ? atoi(argv[3]) : 0;
	long long start = now_ns();
	long n;

	if (seconds < 1 || seconds > SECONDS_MAX || fd < 0)
		return 2;
	addr.sin_port = htons(atoi(argv[2]));
	if (!strcmp(argv[1], "-"))
		n = take_all(fd, &addr, start + seconds * NS);
	else if (inet_aton(argv[1], &addr.sin_addr))
		n = send_all(fd, &addr, start + seconds * NS);
	else
		return 2;
	printf("%ld %lld\n", n, n * 1000ll / ((now_ns() - start) / 1000000));
	return n < 0;
}
