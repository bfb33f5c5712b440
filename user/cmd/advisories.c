/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/advisories.h"

#include <stdio.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/terminal.h"
#include "core/version.h"
#include "view/advisories.h"

int cmd_advisories(const struct options *o)
{
	struct version version;
	char shown[64];

	if (o->engine_version && version_parse(o->engine_version, &version)) {
		log_error("--engine: '%s' is no version of Docker Engine: it should be like 28.5.2",
			  safe_text(shown, sizeof(shown), o->engine_version));
		return EXIT_BAD_USAGE;
	}
	if (o->json)
		return advisories_json(stdout, o->engine_version) ? EXIT_CANNOT_RUN : EXIT_DELIVERED;
	if (!advisories_text(stdout, o->engine_version, terminal_width(TERMINAL_COLUMNS)))
		printf("nothing is known of %s\n", o->engine_version);
	return EXIT_DELIVERED;
}
