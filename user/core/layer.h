/* SPDX-License-Identifier: GPL-2.0 */
/* Where in the stack a function frees packets. */
#ifndef DD_LAYER_H
#define DD_LAYER_H

#include "model.h"

/* By the reason's name, which may be empty, then by the function's; LAYER_UNKNOWN. */
enum layer layer_of(const char *reason, const char *function);

#endif
