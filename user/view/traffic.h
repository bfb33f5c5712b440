/* SPDX-License-Identifier: GPL-2.0 */
/* What there is to say of traffic that dockdrop did not send, in words. */
#ifndef DD_TRAFFIC_H
#define DD_TRAFFIC_H

#include "base/strbuf.h"
#include "model.h"

/* "no traffic between the two was seen", or how much of it. */
void traffic_add(struct strbuf *sb, const struct following *f);

/* Who sent the resets: "1 by db: nobody listens on port 81"; nothing if there were none. */
void traffic_add_resets(struct strbuf *sb, const struct scene *scene, const struct following *f);

#endif
