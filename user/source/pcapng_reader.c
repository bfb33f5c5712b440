/* SPDX-License-Identifier: GPL-2.0 */
#include "source/pcapng.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/pcapng_format.h"

#define HEAD_LEN 8  /* type and length */
#define ENDS_LEN 12 /* with the length once more */

struct pcapng_reader {
	const uint8_t *data;
	size_t len, at;
	void *mapped; /* NULL: the memory is somebody else's */
	bool swapped; /* written on a machine of the other byte order */
	char *text;   /* of the last record */
};

static uint32_t get32(const struct pcapng_reader *r, size_t at)
{
	uint32_t n;

	memcpy(&n, r->data + at, sizeof(n));
	return r->swapped ? bswap_32(n) : n;
}

/* Each section says which byte order it is in. */
static int section_begin(struct pcapng_reader *r)
{
	uint32_t magic;

	if (r->len - r->at < HEAD_LEN + sizeof(magic))
		return -ENODATA;
	memcpy(&magic, r->data + r->at + HEAD_LEN, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != bswap_32(BYTE_ORDER_MAGIC))
		return -EPROTO;
	r->swapped = magic != BYTE_ORDER_MAGIC;
	return 0;
}

static int reader_start(struct pcapng_reader *r)
{
	if (r->len < HEAD_LEN || get32(r, 0) != BLOCK_SECTION)
		return -EPROTO;
	return section_begin(r);
}

int pcapng_reader_memory(const void *data, size_t len, struct pcapng_reader **out)
{
	struct pcapng_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->data = data;
	r->len = len;
	err = reader_start(r);
	if (err)
		free(r);
	else
		*out = r;
	return err;
}

int pcapng_reader_open(const char *path, struct pcapng_reader **out)
{
	int fd __close = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *data;
	int err;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return -EPROTO;
	data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	err = pcapng_reader_memory(data, st.st_size, out);
	if (err)
		munmap(data, st.st_size);
	else
		(*out)->mapped = data;
	return err;
}

void pcapng_reader_close(struct pcapng_reader *r)
{
	if (!r)
		return;
	if (r->mapped)
		munmap(r->mapped, r->len);
	free(r->text);
	free(r);
}

void cleanup_pcapng_reader(struct pcapng_reader **r)
{
	pcapng_reader_close(*r);
}

/* The block at .at: its length, or a negative errno. */
static int64_t block_check(struct pcapng_reader *r)
{
	size_t left = r->len - r->at;
	uint32_t len;

	if (left < ENDS_LEN)
		return -ENODATA;
	if (get32(r, r->at) == BLOCK_SECTION && section_begin(r))
		return -EBADMSG;
	len = get32(r, r->at + 4);
	if (len < ENDS_LEN || len % 4 || len > BLOCK_MAX)
		return -EBADMSG;
	if (len > left)
		return -ENODATA;
	return get32(r, r->at + len - 4) == len ? (int64_t)len : -EBADMSG;
}

static bool text_read(struct pcapng_reader *r, size_t at, size_t len, struct pcapng_record *out)
{
	size_t magic = strlen(TEXT_MAGIC);

	if (len < magic || memcmp(r->data + at, TEXT_MAGIC, magic))
		return false;
	free(r->text);
	r->text = strndup((const char *)r->data + at + magic, len - magic);
	*out = (struct pcapng_record){ .kind = PCAPNG_TEXT, .text = r->text };
	return r->text;
}

static bool packet_read(const struct pcapng_reader *r, size_t at, size_t len, struct pcapng_record *out)
{
	if (len < 20)
		return false;
	*out = (struct pcapng_record){
		.kind = PCAPNG_PACKET,
		.time_ns = (uint64_t)get32(r, at + 4) << 32 | get32(r, at + 8),
	};
	return true;
}

int pcapng_next(struct pcapng_reader *r, struct pcapng_record *out)
{
	while (r->at < r->len) {
		int64_t len = block_check(r);
		size_t body = r->at + HEAD_LEN;
		uint32_t type;

		if (len < 0)
			return len;
		type = get32(r, r->at);
		r->at += len;
		if (type == BLOCK_TEXT && text_read(r, body, len - ENDS_LEN, out))
			return 1;
		if (type == BLOCK_PACKET && packet_read(r, body, len - ENDS_LEN, out))
			return 1;
	}
	return 0;
}
