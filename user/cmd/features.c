/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/features.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "cmd/attribution.h"
#include "cmd/terminal.h"
#include "source/caps.h"
#include "source/docker.h"
#include "source/ksym.h"
#include "source/legacy.h"
#include "source/netns.h"
#include "source/probe.h"
#include "source/reason.h"
#include "source/ruleset.h"
#include "source/run.h"
#include "source/scratch.h"
#include "view/features.h"

#define BTF_DIRECTORY "/sys/kernel/btf"

/* What the rows are made from. */
struct survey {
	const struct options *options;
	struct features *f;
	struct reason *reasons;
	struct ksym *ksym;
	struct scratch *scratch;
	struct probe *probe;
	struct docker *docker;
	int netns; /* the engine's; negative: not reached */
	int legacy_err; /* -ENODATA: iptables-legacy holds no rules there; 0: it can be asked */
};

/* What a row says if it does not work. */
struct missing {
	const char *cost, *remedy;
};

static void row_add(struct features *f, const char *section, const char *name, enum works works,
		    const char *detail, struct missing missing)
{
	struct feature *row = &f->rows[f->n_rows];

	if (f->n_rows == FEATURES_MAX)
		return;
	*row = (struct feature){ .section = section, .name = name, .works = works };
	text_copy(row->detail, sizeof(row->detail), detail ? detail : "");
	if (works != WORKS_YES) {
		row->cost = missing.cost;
		row->remedy = missing.remedy;
	}
	f->n_rows++;
}

static enum works yes_if(bool works)
{
	return works ? WORKS_YES : WORKS_NO;
}

static void add_tried(struct features *f, const char *section, const char *name, int err,
		      struct missing missing)
{
	row_add(f, section, name, yes_if(!err), err ? strerror(-err) : NULL, missing);
}

/* ---- kernel --------------------------------------------------------------------- */

/* Those that BTF is there for, of the modules that matter here and are loaded. */
static void modules_row(struct features *f)
{
	static const char *const wanted[] = { "bridge",	   "br_netfilter", "veth",
					      "nf_tables", "nf_conntrack", "ip_tables" };
	struct strbuf with __cleanup(strbuf_free) = { 0 };
	int n_loaded = 0, n_with = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char path[128];
		bool loaded, has;

		snprintf(path, sizeof(path), "/sys/module/%s/initstate", wanted[i]);
		loaded = !access(path, F_OK);
		snprintf(path, sizeof(path), BTF_DIRECTORY "/%s", wanted[i]);
		has = loaded && !access(path, F_OK);
		n_loaded += loaded;
		n_with += has;
		if (has)
			strbuf_addf(&with, "%s%s", with.len ? ", " : "", wanted[i]);
	}
	row_add(f, "kernel", "BTF of modules", n_loaded ? yes_if(n_with == n_loaded) : WORKS_YES,
		n_loaded ? strbuf_str(&with) : "what matters is built in",
		(struct missing){
			"functions of modules are probed by kprobe, and without their types",
			"a kernel of 5.11 or newer with CONFIG_DEBUG_INFO_BTF_MODULES" });
}

static void kernel_rows(struct survey *s)
{
	bool has_reasons = s->reasons && reason_name(s->reasons, 2)[0];

	row_add(s->f, "kernel", "BTF", yes_if(s->reasons), NULL,
		(struct missing){
			"nothing works without it",
			"a kernel with CONFIG_DEBUG_INFO_BTF, as distributions ship since 2021" });
	modules_row(s->f);
	row_add(s->f, "kernel", "symbols", yes_if(s->ksym), NULL,
		(struct missing){ "nothing works without them",
				  "root, and kernel.kptr_restrict 0 or 1" });
	row_add(s->f, "kernel", "drop reasons", yes_if(has_reasons), NULL,
		(struct missing){ "a drop is told by its function alone",
				  "a kernel of 5.17 or newer" });
}

/* ---- probes --------------------------------------------------------------------- */

