/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - impound contain, and impound journal. */
#ifndef CONTAIN_CMD_H
#define CONTAIN_CMD_H

#include "lib/base/err.h"

int cmd_contain(int argc, char **argv, struct err *e) must_check;
int cmd_journal(int argc, char **argv, struct err *e) must_check;

#endif
