/* SPDX-License-Identifier: GPL-2.0 */
/* Which step through the rules made a drop, and what the hooks' markers say where none was told. */
#ifndef DD_HITS_H
#define DD_HITS_H

#include "core/journey.h"

/* NULL: none was told. Borrowed from the journey. */
const struct hit *hits_find(const struct journey *j, const struct hop *drop);

/* The chain that dropped knows its hook; the stack only shows who called, if that. */
void hits_tell_hooks(struct journey *j);

/* The last marker that the packet passed on the hook that dropped it; 0: none. */
enum dd_hook_stage hits_stage(const struct journey *j, const struct hop *drop);

/* The table of iptables by that marker; "": it does not tell. Static. */
const char *hits_table(const struct journey *j, const struct hop *drop);

/*
 * Some hooks are inlined into what calls them. Where the kernel gives no reason either, the rule that
 * ended this packet just before says that its drop is netfilter's, and on which hook.
 */
void hits_hook(const struct journey *j, struct hop *drop);

#endif
