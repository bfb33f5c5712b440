/* SPDX-License-Identifier: GPL-2.0 */
#include "core/decode.h"

#include <errno.h>
#include <string.h>

int decode_event(const void *data, size_t len, struct dd_event *out)
{
	struct dd_event ev;

	if (len != sizeof(ev))
		return -EBADMSG;
	memcpy(&ev, data, sizeof(ev));
	if (ev.version != DD_EVENT_VERSION || !ev.kind || ev.kind >= DD_EV_KIND_MAX)
		return -EBADMSG;
	if (ev.stack_n > DD_STACK_MAX || ev.hook_stage >= DD_STAGE_MAX)
		return -EBADMSG;
	if (!memchr(ev.dev, '\0', sizeof(ev.dev)))
		return -EBADMSG;
	if (ev.pkt.probe > DD_PROBES_MAX)
		return -EBADMSG;
	*out = ev;
	return 0;
}
