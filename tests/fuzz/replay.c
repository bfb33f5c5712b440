/* SPDX-License-Identifier: GPL-2.0 */
/* replay FILE...: a fuzzer's corpus without libFuzzer; it ends well, or the sanitizers end it. */
#include <errno.h>
#include <stdio.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static int replay(const char *path)
{
	FILE *in __fclose = fopen(path, "re");
	uint8_t *data __free = malloc(INPUT_MAX);
	size_t len;

	if (!in || !data)
		return -ENOENT;
	len = fread(data, 1, INPUT_MAX, in);
	return LLVMFuzzerTestOneInput(data, len);
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]) != 0;
	printf("%s 1 - %d inputs\n", failed ? "not ok" : "ok", argc - 1);
	return failed;
}
