/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who would take a packet in a network namespace: its sockets, by sock_diag(7), as ss(8) asks. Where
 * that is a module the kernel loads it, as it does for ss.
 */
#ifndef DD_SOCKDIAG_H
#define DD_SOCKDIAG_H

#include "model.h"

/*
 * Fills all but the process, which process.h knows. protocol: IPPROTO_TCP, IPPROTO_UDP; port in host
 * order; ip is the address that was sent to. 0, or a negative errno: -ENOENT, this kernel does not
 * tell.
 */
int sockdiag_service(int netns, int protocol, const struct ip *ip, uint16_t port,
		     struct service *out);

#endif
