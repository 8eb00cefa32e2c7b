/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - an action told to people on 80 columns, before it is done and after. */
#ifndef CONTAIN_SHOW_H
#define CONTAIN_SHOW_H

#include "contain/act.h"
#include "lib/base/str.h"

/* "  engine      docker (unix:///run/docker.sock)"; TEXT is escaped here. NULL writes nothing. */
void show_field(struct str *out, const char *name, const char *text);
/* Each under the same name. */
void show_fields(struct str *out, const char *name, const struct sentences *all);
/* A request, with the first digits of the id only. */
void show_requests(struct str *out, const struct act *a);

/* What it is and what would be done to it: the question, and --dry-run. */
void show_plan(struct str *out, const struct act *a);
/* What became of it. */
void show_outcome(struct str *out, const struct act *a);

/* "impound contain reconnect web": how it is taken back. The caller frees. */
char *show_way_back(const struct act *a);

#endif
