/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that start-up took and nothing needs any more. */
#ifndef DD_FOOTPRINT_H
#define DD_FOOTPRINT_H

/*
 * Gives back free memory, and lets go of code and constants of the program and its libraries that were
 * touched on the way here: what is used again is mapped again, from the page cache.
 */
void footprint_trim(void);

#endif
