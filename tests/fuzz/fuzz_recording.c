/* SPDX-License-Identifier: GPL-2.0 */
/* A file that report is given: anything at all. What could be read is printed, in both forms. */
#include "fuzz.h"
#include "source/pcapng.h"
#include "view/losses.h"
#include "view/recording.h"

static void print(const struct recording *r)
{
	static FILE *null;
	const struct loss **kinds __free = NULL;
	struct loss_totals totals;
	long n = recording_sorted(r, LOSS_SHOWN, &kinds);
	const struct text_style style = { .width = 80 };
	char *json __free = NULL;

	null = null ? null : fopen("/dev/null", "we");
	if (n < 0 || !null)
		return;
	recording_totals(r, &totals);
	losses_summary(null, &(struct losses_sum){ .totals = &totals, .kinds = kinds, .n = n,
						   .from_ns = r->from_ns, .to_ns = r->to_ns }, &style);
	losses_timeline(null, r->timeline, r->seconds, r->from_ns);
	losses_talkers(null, kinds, n);
	json = loss_json_document(&(struct loss_document){
		.scene = &r->scene, .from_ns = r->from_ns, .to_ns = r->to_ns, .totals = &totals,
		.kinds = kinds, .n = n, .timeline = r->timeline,
		.seconds = r->seconds > 1000 ? 1000 : r->seconds });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pcapng_reader *reader __cleanup(cleanup_pcapng_reader) = NULL;
	struct recording r __cleanup(recording_free) = { 0 };
	struct pcapng_record record;

	if (pcapng_reader_memory(data, len, &reader))
		return 0;
	while (pcapng_next(reader, &record) == 1)
		if (record.kind == PCAPNG_TEXT)
			recording_line(&r, record.text);
	print(&r);
	return 0;
}
