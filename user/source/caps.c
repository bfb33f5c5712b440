/* SPDX-License-Identifier: GPL-2.0 */
#include "source/caps.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>

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
