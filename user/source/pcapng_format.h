/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers of pcapng, for its writer and its reader: draft-ietf-opsawg-pcapng. */
#ifndef DD_PCAPNG_FORMAT_H
#define DD_PCAPNG_FORMAT_H

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_SECTION    0x0a0d0d0au
#define BLOCK_INTERFACE  1u
#define BLOCK_PACKET     6u
/*
 * Of those that the format leaves to whoever wants one: readers that do not know it skip it. A custom
 * block would be a frame in Wireshark's list.
 */
#define BLOCK_TEXT       0x80646472u
#define BLOCK_MAX        (64u << 20)

#define OPTION_END           0u
#define OPTION_COMMENT       1u
#define OPTION_OS            3u
#define OPTION_APPLICATION   4u
#define OPTION_IF_NAME       2u
#define OPTION_IF_RESOLUTION 9u
#define OPTION_MAX           65535u

#define LINKTYPE_ETHERNET 1u

/* What its body begins with. */
#define TEXT_MAGIC "dockdrop"

#endif
