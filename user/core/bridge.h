/* SPDX-License-Identifier: GPL-2.0 */
/* Why a bridge did not pass a frame on, as far as the state of its ports and tables tells. */
#ifndef DD_BRIDGE_H
#define DD_BRIDGE_H

#include "base/strbuf.h"
#include "core/evidence.h"

/* Adds to e's facts; sets .at_fault and .link unless a device is at fault already. */
void bridge_facts(struct evidence *e);

/* The same of macvlan's and ipvlan's way to be on one link, once it is known that nobody answered. */
void bridge_parent_facts(struct evidence *e);

/* Words for causes.def, as core/fill.c has them. */
bool bridge_add_vlan(const struct evidence *e, struct strbuf *out);
bool bridge_add_vlan_why(const struct evidence *e, struct strbuf *out);
bool bridge_add_vlan_fix(const struct evidence *e, struct strbuf *out);
bool bridge_add_entry(const struct evidence *e, struct strbuf *out);
bool bridge_add_entry_del(const struct evidence *e, struct strbuf *out);
bool bridge_add_flood(const struct evidence *e, struct strbuf *out);
bool bridge_add_flood_flag(const struct evidence *e, struct strbuf *out);

/* The VLAN that the lost frame was of; 0: the bridge does not filter, or it was of none. */
uint16_t bridge_vlan(const struct evidence *e);

#endif
