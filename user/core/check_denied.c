/* SPDX-License-Identifier: GPL-2.0 */
/* What SELinux or AppArmor denied containers and the engine of the network, as the kernel's log has it. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "core/doctor.h"

/* The value behind " key=", with or without quotes; "": there is none. */
static const char *value_of(const char *line, const char *key, char *out, size_t out_len)
{
	size_t key_len = strlen(key), len;
	const char *at = line;

	*out = '\0';
	while ((at = strstr(at, key)) && !(at > line && at[-1] == ' ' && at[key_len] == '='))
		at += key_len;
	if (!at)
		return out;
	at += key_len + 1;
	len = *at == '"' ? strcspn(++at, "\"") : strcspn(at, " ");
	snprintf(out, out_len, "%.*s", (int)len, at);
	return out;
}

static bool begins_so(const char *word, const char *const *beginnings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strncmp(word, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

static bool is_network_capability(const char *name)
{
	static const char *const names[] = { "net_admin", "net_raw", "net_bind_service", "sys_module" };

	return is_one_of(name, names, ARRAY_SIZE(names));
}

/* ---- apparmor="DENIED" operation="create" profile="docker-default" comm="ping" family="inet" ... ------ */

/* Other programs of a host have profiles, too, and are denied things all day. */
static bool is_container_profile(const char *name)
{
	static const char *const names[] = { "docker", "containers-default", "cri-containerd", "containerd",
					     "snap.docker.", "/usr/bin/dockerd", "rootlesskit", "runc", "crun" };

	return begins_so(name, names, ARRAY_SIZE(names));
}

static bool parse_apparmor(const char *line, struct denial *d)
{
	static const char *const families[] = { "inet", "inet6", "netlink", "packet" };
	char family[SHORT_LEN], type[SHORT_LEN], capability[SHORT_LEN], operation[SHORT_LEN];

	if (!strstr(line, "apparmor=\"DENIED\""))
		return false;
	value_of(line, "profile", d->who, sizeof(d->who));
	value_of(line, "family", family, sizeof(family));
	value_of(line, "capname", capability, sizeof(capability));
	d->module = "AppArmor";
	if (is_one_of(family, families, ARRAY_SIZE(families)))
		snprintf(d->what, sizeof(d->what), "%s of a socket (%s %s)",
			 value_of(line, "operation", operation, sizeof(operation)), family,
			 value_of(line, "sock_type", type, sizeof(type)));
	else if (is_network_capability(capability))
		snprintf(d->what, sizeof(d->what), "capability %s", capability);
	else
		return false;
	return is_container_profile(d->who);
}

/* ---- avc:  denied  { create } for  pid=7 comm="ping" scontext=... tclass=rawip_socket permissive=0 ---- */

/* The type of "system_u:system_r:container_t:s0:c1,c2" */
static void type_of(const char *context, char *out, size_t out_len)
{
	for (int i = 0; i < 2; i++) {
		context += strcspn(context, ":");
		context += *context == ':';
	}
	snprintf(out, out_len, "%.*s", (int)strcspn(context, ":"), context);
}

static bool is_container_type(const char *type)
{
	static const char *const types[] = { "container", "svirt_lxc_net_t", "docker", "spc_t" };

	return begins_so(type, types, ARRAY_SIZE(types));
}

static bool is_network_class(const char *class)
{
	static const char end[] = "_socket";
	size_t len = strlen(class);

	return len > strlen(end) && !strcmp(class + len - strlen(end), end) && strncmp(class, "unix_", 5);
}

static bool parse_selinux(const char *line, struct denial *d)
{
	const char *what = strstr(line, "avc:  denied  { ");
	char class[SHORT_LEN], context[NAME_LEN], permissive[4], permission[SHORT_LEN];

	if (!what)
		return false;
	what += strlen("avc:  denied  { ");
	snprintf(permission, sizeof(permission), "%.*s", (int)strcspn(what, " }"), what);
	value_of(line, "tclass", class, sizeof(class));
	type_of(value_of(line, "scontext", context, sizeof(context)), d->who, sizeof(d->who));
	d->module = "SELinux";
	if (is_network_class(class))
		snprintf(d->what, sizeof(d->what), "%s of a socket (%.*s)", permission,
			 (int)(strlen(class) - strlen("_socket")), class);
	else if (!strncmp(class, "capability", strlen("capability")) && is_network_capability(permission))
		snprintf(d->what, sizeof(d->what), "capability %s", permission);
	else if (!strcmp(permission, "module_request"))
		snprintf(d->what, sizeof(d->what), "the loading of a kernel module");
	else
		return false;
	return is_container_type(d->who) && strcmp(value_of(line, "permissive", permissive, sizeof(permissive)), "1");
}

bool doctor_denied(const char *line, struct denial *out)
{
	struct denial d = { .count = 1 };

	if (!parse_apparmor(line, &d) && !parse_selinux(line, &d))
		return false;
	value_of(line, "comm", d.process, sizeof(d.process));
	text_copy(d.text, sizeof(d.text), line);
	*out = d;
	return true;
}

void judge_denied(struct judging *j)
{
	for (size_t i = 0; i < j->c->n_denied; i++) {
		const struct denial *d = &j->c->denied[i];
		bool selinux = !strcmp(d->module, "SELinux");
		char count[16];

		snprintf(count, sizeof(count), "%d", d->count);
		judge_found(j, "security-denied", STAGE_AROUND, "module", d->module, "what", d->what, "process",
			    d->process[0] ? d->process : "a process", "who", d->who, "count", count, "evidence",
			    d->text, "list", selinux ? "ausearch -m avc -ts recent" : "dmesg | grep 'apparmor=.DENIED'",
			    NULL);
	}
}
