/* SPDX-License-Identifier: GPL-2.0 */
#include "view/loss_fields.h"

#include "base/array.h"
#include "core/rules.h"
#include "incident.h"
#include "view/names.h"

#define WORD(fn, type)                              \
	static const char *word_##fn(int value)     \
	{                                           \
		return name_##fn((type)value);      \
	}
WORD(layer, enum layer)
WORD(confidence, enum confidence)
WORD(backend, enum backend)
#undef WORD

static const char *word_owner(int value)
{
	return rules_owner_name((enum owner)value);
}

static const char *word_class(int value)
{
	static const char *const words[] = { "shown", "unwanted", "noise", "elsewhere" };

	return value >= 0 && value < N_LOSS_CLASSES ? words[value] : NULL;
}

static const char *word_kind(int value)
{
	static const char *const words[] = { "container", "host", "address" };

	return value >= 0 && value < (int)ARRAY_SIZE(words) ? words[value] : NULL;
}

#define FIELD(path, type, of, member, word) \
	{ path, type, offsetof(struct of, member), sizeof(((struct of *)0)->member), word }
#define TEXT(path, member)        FIELD(path, FIELD_TEXT, loss, member, NULL)
#define NUMBER(path, member)      FIELD(path, FIELD_NUMBER, loss, member, NULL)
#define OWNED(path, what)         FIELD(path, FIELD_OWNED, loss, texts[what], NULL)
#define BOOL(path, member)        FIELD(path, FIELD_BOOL, loss, member, NULL)
#define IP(path, member)          FIELD(path, FIELD_IP, loss, member, NULL)
#define CHOICE(path, member, fn)  FIELD(path, FIELD_WORD, loss, member, fn)

static const struct loss_field of_kind[] = {
	NUMBER("kind", n),
	CHOICE("class", class, word_class),
	TEXT("noise", noise),
	TEXT("src.name", src.name),
	TEXT("src.id", src.id),
	IP("src.ip", src.ip),
	CHOICE("src.is", src.kind, word_kind),
	TEXT("dst.name", dst.name),
	TEXT("dst.id", dst.id),
	IP("dst.ip", dst.ip),
	CHOICE("dst.is", dst.kind, word_kind),
	TEXT("network", network),
	TEXT("netns", netns),
	TEXT("device", device),
	TEXT("function", where.function),
	NUMBER("offset", where.offset),
	TEXT("module", where.module),
	NUMBER("location", location),
	TEXT("reason", reason),
	CHOICE("layer", layer, word_layer),
	NUMBER("ethertype", ethertype),
	NUMBER("protocol_number", l4),
	NUMBER("port", port),
	BOOL("port_of_src", port_of_src),
	NUMBER("length", length),
	BOOL("explained", explained),
	TEXT("cause.id", cause.id),
	CHOICE("cause.confidence", cause.confidence, word_confidence),
	OWNED("cause.text", LOSS_CAUSE),
	BOOL("netfilter.in", in_netfilter),
	BOOL("netfilter.hook_known", hook_known),
	NUMBER("netfilter.hook_family", hook_pf),
	NUMBER("netfilter.hook_number", hook_num),
	CHOICE("netfilter.owner", owner, word_owner),
	NUMBER("total", total),
	NUMBER("sampled", sampled),
	NUMBER("first_ns", first_ns),
	NUMBER("last_ns", last_ns),
	OWNED("stack", LOSS_STACK),
};

static const struct loss_field of_rule[] = {
	NUMBER("netfilter.rule.family", rule.family),
	OWNED("netfilter.rule.table", LOSS_TABLE),
	OWNED("netfilter.rule.chain", LOSS_CHAIN),
	NUMBER("netfilter.rule.handle", rule.handle),
	NUMBER("netfilter.rule.index", rule.index),
	OWNED("netfilter.rule.text", LOSS_RULE),
	BOOL("netfilter.rule.policy", rule.policy),
	BOOL("netfilter.rule.ambiguous", rule.ambiguous),
	BOOL("netfilter.rule.counted", rule.counted),
	CHOICE("netfilter.rule.backend", rule.backend, word_backend),
};

static const struct loss_field of_scene[] = {
	FIELD("tool.version", FIELD_TEXT, scene, tool_version, NULL),
	FIELD("host.kernel", FIELD_TEXT, scene, kernel, NULL),
	FIELD("host.arch", FIELD_TEXT, scene, arch, NULL),
	FIELD("host.attach", FIELD_TEXT, scene, attach, NULL),
	FIELD("engine.name", FIELD_TEXT, scene, engine.name, NULL),
	FIELD("engine.version", FIELD_TEXT, scene, engine.version, NULL),
	FIELD("engine.api_version", FIELD_TEXT, scene, engine.api_version, NULL),
	FIELD("engine.firewall_backend", FIELD_TEXT, scene, engine.firewall_backend, NULL),
	FIELD("engine.rootless", FIELD_BOOL, scene, engine.rootless, NULL),
};

static const struct loss_field of_totals[] = {
	FIELD("drops", FIELD_NUMBER, loss_totals, by_class[LOSS_SHOWN], NULL),
	FIELD("unwanted", FIELD_NUMBER, loss_totals, by_class[LOSS_UNWANTED], NULL),
	FIELD("noise", FIELD_NUMBER, loss_totals, by_class[LOSS_NOISE], NULL),
	FIELD("elsewhere", FIELD_NUMBER, loss_totals, by_class[LOSS_ELSEWHERE], NULL),
	FIELD("other", FIELD_NUMBER, loss_totals, other, NULL),
	FIELD("missed", FIELD_NUMBER, loss_totals, missed, NULL),
	FIELD("filtered", FIELD_NUMBER, loss_totals, filtered, NULL),
	FIELD("local", FIELD_NUMBER, loss_totals, local, NULL),
	FIELD("samples_lost", FIELD_NUMBER, loss_totals, unsampled, NULL),
	FIELD("samples_malformed", FIELD_NUMBER, loss_totals, malformed, NULL),
	FIELD("folded", FIELD_NUMBER, loss_totals, folded, NULL),
};

#define ALL(rows) { rows, ARRAY_SIZE(rows) }
const struct loss_fields loss_fields_kind = ALL(of_kind);
const struct loss_fields loss_fields_rule = ALL(of_rule);
const struct loss_fields loss_fields_scene = ALL(of_scene);
const struct loss_fields loss_fields_totals = ALL(of_totals);
