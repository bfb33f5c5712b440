/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The members of the objects that watch prints and a recording holds, and where each stands in its
 * struct: written by loss_json, read back by loss_parse.
 */
#ifndef DD_LOSS_FIELDS_H
#define DD_LOSS_FIELDS_H

#include <stddef.h>

enum loss_field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_IP, FIELD_WORD, FIELD_OWNED };

/*
 * A member, and where it stands in the object: "src.name" is the member name of the object src. What is
 * FIELD_OWNED is a text of its own length, NULL if there is none.
 */
struct loss_field {
	const char *path;
	enum loss_field_type type;
	size_t offset, size;
	const char *(*word)(int value); /* of FIELD_WORD; NULL for a value that has none */
};

struct loss_fields {
	const struct loss_field *rows;
	size_t n;
};

extern const struct loss_fields loss_fields_kind;   /* of struct loss */
extern const struct loss_fields loss_fields_rule;   /* of struct loss, if its rule is known */
extern const struct loss_fields loss_fields_scene;  /* of struct scene */
extern const struct loss_fields loss_fields_totals; /* of struct loss_totals */

#endif
