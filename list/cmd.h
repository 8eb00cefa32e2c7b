/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - impound list. */
#ifndef LIST_CMD_H
#define LIST_CMD_H

#include "lib/base/err.h"

/* Returns an exit status, or -1 with the error set. */
int cmd_list(int argc, char **argv, struct err *e) must_check;

#endif
