/* SPDX-License-Identifier: GPL-2.0 */
#include "core/layer.h"

#include <string.h>

#include "base/array.h"

static const struct layer_row {
	const char *prefix;
	bool by_reason;
	enum layer layer;
} rows[] = {
#define REASON(prefix, layer) { prefix, true, layer },
#define FUNCTION(prefix, layer) { prefix, false, layer },
#include "core/layers.def"
#undef REASON
#undef FUNCTION
};

enum layer layer_of(const char *reason, const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].by_reason ? reason : function;

		if (!strncmp(text, rows[i].prefix, strlen(rows[i].prefix)))
			return rows[i].layer;
	}
	return LAYER_UNKNOWN;
}
