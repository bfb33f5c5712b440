/* SPDX-License-Identifier: GPL-2.0 */
/* What it means: the drop, its cause, and everything that the views show. */
#ifndef DD_VERDICT_H
#define DD_VERDICT_H

#include "arrived.h"
#include "hop.h"
#include "rule.h"

#define REMEDIES_MAX 4
#define ALSO_MAX 4
#define ADVISORIES_MAX 8

struct drop {
	bool found;
	int count; /* probes, or packets where probes shared one fate */
	struct hop hop;
	uint32_t length; /* bytes */
	bool in_netfilter; /* the netfilter member is set */
	uint8_t hook_num, hook_pf;
	bool hook_known;
	bool rule_known; /* .rule is set */
	struct rule rule;
	enum owner owner;
	enum purpose purpose;
	struct culprit culprit;
	struct program program; /* that ended it; kind empty: unknown, or none */
	struct queue queue;     /* the same */
	bool in_bridge;  /* the bridge member is set */
	char bridge[DD_IFNAME_LEN];
	struct link port; /* the port that would not take or pass it; ifindex 0: it is missing */
	uint16_t vlan;    /* of the frame, where the bridge filters; 0: none or unknown */
};

enum verdict_kind {
	VERDICT_DELIVERED, VERDICT_DROPPED, VERDICT_REFUSED, VERDICT_UNANSWERED, VERDICT_UNSENT,
	VERDICT_VANISHED, VERDICT_INCONCLUSIVE,
	N_VERDICTS,
};

enum confidence { CONFIDENCE_EXACT, CONFIDENCE_LIKELY, CONFIDENCE_POSSIBLE };
#define N_CONFIDENCES 3

struct cause {
	char id[SHORT_LEN]; /* empty: none */
	enum confidence confidence;
	char text[SENTENCE_LEN];
	char remedy[REMEDIES_MAX][SENTENCE_LEN];
	int n_remedies;
};

enum advisory_kind {
	ADVISORY_REGRESSION, ADVISORY_BUG,
	ADVISORY_CHANGE,      /* on purpose */
	ADVISORY_LIMITATION,
	ADVISORY_ENVIRONMENT, /* not of the engine's doing */
	ADVISORY_STATE,       /* ... but of something that was left behind */
	ADVISORY_REPORT,      /* unconfirmed */
	N_ADVISORY_KINDS,
};

/* What is known of this version of the engine and fits what was seen. */
struct advisory {
	const char *id, *url; /* static */
	const char *fixed_in; /* static; empty: nowhere, or it is not known */
	enum advisory_kind kind;
	char text[SENTENCE_LEN];
};

struct probe_result {
	int n; /* from 1 */
	enum verdict_kind result;
	int64_t rtt_us; /* -1: no answer */
	uint64_t sent_ns;
	const struct hop *drop; /* owned by the session; NULL: no drop of it was reported */
	const struct hit *hit;  /* owned by the session; the step that dropped it, NULL: unknown */
	bool alike; /* dropped where the verdict's drop was, and by its rule */
};

#define RESETS_MAX 8

enum resetter {
	RESET_BY_APPLICATION, /* it closed or gave up the connection */
	RESET_BY_NO_LISTENER, /* the kernel: nobody listens on that port */
	RESET_BY_KERNEL,      /* the kernel: it knows no such connection (any more) */
	RESET_BY_RULE,        /* a firewall rule answered in its name */
	RESET_BY_HOST,        /* seen first on the host, and no rule was seen to do it */
	N_RESETTERS,
};

/* Resets of one kind, in one direction. */
struct reset {
	enum resetter by;
	enum role role; /* in whose namespace it was made */
	uint16_t port;  /* of the one who did not begin the connection */
	uint64_t count;
};

struct following {
	bool on; /* nothing of the below has a meaning otherwise */
	uint64_t flows, packets;
	uint64_t whole;   /* flows in which an answer arrived */
	uint64_t again;   /* TCP segments that were sent once more */
	uint64_t zero_windows;
	uint64_t thinned; /* steps that were not recorded, to have room for drops */
	uint64_t forgotten; /* packets whose arrival was not watched, for there were too many */
	struct reset resets[RESETS_MAX];
	int n_resets;
};

struct verdict {
	enum verdict_kind kind;
	enum direction direction;
	struct drop drop;
	struct cause cause;
	struct advisory advisories[ADVISORIES_MAX];
	int n_advisories;
	struct probe_result probes[DD_PROBES_MAX];
	int n_probes;
	struct hop *hops; /* owned by the session that made the verdict */
	int n_hops;
	uint64_t hops_left_out; /* more than HOPS_MAX */
	uint64_t events_lost;   /* of this exchange */
	uint64_t events_missed; /* of any traffic, perhaps of this exchange too */
	uint64_t events_malformed;
	struct cause also[ALSO_MAX]; /* other faults, which the packet did not get to */
	int n_also;
	bool interrupted; /* Ctrl-C: what was known by then */
	struct following following;
	const char *check; /* static; the doctor's, that finds the cause without traffic; NULL: none */
	const struct diagnosis *doctor; /* borrowed; of the two, where the cause is not known; NULL: not asked */
};

#endif
