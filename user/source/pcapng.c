/* SPDX-License-Identifier: GPL-2.0 */
#include "source/pcapng.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/pcapng_format.h"

#define INTERFACES_MAX 256
#define NAME_ROOM      64
#define BUFFER_LEN     (256 << 10)
#define NUMBER_LEN     5   /* of a file of the ring, or more */
#define TAKEN_MAX      100 /* names that somebody else has, one after the other */

struct pcapng {
	FILE *file;
	struct pcapng_plan plan;
	char *path;   /* of the file that is written */
	int number;   /* in the ring */
	int *numbers; /* of the ring's files, .plan.ring of them; 0: none yet */
	size_t turns;
	uint64_t size;
	int err;    /* the first */
	char interfaces[INTERFACES_MAX][NAME_ROOM];
	uint32_t n_interfaces;
};

/* A block that is put together. */
static void put32(struct strbuf *sb, uint32_t n)
{
	strbuf_add(sb, &n, sizeof(n));
}

static void pad(struct strbuf *sb)
{
	strbuf_add(sb, "\0\0\0", -sb->len & 3);
}

static void put_option(struct strbuf *sb, uint16_t code, const void *data, size_t len)
{
	const uint16_t head[2] = { code, len > OPTION_MAX ? OPTION_MAX : len };

	strbuf_add(sb, head, sizeof(head));
	strbuf_add(sb, data, head[1]);
	pad(sb);
}

static void put_text(struct strbuf *sb, uint16_t code, const char *text)
{
	if (text && *text)
		put_option(sb, code, text, strlen(text));
}

/* It is told when the file is closed: whoever writes may not be listened to. */
static int fail(struct pcapng *p, int err)
{
	p->err = p->err ? p->err : err;
	return p->err;
}

static int block_write(struct pcapng *p, uint32_t type, const struct strbuf *body)
{
	const uint32_t len = body->len + 12, head[2] = { type, len };

	if (p->err)
		return p->err;
	if (body->failed)
		return fail(p, -ENOMEM);
	if (fwrite(head, sizeof(head), 1, p->file) != 1 ||
	    fwrite(strbuf_str(body), 1, body->len, p->file) != body->len ||
	    fwrite(&len, sizeof(len), 1, p->file) != 1)
		return fail(p, -errno);
	p->size += len;
	return 0;
}

static int section_write(struct pcapng *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const uint16_t version[2] = { 1, 0 };

	put32(&sb, BYTE_ORDER_MAGIC);
	strbuf_add(&sb, version, sizeof(version));
	put32(&sb, UINT32_MAX); /* the section's length is not known */
	put32(&sb, UINT32_MAX);
	put_text(&sb, OPTION_OS, p->plan.host);
	put_text(&sb, OPTION_APPLICATION, p->plan.tool);
	put32(&sb, OPTION_END);
	return block_write(p, BLOCK_SECTION, &sb);
}

static int interface_write(struct pcapng *p, const char *name)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const uint16_t link[2] = { LINKTYPE_ETHERNET, 0 };
	const uint8_t nanoseconds = 9;

	strbuf_add(&sb, link, sizeof(link));
	put32(&sb, p->plan.snaplen);
	put_text(&sb, OPTION_IF_NAME, name);
	put_option(&sb, OPTION_IF_RESOLUTION, &nanoseconds, sizeof(nanoseconds));
	put32(&sb, OPTION_END);
	return block_write(p, BLOCK_INTERFACE, &sb);
}

/* Its number in this file; of too many the last stands for all that follow. */
static uint32_t interface_number(struct pcapng *p, const char *name)
{
	char wanted[NAME_ROOM];

	safe_text(wanted, sizeof(wanted), name);
	for (uint32_t i = 0; i < p->n_interfaces; i++)
		if (!strcmp(p->interfaces[i], wanted))
			return i;
	if (p->n_interfaces == INTERFACES_MAX)
		return INTERFACES_MAX - 1;
	if (p->n_interfaces == INTERFACES_MAX - 1)
		text_copy(wanted, sizeof(wanted), "others");
	interface_write(p, wanted);
	text_copy(p->interfaces[p->n_interfaces], NAME_ROOM, wanted);
	return p->n_interfaces++;
}

int pcapng_packet(struct pcapng *p, const struct pcapng_frame *frame)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	uint32_t number = interface_number(p, frame->interface);

	put32(&sb, number);
	put32(&sb, frame->time_ns >> 32);
	put32(&sb, frame->time_ns);
	put32(&sb, frame->caplen);
	put32(&sb, frame->len);
	strbuf_add(&sb, frame->data, frame->caplen);
	pad(&sb);
	put_text(&sb, OPTION_COMMENT, frame->comment);
	put32(&sb, OPTION_END);
	return block_write(p, BLOCK_PACKET, &sb);
}

int pcapng_text(struct pcapng *p, const char *line)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	strbuf_add(&sb, TEXT_MAGIC, strlen(TEXT_MAGIC));
	strbuf_add(&sb, line, strlen(line) + 1);
	pad(&sb);
	return block_write(p, BLOCK_TEXT, &sb);
}

int pcapng_flush(struct pcapng *p)
{
	if (!p->err && fflush(p->file))
		fail(p, -errno);
	return p->err;
}

