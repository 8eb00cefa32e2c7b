/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - impound collect. */
#ifndef COLLECT_CMD_H
#define COLLECT_CMD_H

#include "lib/base/err.h"

/* Returns an exit status, or -1 with the error set. */
int cmd_collect(int argc, char **argv, struct err *e) must_check;

#endif
