/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examine.h - a bundle looked at from every side: its parts read, the rules asked.
 *
 * A part that is damaged or missing is a finding of its own (evidence.gap), and the others are
 * looked at all the same.
 */
#ifndef ANALYZE_EXAMINE_H
#define ANALYZE_EXAMINE_H

#include <stdbool.h>

#include "analyze/bundleroot.h"
#include "analyze/finding.h"
#include "analyze/known.h"
#include "analyze/process.h"
#include "analyze/rules.h"
#include "lib/base/err.h"
#include "lib/bundle/read.h"
#include "lib/model/container.h"

struct examination {
	struct bundle_reader *bundle; /* borrowed */
	struct findings findings;
	struct container container;
	struct configured configured;
	struct suspects suspects;
	struct file_context context;
	struct known known;        /* what lists of hashes are compared with */
	struct bundle_root root;   /* whose packages are known */
	struct packages *packages; /* NULL: nobody asked */
	bool has_container;
	bool is_damaged; /* something could not be read: there may be more to find */
};

/* Opens temporary files: before the sandbox. X begins as { 0 }. */
int examination_prepare(struct examination *x, struct err *e) must_check;
/*
 * X is prepared and otherwise { 0 }, but for what is asked of it (findings.shows_secrets). Fails
 * only where nothing more can be said: another file than the sealed one, out of memory.
 */
int examine(struct bundle_reader *b, struct examination *x, struct err *e) must_check;
void examination_release(struct examination *x);

/* What the files behind examine.c share. */

/* Notes that PATH, or a part of it, was not looked at, and why. */
void examine_gap(struct examination *x, const char *path, const char *fmt, ...) printf_like(3, 4);
/*
 * Calls FN with each row of PATH, if it is there. A row that is none, or that FN refuses with
 * ERR_FORMAT or ERR_LIMIT, is a gap; another failure of FN, or a file that is not what was sealed,
 * ends it.
 */
int examine_rows(struct examination *x, const char *path,
		 int (*fn)(struct examination *x, const struct cJSON *row, struct err *e),
		 struct err *e) must_check;
/* The whole of a JSON answer, or NULL (a gap) where it is not there or none. The caller frees. */
struct cJSON *examine_answer(struct examination *x, const char *path, struct err *e);

int examine_configured(struct examination *x, struct err *e) must_check;
int examine_files(struct examination *x, struct err *e) must_check;
/* Reads the packages; and, after the files, tells what of them is not as it was delivered. */
int examine_packages(struct examination *x, struct err *e) must_check;
int examine_delivered(struct examination *x, struct err *e) must_check;
/* What packages say of PATH, into the context of the file that is judged. */
int examine_owner(struct examination *x, const char *path, struct err *e) must_check;

#endif
