/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ksym.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"

/* A name is an offset into the one block of text: 200,000 symbols in two allocations. */
struct entry {
	uint64_t address;
	uint32_t name;
	uint32_t module; /* empty: built in */
};

struct ksym {
	struct entry *entries;
	size_t n, room;
	struct strbuf text;
	size_t text_room;
	uint32_t module; /* of the last one */
};

/*
 * Only code can be a drop's location; data symbols would shadow it. The padding in front of functions
 * is none, though since 6.2 half of all symbols are its (CONFIG_PREFIX_SYMBOLS, x86).
 */
static bool is_code(char type, const char *name)
{
	static const char prefix[] = "__pfx_";

	return strchr("tTwW", type) && strncmp(name, prefix, strlen(prefix)) != 0;
}

/* Doubles the room, since strbuf and reallocarray by one element would copy every time. */
static int text_add(struct ksym *k, const char *name, uint32_t *offset)
{
	size_t len = strlen(name) + 1;

	if (k->text.len + len > k->text_room) {
		size_t room = (k->text_room + len) * 2;
		char *text = realloc(k->text.text, room);

		if (!text)
			return -ENOMEM;
		k->text.text = text;
		k->text_room = room;
	}
	memcpy(k->text.text + k->text.len, name, len);
	*offset = k->text.len;
	k->text.len += len;
	return 0;
}

/* Those of one module stand together: its name is there once. */
static int module_add(struct ksym *k, const char *module)
{
	return strcmp(k->text.text + k->module, module) ? text_add(k, module, &k->module) : 0;
}

static int entry_add(struct ksym *k, uint64_t address, const char *name, const char *module)
{
	struct entry e = { .address = address };

	if (k->n == k->room) {
		size_t room = k->room ? k->room * 2 : 4096;
		struct entry *entries = reallocarray(k->entries, room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		k->entries = entries;
		k->room = room;
	}
	if (text_add(k, name, &e.name) || module_add(k, module))
		return -ENOMEM;
	e.module = k->module;
	k->entries[k->n++] = e;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* "ffffffff81f653d0 t nft_do_chain	[nf_tables]" */
static int line_parse(struct ksym *k, char *line, bool *hidden)
{
	char *name, *module = "", *end, type;
	uint64_t address = strtoull(line, &end, 16);

	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return 0;
	if (!address) {
		*hidden = true;
		return 0;
	}
	type = end[1];
	name = end + 3;
	name[strcspn(name, "\n")] = '\0';
	end = name + strcspn(name, " \t");
	if (*end) {
		*end++ = '\0';
		module = end + strspn(end, " \t[");
		module[strcspn(module, "]")] = '\0';
	}
	return is_code(type, name) ? entry_add(k, address, name, module) : 0;
}

int ksym_parse(FILE *in, struct ksym **out)
{
	struct ksym *k __cleanup(cleanup_ksym) = calloc(1, sizeof(*k));
	uint32_t empty;
	char *line __free = NULL;
	bool hidden = false;
	size_t room = 0;

	if (!k || text_add(k, "", &empty))
		return -ENOMEM;
	while (getline(&line, &room, in) > 0)
		if (line_parse(k, line, &hidden))
			return -ENOMEM;
	if (!k->n)
		return hidden ? -EPERM : -ENODATA;
	qsort(k->entries, k->n, sizeof(*k->entries), by_address);
	*out = take_ptr(k);
	return 0;
}

int ksym_open(struct ksym **out)
{
	FILE *in __fclose = fopen("/proc/kallsyms", "re");
	int err = in ? ksym_parse(in, out) : -errno;

	if (err)
		log_error("/proc/kallsyms shows no addresses (%s): run as root and set "
			  "kernel.kptr_restrict to 0 or 1", strerror(-err));
	return err;
}

void ksym_free(struct ksym *k)
{
	if (!k)
		return;
	free(k->entries);
	free(k->text.text);
	free(k);
}

void cleanup_ksym(struct ksym **k)
{
	ksym_free(*k);
}

void ksym_lookup(const struct ksym *k, uint64_t address, struct symbol *out)
{
	size_t low = 0, high = k ? k->n : 0;
	const struct entry *e;

	*out = (struct symbol){ 0 };
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->entries[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return;
	e = &k->entries[low - 1];
	if (address - e->address > UINT16_MAX * 16)
		return; /* farther than any function is long: not in the table */
	text_copy(out->function, sizeof(out->function), k->text.text + e->name);
	text_copy(out->module, sizeof(out->module), k->text.text + e->module);
	out->offset = address - e->address;
}

struct wanted {
	const char *name;
	size_t i; /* in the caller's order */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->name, ((const struct wanted *)b)->name);
}

/* A bit for each pair of first and last letter: nearly all symbols are none of those wanted. */
static size_t letters(const char *name, size_t len)
{
	return (unsigned char)name[0] << 8 | (len ? (unsigned char)name[len - 1] : 0);
}

void ksym_modules(const struct ksym *k, const char *const names[], size_t n, const char *modules[])
{
	struct wanted *wanted __free = calloc(n, sizeof(*wanted));
	uint8_t *seen __free = calloc(1 << 16, 1);

	for (size_t i = 0; i < n; i++)
		modules[i] = NULL;
	if (!wanted || !seen)
		return;
	for (size_t i = 0; i < n; i++) {
		wanted[i] = (struct wanted){ names[i], i };
		seen[letters(names[i], strlen(names[i]))] = 1;
	}
	qsort(wanted, n, sizeof(*wanted), by_name);
	for (size_t i = 0; i < k->n; i++) {
		struct wanted key = { k->text.text + k->entries[i].name, 0 }, *found;

		if (!seen[letters(key.name, strlen(key.name))])
			continue;
		found = bsearch(&key, wanted, n, sizeof(*wanted), by_name);
		for (size_t j = 0; found && j < n; j++)
			if (!strcmp(names[j], key.name))
				modules[j] = k->text.text + k->entries[i].module;
	}
}
