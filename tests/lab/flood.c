/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flood ADDRESS PORT RATE COUNT [PORTS]: sends COUNT datagrams to ADDRESS:PORT, or to each in turn of as
 * many PORTS from there on, RATE a second, and says how many the kernel took and how long that was: "SENT
 * MILLISECONDS". Ends earlier on SIGTERM.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define RATE_MAX 100000
#define COUNT_MAX 1000000
#define NS 1000000000ll

static volatile sig_atomic_t done;

static void on_signal(int signal)
{
	(void)signal;
	done = 1;
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static void sleep_until(long long ns)
{
	const struct timespec ts = { ns / NS, ns % NS };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const struct sigaction action = { .sa_handler = on_signal };
	long long start = now_ns();
	long rate, count, ports, sent = 0;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc < 5 || !inet_aton(argv[1], &to.sin_addr))
		return 2;
	rate = atol(argv[3]);
	count = atol(argv[4]);
	ports = argc > 5 ? atol(argv[5]) : 1;
	if (rate < 1 || rate > RATE_MAX || count < 1 || count > COUNT_MAX || ports < 1)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	for (long i = 0; i < count && !done; i++) {
		to.sin_port = htons(atoi(argv[2]) + i % ports);
		sleep_until(start + i * (NS / rate));
		/* a rule in the sender's own namespace answers EPERM */
		sent += sendto(fd, "flood", 5, 0, (struct sockaddr *)&to, sizeof(to)) == 5;
	}
	printf("%ld %lld\n", sent, (now_ns() - start) / (NS / 1000));
	return 0;
}
