/* SPDX-License-Identifier: GPL-2.0 */
/* SRC and DST of the command line: who they are, and on which network they meet. */
#ifndef DD_OPERAND_H
#define DD_OPERAND_H

#include "cmd/scene.h"

/* One operand while it is being resolved. */
struct operand {
	const char *word;
	enum role role;
	struct endpoint *end;
	struct container container; /* name empty: none */
	const struct attachment *at; /* the network taken; NULL: none */
};

/*
 * Who the word means: fills end's kind, name, id, and for an address its ip; opens the namespace that a
 * word names itself. Errors are logged.
 */
int operand_resolve(struct places *p, struct operand *op);

/*
 * The family that the words themselves ask for, or asked: AF_UNSPEC if neither does. -EAFNOSUPPORT if
 * they disagree; errors are logged.
 */
int operands_family(const struct operand ops[2], int asked, int *out);

/*
 * Where one end is a namespace and the other the engine's container, the engine's names for the bridges of
 * both. Errors are logged.
 */
int operands_match(const struct places *p, struct operand ops[2]);

/*
 * The network of each, by role, and whether it is the same: the one that wanted names (NULL: any),
 * the shared one before others. family AF_UNSPEC: IPv4 if both ends have it on the shared network, else
 * IPv6 if both have that. Fills the addresses. Errors are logged.
 */
int operands_choose(struct operand ops[2], const char *wanted, int family, bool *shared);

/* Why operands_choose() took the source's network; shared: the two are on it. */
enum choice operand_choice(const struct operand ops[2], const char *wanted, bool shared);

/*
 * Without a network in common, and none asked for, a source on several networks sends from the one
 * that its routes choose. Needs its namespace. Returns whether they chose one.
 */
bool operand_by_route(const struct scene *scene, const struct places *p, struct operand *op);

/* Fills scene->network, and .dst_network where it is another. Errors are logged. */
int operands_networks(const struct places *p, const struct operand ops[2], struct scene *scene);

#endif
