/* SPDX-License-Identifier: GPL-2.0 */
/* Every parser of what an engine or the Docker client's files may say. */
#include "fuzz.h"
#include "base/addr.h"
#include "base/strbuf.h"
#include "source/docker.h"
#include "source/docker_json.h"

static void on_container(void *ctx, const struct container *c)
{
	*(size_t *)ctx += strlen(c->name) + strlen(c->id);
}

static void news(const char *text)
{
	struct docker_event event;
	size_t n = 0;

	docker_parse_list(text, on_container, &n);
	if (!docker_parse_event(text, &event) && !event.id[0])
		abort(); /* an event is of something */
}

static void lists(const char *text)
{
	struct strbuf names __cleanup(strbuf_free) = { 0 };
	const struct ip ip = { AF_INET, { 172, 18, 0, 2 } };
	char id[ID_LEN];

	docker_list_names(text, NULL, &names);
	docker_list_names(text, "4e", &names);
	docker_list_owner(text, &ip, id, sizeof(id));
}

static void views(const char *text)
{
	struct net_view *view __free = calloc(1, sizeof(*view));

	if (docker_parse_view(text, view))
		return;
	docker_parse_tasks(text, view);
	docker_networks_free(take_ptr(view), 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text __free = fuzz_text(data, len), out[SHORT_LEN];
	static struct container container;
	struct engine engine = { 0 };
	struct network network;

	docker_parse_version(text, &engine);
	docker_parse_info(text, &engine);
	docker_parse_container(text, &container);
	docker_parse_network(text, &network);
	docker_parse_kernel(text, out, sizeof(out));
	docker_parse_message(text, out, sizeof(out));
	docker_parse_config(text, out, sizeof(out));
	docker_parse_context(text, "lab", out, sizeof(out));
	lists(text);
	views(text);
	news(text);
	return 0;
}
