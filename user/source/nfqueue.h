/* SPDX-License-Identifier: GPL-2.0 */
/* Who listens to the queues that netfilter's rules hand packets to. */
#ifndef DD_NFQUEUE_H
#define DD_NFQUEUE_H

#include <stdbool.h>
#include <stdio.h>

#define NFQUEUE_ANY (-1)

/*
 * Whether a program listens to the queue of that number, or to any. 0 and *out, or a negative errno.
 * A kernel without the file has no queues, and nobody who listens.
 */
int nfqueue_listener(int netns, int queue, bool *out);

/* Parser behind it, for tests: the content of /proc/net/netfilter/nfnetlink_queue. */
bool nfqueue_parse(FILE *in, int queue);

#endif
