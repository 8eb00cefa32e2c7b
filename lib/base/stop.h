/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop.h - a first signal asks, a second one ends.
 *
 * After stop_install(), SIGINT, SIGTERM and SIGHUP set a flag that every loop over foreign data
 * looks at, and interrupt system calls (no SA_RESTART). A second one of them has its default effect
 * at once. SIGPIPE and SIGXFSZ are ignored: write() says it.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>

#include "lib/base/err.h"

void stop_install(void);
bool stop_requested(void);
void stop_ask(void);         /* as SIGTERM would, from within */
int stop_signal(void);       /* 0 while none came */
int stop_err(struct err *e); /* ERR_STOPPED naming the signal; returns -1 */
void stop_accept(void);      /* from here on the flag reads as unset: sealing what was taken */
void stop_heed(void);        /* and from here on as it is: the next bundle */

#endif