uint64_t pcapng_size(const struct pcapng *p)
{
	return p->size;
}

/* ---- files --------------------------------------------------------------------------- */

static char *path_of(const struct pcapng *p, int number)
{
	char *path = NULL;

	if (!p->plan.ring)
		return strdup(p->plan.path);
	return asprintf(&path, "%s-%0*d", p->plan.path, NUMBER_LEN, number) < 0 ? NULL : path;
}

/* What may be written over is a plain file, and it is not written over but replaced. */
static int make_room(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return 0;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return unlink(path) ? -errno : 0;
}

static void open_failed(const char *path, int err)
{
	if (err == -EEXIST)
		log_error("%s exists: name another file, or add --force", path);
	else if (err == -ELOOP || err == -EINVAL)
		log_error("%s is not a plain file, and nothing is written through it: name another",
			  path);
	else
		log_error("%s cannot be made: %s", path, strerror(-err));
}

/* -EEXIST, -ELOOP, -EINVAL: somebody has the name. Not logged. */
static int file_create(struct pcapng *p)
{
	int err = p->plan.force ? make_room(p->path) : 0, fd;

	if (err)
		return err;
	fd = open(p->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	p->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!p->file)
		return -errno;
	setvbuf(p->file, NULL, _IOFBF, BUFFER_LEN);
	p->size = 0;
	p->n_interfaces = 0;
	return section_write(p);
}

static int file_open(struct pcapng *p)
{
	int err = file_create(p);

	if (err)
		open_failed(p->path, err);
	return err;
}

static void pcapng_free(struct pcapng *p)
{
	if (p->file)
		fclose(p->file);
	free(p->path);
	free(p->numbers);
	free(p);
}

static void cleanup_pcapng(struct pcapng **p)
{
	if (*p)
		pcapng_free(*p);
}

/* Whether it is a name that a file of the ring would have. */
static bool is_of_ring(const char *name, const char *base)
{
	size_t len = strlen(base), digits;

	if (strncmp(name, base, len) || name[len] != '-')
		return false;
	digits = strspn(name + len + 1, "0123456789");
	return digits >= NUMBER_LEN && !name[len + 1 + digits];
}

/* Of an earlier ring of that name nothing stays: the two could not be told apart. */
static int ring_clear(const struct pcapng_plan *plan)
{
	const char *slash = strrchr(plan->path, '/'), *base = slash ? slash + 1 : plan->path;
	char *dir __free = slash ? strndup(plan->path, slash - plan->path + 1) : strdup(".");
	DIR *all = dir ? opendir(dir) : NULL;
	struct dirent *entry;
	int err = all ? 0 : -errno;

	while (!err && (entry = readdir(all))) {
		char *path __free = NULL;

		if (!is_of_ring(entry->d_name, base))
			continue;
		if (asprintf(&path, "%.*s%s", (int)(base - plan->path), plan->path, entry->d_name) < 0)
			path = NULL;
		err = !path ? -ENOMEM : plan->force ? make_room(path) : -EEXIST;
		if (err)
			open_failed(path ? path : plan->path, err);
	}
	if (!all)
		open_failed(plan->path, err);
	else
		closedir(all);
	return err;
}

static int ring_new(struct pcapng *p)
{
	p->numbers = calloc(p->plan.ring, sizeof(*p->numbers));
	if (!p->numbers)
		return -ENOMEM;
	p->numbers[0] = p->number;
	return ring_clear(&p->plan);
}

int pcapng_open(const struct pcapng_plan *plan, struct pcapng **out)
{
	struct pcapng *p __cleanup(cleanup_pcapng) = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->plan = *plan;
	p->number = 1;
	p->path = path_of(p, p->number);
	if (!p->path)
		return -ENOMEM;
	err = plan->ring ? ring_new(p) : 0;
	if (!err)
		err = file_open(p);
	if (err)
		return err;
	*out = take_ptr(p);
	return 0;
}

/* What somebody put there meanwhile is passed by, so that it cannot end the recording. */
static int file_next(struct pcapng *p)
{
	int err = -EEXIST;

	p->plan.force = false;
	for (int i = 0; err == -EEXIST && i < TAKEN_MAX; i++) {
		free(p->path);
		p->path = path_of(p, ++p->number);
		err = p->path ? file_create(p) : -ENOMEM;
	}
	return err;
}

int pcapng_turn(struct pcapng *p)
{
	char *oldest __free = NULL;
	int *place = &p->numbers[++p->turns % p->plan.ring];

	if (pcapng_flush(p))
		return p->err;
	if (fclose(take_ptr(p->file)))
		return fail(p, -errno);
	oldest = *place ? path_of(p, *place) : NULL;
	if (oldest)
		unlink(oldest);
	p->err = file_next(p);
	*place = p->number;
	return p->err;
}

int pcapng_close(struct pcapng *p)
{
	int err;

	if (!p)
		return 0;
	err = p->file ? pcapng_flush(p) : p->err;
	if (p->file && fclose(take_ptr(p->file)) && !err)
		err = fail(p, -errno);
	if (err)
		log_error("%s cannot be written (%s): it is not whole", p->path ?: p->plan.path, strerror(-err));
	pcapng_free(p);
	return err;
}
