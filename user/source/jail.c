/* SPDX-License-Identifier: GPL-2.0 */
#include "source/jail.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

#include "base/array.h"

/* By a list of what is allowed nft, iptables-save and every library would have to be known by heart. */
static const int refused[] = {
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(fsconfig), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(quotactl), SCMP_SYS(acct),
	SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(vhangup),
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer stops its own threads by that */
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
};

int jail_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err = filter ? 0 : -ENOMEM;

	/* a call that this machine does not have cannot be made */
	for (size_t i = 0; !err && i < ARRAY_SIZE(refused); i++) {
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
		err = err == -EDOM ? 0 : err;
	}
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}
