/* SPDX-License-Identifier: GPL-2.0 */
#include "source/bpflinks.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/bpfcall.h"
#include "source/netns.h"

#define LINKS_MAX 65536 /* ends a walk that others keep making longer */
#define OWN_PREFIX "dd_hook_"

#define LINK_TYPE_NETFILTER 10 /* include/uapi/linux/bpf.h of 6.4 */

/* The head of struct bpf_link_info as of 6.4, its union starting at 16 bytes. */
struct link_info {
	uint32_t type, id, prog_id, pad;
	uint32_t pf, hooknum;
	int32_t priority;
	uint32_t flags;
	uint32_t room[4];
};
_Static_assert(offsetof(struct link_info, pf) == 16, "the union of struct bpf_link_info");

static int next_id(uint32_t *id)
{
	union bpf_attr attr = { .start_id = *id };
	int err = bpfcall(BPF_LINK_GET_NEXT_ID, &attr, sizeof(attr));

	if (!err)
		*id = attr.next_id;
	return err;
}

/* Whether it is a link of the place; -ENOENT: it is gone by now. */
static int link_read(uint32_t id, const struct bpflinks_place *place, struct link_info *out)
{
	union bpf_attr by_id = { .link_id = id };
	struct link_info info = { 0 };
	int fd __close = bpfcall(BPF_LINK_GET_FD_BY_ID, &by_id, sizeof(by_id));
	int err = fd < 0 ? fd : bpfcall_info(fd, &info, sizeof(info));

	if (err)
		return err;
	*out = info;
	return info.type == LINK_TYPE_NETFILTER && info.pf == place->pf &&
	       info.hooknum == place->hook && info.priority > place->above &&
	       info.priority < place->below &&
	       (!place->program || info.prog_id == place->program);
}

/* A program that accepts every packet, or a negative errno. */
static int acceptor_load(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = NF_ACCEPT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = PROG_TYPE_NETFILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
		.prog_name = OWN_PREFIX "try",
		.expected_attach_type = ATTACH_TYPE_NETFILTER,
	};

	return bpfcall(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Whether anything has this priority on the hook in the current namespace. */
static bool is_taken(int acceptor, const struct link_info *info)
{
	int fd __close = bpfcall_link_netfilter(acceptor, info->pf, info->hooknum, info->priority);

	return fd == -EBUSY;
}

static void describe(const struct link_info *info, const char *name, struct culprit *out)
{
	*out = (struct culprit){ .kind = CULPRIT_PROGRAM, .program = info->prog_id,
				 .link = info->id, .priority = info->priority };
	text_copy(out->name, sizeof(out->name), name);
}

int bpflinks_netfilter(int netns, const struct bpflinks_place *place, struct culprit *out)
{
	int back __leave_netns = netns_enter(netns);
	int acceptor __close = back < 0 ? back : acceptor_load();
	struct link_info info = { 0 };
	uint32_t id = 0;
	int n = 0, err = acceptor < 0 ? acceptor : 0;

	for (int i = 0; i < LINKS_MAX && !err; i++) {
		char name[BPF_OBJ_NAME_LEN] = "";

		err = next_id(&id);
		if (err || link_read(id, place, &info) != 1)
			continue;
		bpfcall_program_name(info.prog_id, name, sizeof(name));
		if (!strncmp(name, OWN_PREFIX, strlen(OWN_PREFIX)) || !is_taken(acceptor, &info))
			continue;
		if (!n++ || info.priority < out->priority)
			describe(&info, name, out);
	}
	return err == -ENOENT || !err ? n : err;
}
