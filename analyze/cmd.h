/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - impound analyze, diff, timeline and sbom: evidence in, what it says out. */
#ifndef ANALYZE_CMD_H
#define ANALYZE_CMD_H

#include "lib/base/err.h"

int cmd_analyze(int argc, char **argv, struct err *e) must_check;
int cmd_diff(int argc, char **argv, struct err *e) must_check;
int cmd_timeline(int argc, char **argv, struct err *e) must_check;
int cmd_sbom(int argc, char **argv, struct err *e) must_check;

#endif
