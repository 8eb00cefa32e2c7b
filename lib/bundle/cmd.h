/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - impound verify and impound keygen. */
#ifndef BUNDLE_CMD_H
#define BUNDLE_CMD_H

#include "lib/base/err.h"

/* Each returns an exit status, or -1 with the error set. */
int cmd_verify(int argc, char **argv, struct err *e) must_check;
int cmd_keygen(int argc, char **argv, struct err *e) must_check;

#endif
