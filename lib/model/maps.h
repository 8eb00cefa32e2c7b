/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps.h - the lines of /proc/PID/maps and /proc/PID/mountinfo, one at a time, and their escapes
 * undone.
 *
 * Texts point into the line, still as the kernel escaped them: see path_unescape().
 */
#ifndef MODEL_MAPS_H
#define MODEL_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/model/scan.h"

struct map {
	uint64_t start, end, offset, inode;
	unsigned major, minor;
	bool is_writable, is_executable, is_shared;
	struct scan path; /* empty where anonymous; "[heap]"; "/dev/zero (deleted)" */
};
int map_parse(const char *line, size_t len, struct map *out, struct err *e) must_check;

struct mount_line {
	uint64_t id, parent;
	unsigned major, minor;
	struct scan root, mount_point, options;
	struct scan propagation; /* "shared:1 master:2", maybe empty */
	struct scan type, source, super_options;
};
int mount_parse(const char *line, size_t len, struct mount_line *out, struct err *e) must_check;

/* Whether PATH ends in the kernel's " (deleted)", and PATH without it. */
bool path_is_deleted(const struct scan *path, struct scan *bare);

/*
 * Appends PATH with \ooo made bytes again. In mountinfo blank, tab, LF and backslash come as octal;
 * in maps LF alone does, so that there a name that really holds "\012" reads the same as one with
 * LF.
 */
void path_unescape(struct str *out, const struct scan *path);
void path_unescape_lf(struct str *out, const struct scan *path);

#endif
