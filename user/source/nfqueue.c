/* SPDX-License-Identifier: GPL-2.0 */
#include "source/nfqueue.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "source/netns.h"

/* A line for each queue that has a listener, its number first (seq_show() of nfnetlink_queue.c). */
bool nfqueue_parse(FILE *in, int queue)
{
	char *line __free = NULL;
	size_t room = 0;
	int number;

	while (getline(&line, &room, in) > 0)
		if (sscanf(line, "%d", &number) == 1 && (queue == NFQUEUE_ANY || queue == number))
			return true;
	return false;
}

int nfqueue_listener(int netns, int queue, bool *out)
{
	int back __leave_netns = netns_enter(netns);
	FILE *in __fclose = NULL;

	if (back < 0)
		return back;
	in = fopen("/proc/thread-self/net/netfilter/nfnetlink_queue", "re");
	if (!in && errno != ENOENT)
		return -errno;
	*out = in && nfqueue_parse(in, queue);
	return 0;
}
