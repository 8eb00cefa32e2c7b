/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - every name below a bundle's directory, without opening any file. */
#ifndef BUNDLE_TREE_H
#define BUNDLE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bundle/report.h"

#define TREE_DEPTH_MAX   16
#define TREE_ENTRIES_MAX 110000 /* BUNDLE_FILES_MAX and room for directories */

struct tree_file {
	char *path; /* relative to the bundle; hostile */
	uint64_t size;
	bool is_known; /* set by whoever finds it in a manifest */
};

struct tree {
	struct tree_file *items; /* regular files only, ascending by bytes */
	size_t count, cap;
	size_t entries; /* of any kind */
	bool is_cut;    /* a limit or an error: there is more than is here */
};

/*
 * Walks it with openat2 below DIRFD. What no bundle has (links, devices, FIFOs, sockets, empty
 * directories, another file system) and what cannot be read goes into REPORT. One that is still
 * UNSEALED may have directories that wait for their first file.
 */
void tree_walk(struct tree *t, int dirfd, bool unsealed, struct report *report);
void tree_release(struct tree *t);

struct tree_file *tree_find(const struct tree *t, const char *path);

#endif
