/* SPDX-License-Identifier: GPL-2.0 */
#include "source/modules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/hostfiles.h"

/* Of iptables and of its variant for nf_tables, by whatever names the tables' own modules go. */
static const char *const needed[] = { "nf_nat", "xt_addrtype", "xt_conntrack" };

/* "kernel/net/netfilter/xt_addrtype.ko.xz: ..." in modules.dep, "....ko" in modules.builtin. */
static bool is_listed(const char *dir, const char *release, const char *list, const char *module)
{
	char path[PATH_MAX], name[64], line[8192];
	FILE *f __fclose = NULL;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, release, list);
	snprintf(name, sizeof(name), "/%s.ko", module);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, name))
			return true;
	return !f; /* without a list nothing is missing in it */
}

/* One without any kernel's modules is of a container, or of a system that keeps them elsewhere. */
static bool holds_anything(const char *dir)
{
	DIR *d __closedir = opendir(dir);
	const struct dirent *e = NULL;

	while (d && (e = readdir(d)) && e->d_name[0] == '.')
		;
	return e;
}

void modules_lack_in(const char *dir, const char *release, bool (*is_loaded)(const char *name), char *out,
		     size_t out_len)
{
	struct strbuf lack __cleanup(strbuf_free) = { 0 };
	char path[PATH_MAX];

	*out = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, release);
	if (access(path, F_OK)) {
		if (errno == ENOENT && holds_anything(dir))
			snprintf(out, out_len, "/lib/modules has none of kernel %s, which runs", release);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!is_listed(dir, release, "modules.dep", needed[i]) &&
		    !is_listed(dir, release, "modules.builtin", needed[i]) && !is_loaded(needed[i]))
			strbuf_addf(&lack, "%s%s", lack.len ? ", " : "", needed[i]);
	if (lack.len)
		snprintf(out, out_len, "/lib/modules/%s lacks %s", release, strbuf_str(&lack));
}

void modules_lack(int pid, char *out, size_t out_len)
{
	struct utsname name;
	char dir[64];

	*out = '\0';
	/* without the file all that the kernel has is built in */
	if (access("/proc/modules", F_OK) || uname(&name))
		return;
	snprintf(dir, sizeof(dir), "/proc/%d/root/lib/modules", pid ? pid : getpid());
	modules_lack_in(dir, name.release, hostfiles_module, out, out_len);
}
