/* SPDX-License-Identifier: GPL-2.0 */
/* Containers that the engine is to be asked of: those first that it has told of; others have a name already. */
#ifndef DD_CMD_PENDING_H
#define DD_CMD_PENDING_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"

struct pending;

int pending_new(struct pending **out);
void pending_free(struct pending *p);

/* Once, however often it is told; of too many none. */
void pending_add(struct pending *p, const char *id, bool told);

/* The next one; false: there is none. */
bool pending_take(struct pending *p, char id[ID_LEN]);
bool pending_any(const struct pending *p);

#endif
