/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For files that leave the house: other names and addresses in the place of the real ones, the same for
 * the same. Who is who cannot be told from what is left, who talked to whom can.
 */
#ifndef DD_REDACT_H
#define DD_REDACT_H

#include <stddef.h>

#include "core/cast.h"
#include "incident.h"

struct redact;

int redact_new(struct redact **out);
void redact_free(struct redact *r);

/* Learns the names of everybody on stage, so that they are found in texts. */
void redact_learn(struct redact *r, const struct cast *cast);

/* A copy without names and addresses; its texts are its own: loss_clear(). */
int redact_loss(struct redact *r, const struct loss *loss, struct loss *out);

/* The cast under other names. */
int redact_cast(struct redact *r, const struct cast *cast, struct cast **out);

/* In their place; those that everybody has, or that are everybody's, stay. */
void redact_ip(struct redact *r, struct ip *ip);
void redact_mac(struct redact *r, uint8_t mac[6]);

/* An Ethernet frame, of which caplen bytes are there: addresses are replaced, payload is cleared. */
void redact_frame(struct redact *r, uint8_t *frame, size_t caplen);

/* Text with words replaced; cut to fit. Returns out. */
char *redact_text(struct redact *r, const char *text, char *out, size_t out_len);

#endif
