/* SPDX-License-Identifier: Apache-2.0 */
/* confirm.h - the question on the terminal: to which container, what, and how it is taken back. */
#ifndef CONTAIN_CONFIRM_H
#define CONTAIN_CONFIRM_H

#include <stdbool.h>

#include "contain/act.h"
#include "lib/base/err.h"

/* Whether somebody is there who can be asked. */
bool confirm_is_possible(void);

/*
 * Fails where the answer is not the one that was asked for: "yes", or the first six digits of the
 * id for what destroys. Not asked: with --yes, and where nothing would be done. What was typed
 * before the question is no answer.
 */
int confirm(const struct act *a, struct err *e) must_check;

#endif
