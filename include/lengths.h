/* SPDX-License-Identifier: GPL-2.0 */
/* How long texts may be, with their final zero byte; what is longer is cut. */
#ifndef DD_LENGTHS_H
#define DD_LENGTHS_H

#define NAME_LEN 256   /* container and network names */
#define ID_LEN 72      /* 64 hexadecimal digits */
#define SHORT_LEN 64   /* versions, chains, functions, program names */
#define NFT_NAME_LEN 256 /* NFT_NAME_MAXLEN: tables and chains */
#define RULE_LEN 4096  /* one rule as text */
#define NOTE_LEN 80
#define SENTENCE_LEN 1024

#endif
