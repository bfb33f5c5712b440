/* SPDX-License-Identifier: GPL-2.0 */
/* What is read once it is known where the exchange ended, and only then. */
#ifndef DD_AFTERMATH_H
#define DD_AFTERMATH_H

#include "cmd/scene.h"
#include "model.h"

/* looks: enum look_at; drop NULL: nothing was dropped. What cannot be had stays unknown. */
void aftermath_read(const struct scene *scene, const struct places *p, const struct hop *drop,
		    unsigned int looks, struct aftermath *out);

/* The destination's sockets for an address and port of its own, and who holds them. */
int aftermath_service(const struct scene *scene, const struct places *p, const struct ip *ip,
		      uint16_t port, struct service *out);

#endif
