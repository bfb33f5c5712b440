/* SPDX-License-Identifier: GPL-2.0 */
/* The facts of routing, IP, transport and sockets: where the stack itself ended the exchange. */
#ifndef DD_STACK_FACTS_H
#define DD_STACK_FACTS_H

#include "core/evidence.h"

/* What has to be read besides, enum look_at, given the other facts. */
unsigned int stack_looks(const struct evidence *e);

/* The hop at whose place it is to be read: the drop, or where a question was heard; NULL: at the source. */
const struct hop *stack_look_at(const struct evidence *e);

/* Adds the facts; to be called last. */
void stack_facts(struct evidence *e);

#endif
