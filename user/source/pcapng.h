/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files as Wireshark and tcpdump read them (pcapng), and besides packets lines of text in blocks
 * of their own, for our own reader. Format: draft-ietf-opsawg-pcapng.
 */
#ifndef DD_PCAPNG_H
#define DD_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcapng;

struct pcapng_plan {
	const char *path;
	int ring;          /* files PATH-00001 and so on, of which so many stay; 0: PATH alone */
	uint32_t snaplen;
	bool force;        /* over a file that is there, or an earlier ring */
	const char *host;  /* kernel */
	const char *tool;  /* with version */
};

/*
 * Makes the file, for nobody else to read; never through a link. Logged: -EEXIST, -ELOOP, what
 * open(2) says.
 */
int pcapng_open(const struct pcapng_plan *plan, struct pcapng **out);

/* 0; or a negative errno if something of the file could not be written: logged, it is not whole then. */
int pcapng_close(struct pcapng *p);

/* An Ethernet frame that was seen at the interface of that name; caplen bytes of its len are there. */
struct pcapng_frame {
	const char *interface, *comment; /* UTF-8 */
	uint64_t time_ns;
	const void *data;
	uint32_t caplen, len;
};

/* Nothing is written any more after an error, which is returned. */
int pcapng_packet(struct pcapng *p, const struct pcapng_frame *frame);

int pcapng_text(struct pcapng *p, const char *line);

/* All that was written so far is the kernel's. */
int pcapng_flush(struct pcapng *p);

/* Bytes of the file, so far. */
uint64_t pcapng_size(const struct pcapng *p);

/* Goes on in the next file of the ring, under a name that nobody has; the oldest is removed. */
int pcapng_turn(struct pcapng *p);

/* ---- reading ------------------------------------------------------------------------ */

struct pcapng_reader;

enum pcapng_kind { PCAPNG_PACKET, PCAPNG_TEXT };

struct pcapng_record {
	enum pcapng_kind kind;
	const char *text; /* of PCAPNG_TEXT: a line; else NULL */
	uint64_t time_ns; /* of PCAPNG_PACKET */
};

/* -EPROTO: it is no pcapng. Others: what open(2) says. Not logged. */
int pcapng_reader_open(const char *path, struct pcapng_reader **out);
void pcapng_reader_close(struct pcapng_reader *r);
void cleanup_pcapng_reader(struct pcapng_reader **r);

/* The same of what lies in memory, which is borrowed; for tests. */
int pcapng_reader_memory(const void *data, size_t len, struct pcapng_reader **out);

/*
 * The next record that is of interest, valid until the next call: 1; 0 at the end; -ENODATA: the file
 * is cut short, -EBADMSG: it is damaged from here on.
 */
int pcapng_next(struct pcapng_reader *r, struct pcapng_record *out);

#endif
