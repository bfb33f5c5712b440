/* SPDX-License-Identifier: GPL-2.0 */
/* The first lines of a verdict: the engine and the kernel, who talks to whom and over which network. */
#ifndef DD_HEADING_H
#define DD_HEADING_H

#include <stdio.h>

#include "base/strbuf.h"
#include "exchange.h"
#include "view/text.h"

void heading_print(FILE *out, const struct scene *scene, const struct text_style *style);

/* "Docker Engine 28.5.2", or that none was asked. */
void heading_add_engine(struct strbuf *sb, const struct engine *e);

#endif
