/* SPDX-License-Identifier: GPL-2.0 */
/* Signals by which a user, a terminal or the machine says that it is enough. */
#ifndef DD_INTERRUPT_H
#define DD_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP are kept instead of ending the process; nohup(1) is heeded. */
void interrupt_catch(void);
bool interrupt_came(void);

#endif
