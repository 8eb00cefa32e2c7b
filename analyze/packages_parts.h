/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packages_parts.h - what the packages*.c files share: what was read of the databases, and what is
 * made of it.
 *
 * packages_read.c walks and fills `named`, the files as the databases say them; packages_merge.c
 * makes the table of it, the files as they lie there; packages_verify.c looks at them.
 */
#ifndef ANALYZE_PACKAGES_PARTS_H
#define ANALYZE_PACKAGES_PARTS_H

#include "analyze/packages.h"
#include "analyze/sort.h"
#include "analyze/symlinks.h"
#include "lib/base/str.h"

#define PACKAGES_SORT_MEMORY ((size_t)4 << 20) /* of each of the two */
#define PACKAGE_NONE         UINT32_MAX

/* On whose behalf files are told: a package, or a file in info/ whose package is found later. */
struct owner {
	uint32_t package; /* of items, or PACKAGE_NONE */
	char *name, *arch;
	bool is_list;
	int64_t written;
};

/* What dpkg's administrator decided of one path. */
struct exception {
	char *key;
	size_t key_len;
	char *to; /* a diversion's; else NULL */
	size_t to_len;
	char *package; /* the one that it does not hold for */
	uint32_t mode; /* an override's */
};
struct exceptions {
	struct exception *items;
	size_t count, cap;
};

struct filter {
	char *glob;
	bool is_exclude;
};

/* A hard link of the root: two keys, one behind the other in the text. */
struct hardlink {
	size_t at, len, target_len;
};

struct packages {
	struct installed **items; /* as they came */
	struct installed **order; /* sorted */
	bool *has_list;           /* of items: deb packages with a list in info/ */
	size_t count, cap;
	struct owner *owners;
	size_t owner_count, owner_cap;

	struct osrelease os;
	int os_rank; /* 0: none was there */
	int64_t changed;
	bool has_database, has_rpm, has_wal;
	int rpm, wal; /* temporary files */

	struct sort *named, *placed;
	uint64_t named_count;
	struct owned_table *table;
	struct symlinks *links;
	struct exceptions diversions, overrides;
	struct filter *filters;
	size_t filter_count, filter_cap;

	struct str hardlink_text;
	struct hardlink *hardlinks; /* sorted by their keys once all are there */
	size_t hardlink_count, hardlink_cap;

	char **notes;
	size_t note_count;
	uint64_t more_notes;
	bool is_cut; /* not all of the root could be read */
	bool is_verified;
	struct str shown; /* the path last given out */
};

/* Whether the failure is the root's own, and the rest can go on: then it is a note. */
bool packages_is_damage(const struct err *e);

void exception_add(struct exceptions *x, const struct exception *new); /* takes its texts */
void exceptions_sort(struct exceptions *x);
const struct exception *exceptions_find(const struct exceptions *x, const char *key, size_t len);

/* All is read: who owns what, and where it is. */
int packages_merge(struct packages *p, struct err *e) must_check;

#endif
