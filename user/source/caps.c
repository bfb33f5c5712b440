/* SPDX-License-Identifier: GPL-2.0 */
#include "source/caps.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/array.h"
#include "base/log.h"
#include "base/strbuf.h"

/*
 * SYS_ADMIN for setns(2) and, before 5.8, for BPF; NET_ADMIN for netlink and netfilter links;
 * NET_RAW for the probes; SYS_PTRACE for the namespaces of other users' processes; SYSLOG for
 * kernel addresses.
 */
static const cap_value_t needed[] = { CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_PTRACE,
				      CAP_SYSLOG };

static void missing_add(struct strbuf *missing, cap_value_t cap)
{
	char *name = cap_to_name(cap);

	strbuf_addf(missing, "%s%s", missing->len ? ", " : "", name ? name : "?");
	cap_free(name);
}

void caps_missing(char *out, size_t out_len)
{
	cap_t caps = cap_get_proc();
	struct strbuf missing = { 0 };
	cap_flag_value_t set;

	for (size_t i = 0; caps && i < ARRAY_SIZE(needed); i++)
		if (!cap_get_flag(caps, needed[i], CAP_EFFECTIVE, &set) && set != CAP_SET)
			missing_add(&missing, needed[i]);
	text_copy(out, out_len, strbuf_str(&missing));
	strbuf_free(&missing);
	cap_free(caps);
}

int caps_check(void)
{
	char missing[256];

	caps_missing(missing, sizeof(missing));
	if (!*missing)
		return 0;
	log_error("missing privileges (%s): run it as root, with sudo", missing);
	return -EPERM;
}

/* The bounding set, which execve(2) of root would fill the others from. */
static int bounds_drop(cap_t keep)
{
	for (cap_value_t cap = 0; cap < CAP_LAST_CAP + 1; cap++) {
		cap_flag_value_t set = CAP_CLEAR;

		cap_get_flag(keep, cap, CAP_PERMITTED, &set);
		if (set == CAP_CLEAR && cap_get_bound(cap) > 0 && cap_drop_bound(cap))
			return -errno;
	}
	return 0;
}

int caps_reduce(bool keep_files)
{
	static const cap_value_t kept[] = { CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_NET_ADMIN,
					    CAP_NET_RAW, CAP_DAC_OVERRIDE };
	int n = ARRAY_SIZE(kept) - !keep_files, err = 0;
	cap_t caps = cap_init();

	if (!caps || cap_set_flag(caps, CAP_PERMITTED, n, kept, CAP_SET) ||
	    cap_set_flag(caps, CAP_EFFECTIVE, n, kept, CAP_SET))
		err = -errno;
	/* without SETPCAP the bounding set stays; what is not permitted cannot come back all the same */
	if (!err && bounds_drop(caps) == -ENOMEM)
		err = -ENOMEM;
	if (!err && (cap_set_proc(caps) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		err = -errno;
	cap_free(caps);
	if (err)
		log_error("privileges cannot be given up (%s): run it as root", strerror(-err));
	return err;
}
