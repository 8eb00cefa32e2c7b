/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packages.h - the packages that a root file system has, the files they own, and whether these are
 * as they were delivered.
 *
 *	packages_new(&p, e)                    opens temporary files: before the sandbox
 *	packages_read(p, root, e)              one walk: databases, os-release, symbolic links
 *	packages_verify(p, root, e)            a second one: every owned file against its digest
 *	packages_owner(p, path, &file, e)      1 and the file, or 0: no package owns it
 *	packages_next_file(p, &walk, &file, e) each, in the order of their paths
 *
 * The databases lie in the container and are as hostile as it is: who can change a file can change
 * its digest. What cannot be read of them is a note, and the rest goes on.
 */
#ifndef ANALYZE_PACKAGES_H
#define ANALYZE_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/owned.h"
#include "analyze/root.h"
#include "lib/base/err.h"
#include "lib/model/osrelease.h"
#include "lib/model/package.h"

#define PACKAGES_MAX           100000
#define PACKAGES_TEXT_MAX      4096     /* of one text of a package */
#define PACKAGES_FILES_MAX     16000000 /* lines of all lists */
#define PACKAGES_RPMDB_MAX     (UINT64_C(1) << 30)
#define PACKAGES_DIVERSIONS    10000
#define PACKAGES_FILTERS       1000
#define PACKAGES_HARDLINKS_MAX 100000
#define PACKAGES_NOTES_MAX     50 /* said; the rest is counted */

/* The texts end in NUL, and are hostile. */
struct installed {
	struct package is; /* its texts point here */
	int64_t installed; /* seconds since 1970; 0: not known */
	size_t files;      /* that it owns */
};

enum verdict {
	VERDICT_OK,
	VERDICT_CHANGED,
	VERDICT_MISSING,
	VERDICT_UNCHECKED, /* see why */
};
#define VERDICTS (VERDICT_UNCHECKED + 1)
const char *verdict_word(enum verdict v); /* "ok", "changed", "missing", "not checked" */

/* A file that a package owns. Valid until the next call. */
struct packaged_file {
	const char
		*path; /* clean: without a leading '/'; where it is, not where it is said to be */
	const struct installed *package;
	bool is_config, is_doc, is_ghost, is_symlink;
	bool is_contested; /* another package claims it with another digest */
	bool has_mode;     /* the database or an override says which it should have */
	uint32_t mode;     /* its permission bits */
	enum digest_kind kind;
	const unsigned char *digest; /* as delivered; of a symlink's target. NULL: not known */
	/* After packages_verify(); before, VERDICT_UNCHECKED. */
	enum verdict verdict;
	const char *why;            /* a few words; "" for ok */
	const unsigned char *found; /* the digest that it has, of the same kind; or NULL */
};

struct packages;

int packages_new(struct packages **out, struct err *e) must_check;
void packages_freep(struct packages **p);
/* Not all of the root is there, and this is why: what is not found is then not missing. */
void packages_note_part(struct packages *p, const char *fmt, ...) printf_like(2, 3);

/* -1 only for what ends everything: a signal, a full disk, tampered evidence. */
int packages_read(struct packages *p, struct root *root, struct err *e) must_check;
int packages_verify(struct packages *p, struct root *root, struct err *e) must_check;

/* In the order of kind, name, version, architecture. */
size_t packages_count(const struct packages *p);
const struct installed *packages_at(const struct packages *p, size_t i);
/* What /etc/os-release says, or NULL where there is none. */
const struct osrelease *packages_os(const struct packages *p);
/* The newest of the databases was written then; 0 where there is none. */
int64_t packages_changed(const struct packages *p);
/* Whether any package database was there, one that could not be read among them. */
bool packages_have_database(const struct packages *p);

int packages_owner(struct packages *p, const char *path, struct packaged_file *out,
		   struct err *e) must_check;
int packages_next_file(struct packages *p, struct owned_walk *walk, struct packaged_file *out,
		       struct err *e) must_check;
size_t packages_file_count(const struct packages *p);

/* What could not be read or known: sentences; NULL behind the last. They may hold hostile text. */
const char *packages_note(const struct packages *p, size_t i);
/* Those that were not kept for there were too many. */
uint64_t packages_more_notes(const struct packages *p);
void packages_add_note(struct packages *p, const char *fmt, ...) printf_like(2, 3);

#endif
