/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packages_reading.h - a database while it is read: what the parsers tell (packages_told.c), and
 * the readers of one file each (packages_dpkg.c, packages_read.c).
 */
#ifndef ANALYZE_PACKAGES_READING_H
#define ANALYZE_PACKAGES_READING_H

#include "analyze/packages_parts.h"
#include "lib/model/package.h"

struct reading {
	struct packages *p;
	struct root *root;
	const struct root_member *m; /* NULL: the rpm database, which is read from its copy */
	uint32_t owner;              /* of the files that are told */
	uint64_t line, bad;
	struct err *e;
	bool has_failed;  /* e says why: a parser cannot be told */
	const char *name; /* its packages are known by the name of this file, or NULL */
};

/* Everything a parser tells goes to the packages of R. */
struct package_visitor reading_visitor(struct reading *r);
void reading_file(struct reading *r, const struct package_file *f);
uint32_t reading_add_owner(struct packages *p, const struct owner *new);

/* A part that is passed over: some are notes, the rest is counted until the end of the file. */
void reading_bad(struct reading *r, uint64_t line, const char *why);
void reading_end_bad(struct reading *r);

/* What becomes of a failure: damage ends the walk of a tar, and is a note in a directory. */
int reading_failed(struct reading *r) must_check;
/* PARSER is what TAKE goes on with, or NULL. */
typedef void reading_line(struct reading *r, void *parser, const char *line, size_t len);
int reading_each_line(struct reading *r, reading_line *take, void *parser) must_check;

/* Of the member that is read; they fail only for what ends everything. */
int dpkg_read_status(struct reading *r) must_check;
int dpkg_read_status_d(struct reading *r) must_check;
int dpkg_read_sums(struct reading *r) must_check;
int dpkg_read_list(struct reading *r) must_check;
int dpkg_read_diversions(struct reading *r) must_check;
int dpkg_read_overrides(struct reading *r) must_check;
int dpkg_read_filters(struct reading *r) must_check;

#endif
