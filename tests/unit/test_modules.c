/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel cannot load, told by directories of the test's own. */
#include "source/modules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *loaded;

static bool is_loaded(const char *name)
{
	return strstr(loaded, name);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* NULL: no such directory, or file. */
static void test_lack(void **state)
{
	static const struct {
		const char *release, *dep, *builtin, *loaded, *lack;
	} cases[] = {
		{ NULL, NULL, NULL, "", "" }, /* of no kernel at all */
		{ "6.1.0-1", "", "", "", "/lib/modules has none of kernel 6.1.0-2, which runs" },
		{ "6.1.0-2", "kernel/net/netfilter/xt_addrtype.ko.xz:\n", "kernel/net/netfilter/nf_nat.ko\n",
		  "xt_conntrack", "" },
		{ "6.1.0-2", "kernel/net/netfilter/xt_conntrack.ko: kernel/net/netfilter/nf_nat.ko\n", "", "",
		  "/lib/modules/6.1.0-2 lacks xt_addrtype" },
		{ "6.1.0-2", "extra/wireguard.ko:\n", "kernel/net/my_nf_nat.ko\n", "",
		  "/lib/modules/6.1.0-2 lacks nf_nat, xt_addrtype, xt_conntrack" },
		{ "6.1.0-2", NULL, "", "", "" },
		{ "6.1.0-2", "", NULL, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char dir[] = "/tmp/dockdrop-test.XXXXXX", sub[128], command[160], out[128];

		assert_non_null(mkdtemp(dir));
		loaded = cases[i].loaded;
		if (cases[i].release) {
			snprintf(sub, sizeof(sub), "%s/%s", dir, cases[i].release);
			assert_int_equal(mkdir(sub, 0700), 0);
			if (cases[i].dep)
				put(sub, "modules.dep", cases[i].dep);
			if (cases[i].builtin)
				put(sub, "modules.builtin", cases[i].builtin);
		}
		modules_lack_in(dir, "6.1.0-2", is_loaded, out, sizeof(out));
		snprintf(command, sizeof(command), "rm -r %s", dir);
		assert_int_equal(system(command), 0);
		assert_string_equal(out, cases[i].lack);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
