/* SPDX-License-Identifier: GPL-2.0 */
/* Freed packets that a healthy exchange leaves behind, in traffic that is not dockdrop's own. */
#ifndef DD_NOISE_H
#define DD_NOISE_H

#include "core/journey.h"

/* Whether the drop says nothing of a loss; roles and direction are those of whoever began. */
bool noise_is(const struct journey *j, const struct hop *drop);

/* Whether the sender's own queue was let go of. */
bool noise_purges(const struct hop *drop);

/* Of what a receiver's TCP frees and what opens nothing, whether this reason, which may be empty, is a loss. */
bool noise_is_loss(const char *reason);

/* Whether the packet opens a TCP connection: SYN without ACK. */
bool noise_opens(const struct dd_packet *pkt);

#endif
