/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every rule of a network namespace at once, as text, of all backends: for those who read rules
 * rather than ask for one. Read-only; no table is created and no module is loaded by looking.
 */
#ifndef DD_RULESET_DUMP_H
#define DD_RULESET_DUMP_H

#include "checkup.h"

/*
 * The rules of nftables and of iptables-nft. 0 also where there are none; -ENOENT: a program that
 * prints them is not installed. On an error out holds what could be read.
 */
int ruleset_dump(int netns, struct rules_view *out);

/* Adds those of iptables-legacy, and whether there are some of arptables-legacy. 0 also where there are none; -ENOEXEC: nobody can print them. */
int ruleset_dump_legacy(int netns, struct rules_view *out);

/* Adds those of ebtables-legacy; errors as ebtables_print(), of which -ENODATA is none. */
int ruleset_dump_ebtables(int netns, struct rules_view *out);

void ruleset_dump_free(struct rules_view *v);

/*
 * Parsers behind them, for tests: the output of iptables-save, with counters or without, and of
 * nft --handle --stateless list ruleset. They take the text over and cut it up. -EPROTO, -ENOMEM.
 */
int ruleset_dump_save(char *text, enum backend backend, uint8_t family, struct rules_view *out);
int ruleset_dump_nft(char *text, struct rules_view *out);

#endif
