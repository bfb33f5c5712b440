/* SPDX-License-Identifier: GPL-2.0 */
/* Samples of watch: decoded, put into the accounts, printed, and written without names. */
#include "fuzz.h"
#include "core/decode.h"
#include "core/ledger.h"
#include "core/loss.h"
#include "core/redact.h"
#include "view/loss_parse.h"
#include "view/losses.h"

static void show(const struct loss *loss, const struct dd_sample *s)
{
	const struct loss_event event = { .time_ns = s->ev.ts_ns, .not_shown = s->n, .pkt = s->ev.pkt };
	char *json __free = loss_json_event(loss, &event), *kind __free = loss_json_kind(loss);
	char *comment __free = losses_comment(loss, &event);
	struct loss back __cleanup(loss_clear) = { 0 };

	if (json && kind && comment && loss_parse_kind(kind, &back))
		abort(); /* what was written can be read */
}

static void without_names(const uint8_t *data, size_t len)
{
	struct redact *r = NULL;
	uint8_t *frame __free = malloc(len + 1);

	if (!frame || redact_new(&r))
		return;
	memcpy(frame, data, len);
	redact_frame(r, frame, len);
	redact_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cast *cast __cleanup(cleanup_cast) = NULL;
	struct ledger *ledger __cleanup(cleanup_ledger) = NULL;
	struct ledger_names names = { .host_netns = 7 };
	struct dd_sample s;
	struct loss *loss;

	without_names(data, len < 2000 ? len : 2000);
	if (decode_sample(data, len, &s) || cast_new(&cast))
		return 0;
	names.cast = cast;
	if (ledger_new(&names, &ledger))
		return 0;
	loss = ledger_find(ledger, &s.flow);
	if (!loss)
		return 0;
	ledger_count(ledger, loss, s.n, s.ev.ts_ns);
	show(loss, &s);
	return 0;
}
