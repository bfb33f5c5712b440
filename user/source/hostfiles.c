/* SPDX-License-Identifier: GPL-2.0 */
#include "source/hostfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "source/netns.h"
#include "source/run.h"

#define FILE_MAX     (4 << 20)
#define RECORDS_MAX  200000 /* more than any ring buffer holds */
#define RECORD_LEN   8192   /* CONSOLE_EXT_LOG_MAX: the kernel's own limit */
#define JOURNAL_ROWS "2000"
#define HOUR_US	     3600000000ull

/* The file of another process's root, whole; NULL: none. Never one that would block or not end. */
static char *file_read(int pid, const char *path)
{
	char full[PATH_MAX], *text;
	int fd __close = -1;
	ssize_t len;

	if (pid)
		snprintf(full, sizeof(full), "/proc/%d/root%s", pid, path);
	else
		snprintf(full, sizeof(full), "%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	text = fd < 0 ? NULL : malloc(FILE_MAX + 1);
	len = text ? read(fd, text, FILE_MAX) : -1;
	if (len < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

static void lines_give(char *text, const char *where, hostfiles_sink sink, void *ctx)
{
	char *line = text, *end;

	for (; *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		sink(ctx, where, line);
	}
}

int hostfiles_boot_rules(int pid, hostfiles_sink sink, void *ctx)
{
	static const char *const paths[] = {
		"/etc/iptables/rules.v4",      "/etc/iptables/rules.v6",
		"/etc/iptables/iptables.rules", "/etc/iptables/ip6tables.rules",
		"/etc/iptables.rules",	       "/etc/iptables.up.rules",
		"/etc/sysconfig/iptables",     "/etc/sysconfig/ip6tables",
		"/etc/nftables.conf",	       "/etc/sysconfig/nftables.conf",
		"/etc/nftables.rules",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char *text __free = file_read(pid, paths[i]);

		if (text)
			lines_give(text, paths[i], sink, ctx);
	}
	return 0;
}

/*
 * Of a record "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT"; its clock is about CLOCK_MONOTONIC. The priority has
 * the facility above its lowest three bits: whatever is not the kernel's, 0, anybody may have written.
 */
static bool is_news(const char *record)
{
	unsigned long long us = 0;
	unsigned int priority;

	return sscanf(record, "%u,%*u,%llu", &priority, &us) == 2 && priority < 8 &&
	       us + HOUR_US > clock_now_ns() / 1000;
}

/* Documentation/ABI/testing/dev-kmsg: one record a read, "PREFIX;TEXT\n" and lines of keys. */
int hostfiles_kernel_log(hostfiles_sink sink, void *ctx)
{
	int fd __close = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[RECORD_LEN + 1];

	if (fd < 0)
		return -errno;
	for (int i = 0; i < RECORDS_MAX; i++) {
		ssize_t len = read(fd, record, RECORD_LEN);
		char *text;

		if (len < 0 && errno == EPIPE)
			continue; /* overwritten meanwhile */
		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text || !is_news(record))
			continue;
		text[strcspn(text, "\n")] = '\0';
		sink(ctx, "kernel log", text + 1);
	}
	return 0;
}

int hostfiles_journal(int pid, hostfiles_sink sink, void *ctx)
{
	struct strbuf out __cleanup(strbuf_free) = { 0 };
	int self __close = netns_open(0);
	const char *argv[] = { "journalctl", NULL, "--since", "-1h", "-n", JOURNAL_ROWS, "-o", "cat",
			       "--no-pager", "-q", NULL };
	char match[64];
	int err;

	if (access("/run/log/journal", F_OK) && access("/var/log/journal", F_OK))
		return -ENOENT;
	/* systemd, which opened the engine's socket, is not the engine */
	snprintf(match, sizeof(match), pid == 1 ? "_SYSTEMD_UNIT=docker.service" : "_PID=%d", pid);
	argv[1] = match;
	err = self < 0 ? self : run_capture(self, argv, &out);
	if (!err && out.text)
		lines_give(out.text, "engine log", sink, ctx);
	return err;
}

/* neigh_stat_seq_show(): below the titles one line a CPU, of which the first number is the table's. */
int hostfiles_neigh_table(int six, int *count, int *max)
{
	FILE *f __fclose = fopen(six ? "/proc/net/stat/ndisc_cache" : "/proc/net/stat/arp_cache", "re");
	unsigned int entries;
	int limit;

	if (!f || fscanf(f, "%*[^\n] %x", &entries) != 1 ||
	    netns_sysctl(six ? "ipv6/neigh/default/gc_thresh3" : "ipv4/neigh/default/gc_thresh3", &limit))
		return -ENOENT;
	*count = (int)entries;
	*max = limit;
	return 0;
}

bool hostfiles_module(const char *prefix)
{
	FILE *f __fclose = fopen("/proc/modules", "re");
	char name[64];

	while (f && fscanf(f, "%63s%*[^\n]", name) == 1)
		if (!strncmp(name, prefix, strlen(prefix)))
			return true;
	return false;
}
