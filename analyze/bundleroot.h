/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundleroot.h - the root file system of a container, as whole as its bundle has it: all files, the
 * image with the changes on it, or the changes alone.
 */
#ifndef ANALYZE_BUNDLEROOT_H
#define ANALYZE_BUNDLEROOT_H

#include <stdbool.h>

#include "analyze/layered.h"
#include "analyze/packages.h"
#include "analyze/root.h"
#include "lib/base/err.h"
#include "lib/bundle/read.h"

struct bundle_root {
	struct layered *layered;
	struct root *root;
	const char *source; /* its file in the bundle */
	bool is_whole;      /* not the changes alone */
};

/* Opens temporary files: before the sandbox. */
int bundle_root_new(struct bundle_root *r, struct err *e) must_check;
/*
 * Borrows the bundle. What is missing of it becomes a note of PACKAGES. ERR_ABSENT where the bundle
 * has no files at all.
 */
int bundle_root_open(struct bundle_root *r, struct bundle_reader *b, struct packages *packages,
		     struct err *e) must_check;
void bundle_root_release(struct bundle_root *r);

#endif
