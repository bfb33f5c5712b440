/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/help.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/option_rows.h"

static void help_overall(FILE *out)
{
	fprintf(out, "dockdrop %s: says why two Docker containers cannot talk\n\n"
		     "Usage: dockdrop COMMAND [OPTION]... [OPERAND]...\n\nCommands:\n",
		DOCKDROP_VERSION);
	for (int i = COMMAND_NONE + 1; i < N_COMMANDS; i++) {
		const struct about *about = command_about((enum command)i);

		fprintf(out, "  %-11s%-10s%s\n", about->name, about->operands, about->summary);
	}
	fputs("\nMore on one of them: dockdrop COMMAND --help\n", out);
}

static void help_row(FILE *out, const struct row *row, enum command command)
{
	const char *text = option_row_help(row, command);
	char left[32];
	size_t len;

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
		 row->arg ? " " : "", row->arg ? row->arg : "");
	fprintf(out, "  %-22s", left);
	for (; len = strcspn(text, "\n"), text[len]; text += len + 1)
		fprintf(out, "%.*s\n%24s", (int)len, text, "");
	fprintf(out, "%s\n", text);
}

void help_print(FILE *out, enum command command)
{
	const struct about *about = command_about(command);
	const struct row *row;
	const char *section = NULL, *shown = NULL;

	if (!about) {
		help_overall(out);
		return;
	}
	fprintf(out, "Usage: dockdrop %s [OPTION]...%s%s\n\n%s", about->name,
		*about->operands ? " " : "", about->operands, about->text);
	for (size_t i = 0; (row = option_row(i)); i++) {
		section = row->section ? row->section : section;
		if (!option_row_is_of(row, command))
			continue;
		if (section != shown)
			fprintf(out, "\n%s:\n", section);
		shown = section;
		help_row(out, row, command);
	}
	fprintf(out, "\n%s", about->end);
}
