/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - a report for people, and for machines. */
#ifndef BUNDLE_SHOW_H
#define BUNDLE_SHOW_H

#include <stdio.h>

#include "lib/base/jsonw.h"
#include "lib/bundle/report.h"

/* The verdict first, then the facts, then each finding on a line; -q and -v as log.h has them. */
void show_text(FILE *f, const char *path, const struct report *r);
/* verdict, bundle, seal, signer, checks, counts: into an object that is open. */
void show_json(struct jsonw *w, const char *path, const char *name, const struct report *r);
/* The first of these alone: verdict, bundle, seal, signer. NAME may be NULL. */
void show_json_facts(struct jsonw *w, const char *path, const char *name, const struct report *r);

#endif
