/* SPDX-License-Identifier: GPL-2.0 */
/* The member "drop" of the verdict document: the packet, and who ended it where. */
#ifndef DD_DROP_JSON_H
#define DD_DROP_JSON_H

#include "model.h"
#include "view/json_doc.h"

/* Null where no drop was found. The scene says whose namespace it was. */
void drop_json(struct json_doc *d, cJSON *to, const struct scene *scene, const struct drop *drop);

#endif
