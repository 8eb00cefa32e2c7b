/* SPDX-License-Identifier: Apache-2.0 */
/* writing.h - a bundle that grows: what the files behind write.h share. */
#ifndef BUNDLE_WRITING_H
#define BUNDLE_WRITING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bundle/custody.h"
#include "lib/bundle/manifest.h"
#include "lib/bundle/write.h"

/* Set aside until the seal is made: manifests, the last custody lines, the seal. */
#define BUNDLE_RESERVE ((off_t)4 << 20)

struct record {
	char *kind, *source, *path, *reason;
	char sha256[SHA256_HEX];
	char started[32], ended[32];
	enum outcome outcome;
	enum skip by;
	uint64_t bytes;
	char **effects; /* NULL-terminated, or NULL */
};

struct bundle {
	int parent, dir;
	int reserve; /* -1 when released, or where there is none */
	char *parent_path, *path;
	char name[BUNDLE_NAME_MAX], id[BUNDLE_ID_HEX];
	char *case_id, *operator_name, *note, *exhibit;
	struct custody custody;
	struct manifest payload, tags;
	struct record *records;
	size_t record_count, record_cap;
	uint64_t limit; /* bytes of data that may still come, all in all */
	uint64_t taken; /* of it; sinks of several threads add to it */
	uint64_t bytes; /* of the files whose artifacts have ended */
	unsigned files; /* made; by several threads too */
	bool full;      /* by several threads too */
	bool is_partial;
	bool is_broken;     /* a custody line could not be written: no seal may say that the log is
			       whole */
	bool has_noreplace; /* the file system knows renameat2(RENAME_NOREPLACE) */
	bool has_dirsync;
};

/*
 * Creates PATH (relative to the bundle, plain parts) and the directories it is in, without
 * following a link anywhere: directories 0700, the file 0600 whatever the umask. Returns the
 * descriptor.
 */
int writing_create(const struct bundle *b, const char *path, int flags, struct err *e) must_check;
/* The same for a small file that goes into the tag manifest: written, fsynced, listed. */
int writing_tag(struct bundle *b, const char *path, const struct str *text,
		struct err *e) must_check;
/* Opens a directory in the bundle, "" for the bundle itself; made first if MAKE. */
int writing_dir(const struct bundle *b, const char *path, size_t len, bool make,
		struct err *e) must_check;
/* fsync of a directory; where the file system has no such thing that was recorded at the start. */
int writing_sync_dir(const struct bundle *b, const char *path, size_t len,
		     struct err *e) must_check;

/* 0700 for a directory just made, whatever the umask took away; nothing where there are no modes.
 */
int writing_chmod_dir(int at, const char *name, struct err *e) must_check;

/* Custody line 0. */
int writing_opened(struct bundle *b, const struct bundle_meta *meta, struct err *e) must_check;
/* Commits a custody line; on a full disk the reserve is given up for it. */
int writing_commit(struct bundle *b, struct err *e) must_check;
/* Remembers R (takes its texts) and writes its custody row. */
int writing_record(struct bundle *b, struct record *r, struct err *e) must_check;
/* Whether this errno means that nothing more will go in. */
bool writing_is_full(int number);

#endif
