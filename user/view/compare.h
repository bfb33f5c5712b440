/* SPDX-License-Identifier: GPL-2.0 */
/* Two networks side by side. */
#ifndef DD_VIEW_COMPARE_H
#define DD_VIEW_COMPARE_H

#include "checkup.h"
#include "view/text.h"

void compare_text(FILE *out, const struct checkup *c, const struct net_view *const nets[2],
		  const struct difference *d, size_t n, const struct text_style *style);

/* One document and a newline. 0, or -ENOMEM. */
int compare_json(FILE *out, const struct checkup *c, const struct net_view *const nets[2],
		 const struct difference *d, size_t n);

#endif