static void kinds_rows(struct survey *s)
{
	static const struct {
		const char *name;
		enum probe_kind kind;
		struct missing missing;
	} kinds[] = {
		{ "fentry",
		  PROBE_FENTRY,
		  { "rules are told by kprobes or by a table of our own",
		    "a kernel with CONFIG_FUNCTION_TRACER and BPF trampolines" } },
		{ "kprobe",
		  PROBE_KPROBE,
		  { "where fentry is missing too, the way inside the host is told by devices alone",
		    "a kernel with CONFIG_KPROBES" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		add_tried(s->f, "probes", kinds[i].name, functions_try(s->reasons, kinds[i].kind),
			  kinds[i].missing);
}

static void ignore(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
}

static int probes_open(struct survey *s)
{
	/* nothing matches: what is loaded is what trace would load, for IPv4 */
	const struct dd_filter filter = { .l3 = AF_INET, .l4 = IPPROTO_ICMP };
	enum probe_kind strongest = functions_strongest(s->reasons);
	struct probe_plan plan = {
		.filter = &filter,
		.functions = {
			.btf = s->reasons,
			.ksym = s->ksym,
			.version = 4,
			.protocol = IPPROTO_ICMP,
			.legacy = !s->legacy_err,
			.strongest = strongest < s->options->probes ? strongest : s->options->probes,
		},
	};
	int err = scratch_open(&s->scratch);

	if (err)
		return err;
	plan.test_netns = scratch_netns(s->scratch);
	return probe_open(&plan, ignore, NULL, &s->probe);
}

static void probes_rows(struct survey *s)
{
	int err = probes_open(s);

	add_tried(s->f, "probes", "tracepoint", err,
		  (struct missing){
			  "nothing works without it",
			  "root, or CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN" });
	if (err)
		return;
	row_add(s->f, "probes", "netfilter links", yes_if(probe_has_markers(s->probe)), NULL,
		(struct missing){
			"where functions cannot be probed, hooks that let a packet pass are not shown",
			"a kernel of 6.4 or newer" });
	text_copy(s->f->attach, sizeof(s->f->attach), probe_kind(s->probe));
}

/* ---- rules ---------------------------------------------------------------------- */

static const char *const scheme_names[N_SCHEMES] = {
	[SCHEME_EXPRESSION] = "expression",
	[SCHEME_TRACE] = "trace",
	[SCHEME_NFTRACE] = "nftrace",
};

static bool scheme_works(struct survey *s, enum scheme scheme)
{
	bool works;

	if (scheme == SCHEME_NFTRACE)
		return !scratch_try_owner(s->scratch);
	if (!probe_can(s->probe, scheme))
		return false;
	works = attribution_works(s->probe, s->scratch, scheme);
	/* the first that works stays, as in trace; the others only show that they would */
	if (works && s->f->scheme[0])
		probe_disarm(s->probe, scheme);
	return works;
}

static void scheme_row(struct survey *s, enum scheme scheme, struct missing missing)
{
	bool tried = scheme == SCHEME_NFTRACE || probe_can(s->probe, scheme);
	bool works = scheme_works(s, scheme), used = works && !s->f->scheme[0];

	if (used)
		text_copy(s->f->scheme, sizeof(s->f->scheme), scheme_names[scheme]);
	row_add(s->f, "rules", scheme_names[scheme], yes_if(works),
		used	 ? "in use: a rule of our own was told right"
		: works	 ? "would do as well"
		: !tried ? "its functions cannot be probed here"
			 : "a rule of our own was not told right",
		missing);
}

/* Asked in a namespace of our own, and only where nf_tables is there already. */
static void schemes_rows(struct survey *s)
{
	uint16_t generation;

	if (!s->probe || s->netns < 0)
		return;
	if (ruleset_generation(s->netns, &generation) || scratch_rules(s->scratch)) {
		row_add(s->f, "rules", "nftables", WORKS_UNKNOWN,
			"this kernel has no nf_tables, or not yet", (struct missing){ NULL, NULL });
		return;
	}
	scheme_row(s, SCHEME_EXPRESSION,
		   (struct missing){ "the next scheme is used",
				     "fentry, and a kernel of 5.17 or newer" });
	scheme_row(s, SCHEME_TRACE,
		   (struct missing){ "the next scheme is used", "fentry or kprobes" });
	scheme_row(s, SCHEME_NFTRACE,
		   (struct missing){ "no table of our own can be added safely",
				     "a kernel of 5.12 or newer" });
}

static void tools_rows(struct survey *s)
{
	static const struct {
		const char *name;
		struct run_program program;
		const char *cost, *remedy;
	} tools[] = {
		{ "nft",
		  { "nft", "nft", "nftables" },
		  "rules are printed by the library alone",
		  "install nftables" },
		{ "iptables-nft-save",
		  { "iptables-nft-save", "iptables-save", "nf_tables" },
		  "rules of iptables-nft are shown as nft prints them",
		  "install iptables" },
		{ "iptables-legacy-save",
		  { "iptables-legacy-save", "iptables-save", "legacy" },
		  "rules of iptables-legacy stay unnamed",
		  "install iptables" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		static const char *const version[] = { "-V", NULL };
		struct strbuf out __cleanup(strbuf_free) = { 0 };
		int err = run_program(s->netns, &tools[i].program, version, &out);

		row_add(s->f, "rules", tools[i].name, yes_if(!err), err ? strerror(-err) : NULL,
			(struct missing){ tools[i].cost, tools[i].remedy });
	}
}

static const char *legacy_detail(struct survey *s)
{
	if (s->legacy_err == -ENODATA)
		return "holds no rules";
	if (s->legacy_err)
		return strerror(-s->legacy_err);
	if (s->probe && attribution_counters(s->probe, s->scratch, 4))
		return "in use: its rule is told by the counter that moves while the packet passes";
	return "in use: its rule is told by the counters before and after, as likely";
}

static void legacy_row(struct survey *s)
{
	row_add(s->f, "rules", "iptables-legacy", yes_if(!s->legacy_err || s->legacy_err == -ENODATA),
		legacy_detail(s),
		(struct missing){ "a rule of it stays unnamed", "install iptables" });
}

/* ---- engine --------------------------------------------------------------------- */

static void engine_rows(struct survey *s)
{
	const struct missing none = { "trace cannot run",
				      "start Docker, or name its socket with --host" };
	struct engine *e = &s->f->engine;
	char text[SENTENCE_LEN];
	int err = docker_open(s->options->engine, &s->docker);

	if (!err)
		err = docker_engine(s->docker, e);
	if (!err) {
		s->netns = netns_open(docker_pid(s->docker));
		err = s->netns < 0 ? s->netns : 0;
	}
	if (err) {
		*e = (struct engine){ 0 };
		row_add(s->f, "engine", "reached", WORKS_NO, strerror(-err), none);
		return;
	}
	snprintf(text, sizeof(text), "%s %s, API %s%s", e->name, e->version, e->api_version,
		 e->rootless ? ", rootless" : "");
	row_add(s->f, "engine", "reached", WORKS_YES, text, none);
	ruleset_backend(s->netns, e->firewall_backend, sizeof(e->firewall_backend));
	row_add(s->f, "engine", "firewall", e->firewall_backend[0] ? WORKS_YES : WORKS_UNKNOWN,
		e->firewall_backend[0] ? e->firewall_backend : "holds no rules that could be found",
		(struct missing){ NULL, NULL });
}

/* Not a lack: off means that what passes a bridge meets no iptables. */
static void bridge_rows(struct survey *s)
{
	static const struct {
		const char *name, *sysctl;
	} rows[] = {
		{ "bridged IPv4", "bridge/bridge-nf-call-iptables" },
		{ "bridged IPv6", "bridge/bridge-nf-call-ip6tables" },
		{ "bridged ARP", "bridge/bridge-nf-call-arptables" },
	};
	int back __leave_netns = netns_enter(s->netns);

	if (back < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int value = 0, err = netns_sysctl(rows[i].sysctl, &value);

		row_add(s->f, "br_netfilter", rows[i].name, WORKS_YES,
			err	? "not loaded: traffic within a network meets no IP rules"
			: value ? "on: traffic within a network meets the rules of FORWARD"
				: "off: traffic within a network meets no IP rules",
			(struct missing){ NULL, NULL });
	}
}

/* Whether iptables-legacy is in use, and can be asked: 0, -ENODATA if it holds no rules. */
static int legacy_try(const struct survey *s)
{
	struct legacy *legacy __cleanup(cleanup_legacy) = NULL;

	return s->netns < 0 ? -ENODATA : legacy_snapshot(s->netns, AF_INET, &legacy);
}

/* ---- from start to end ------------------------------------------------------------- */

static void caps_row(struct features *f)
{
	char missing[256];

	caps_missing(missing, sizeof(missing));
	row_add(f, "privileges", "capabilities", yes_if(!*missing), *missing ? missing : NULL,
		(struct missing){ "trace cannot run", "run it as root, with sudo" });
	f->can_trace = !*missing;
}

static void host_fill(struct features *f)
{
	struct utsname u;

	uname(&u);
	text_copy(f->tool_version, sizeof(f->tool_version), DOCKDROP_VERSION);
	text_copy(f->kernel, sizeof(f->kernel), u.release);
	text_copy(f->arch, sizeof(f->arch), u.machine);
}

static void survey_close(struct survey *s)
{
	uint64_t start_ns = clock_now_ns();

	probe_close(s->probe);
	s->f->detach_us = s->probe ? (clock_now_ns() - start_ns) / 1000 : 0;
	scratch_close(s->scratch);
	docker_close(s->docker);
	if (s->netns >= 0)
		close(s->netns);
}

static void survey_make(struct survey *s)
{
	caps_row(s->f);
	/* each logs for itself why it is not to be had */
	if (s->f->can_trace && !reason_open(&s->reasons))
		ksym_open(&s->ksym);
	kernel_rows(s);
	engine_rows(s);
	s->legacy_err = legacy_try(s);
	if (s->reasons && s->ksym) {
		kinds_rows(s);
		probes_rows(s);
		schemes_rows(s);
	}
	s->f->can_trace &= s->probe && s->netns >= 0;
	if (s->netns >= 0) {
		tools_rows(s);
		legacy_row(s);
		bridge_rows(s);
	}
	if (s->probe)
		s->f->n_programs =
			probe_costs(s->probe, s->f->programs, &s->f->load_us, &s->f->attach_us);
}

int cmd_features(const struct options *o)
{
	struct reason *reasons __cleanup(cleanup_reason)
	= NULL;
	struct ksym *ksym __cleanup(cleanup_ksym)
	= NULL;
	struct features *f __free = calloc(1, sizeof(*f));
	struct survey s = { .options = o, .f = f, .netns = -1 };
	int err = 0;

	if (!f)
		return EXIT_CANNOT_RUN;
	host_fill(f);
	survey_make(&s);
	reasons = s.reasons;
	ksym = s.ksym;
	survey_close(&s);
	if (o->json)
		err = features_json(stdout, f);
	else
		features_text(stdout, f, terminal_colour(o->colour), o->verbose);
	return !err && f->can_trace ? EXIT_DELIVERED : EXIT_CANNOT_RUN;
}
