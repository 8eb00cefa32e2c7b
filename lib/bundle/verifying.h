/* SPDX-License-Identifier: Apache-2.0 */
/* verifying.h - a bundle under examination: what the files behind verify.h share. */
#ifndef BUNDLE_VERIFYING_H
#define BUNDLE_VERIFYING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lib/bundle/custody.h"
#include "lib/bundle/manifest.h"
#include "lib/bundle/tree.h"
#include "lib/bundle/verify.h"

/* A file that was hashed while it was read for what it says. */
struct seen {
	const char *path;
	char sha256[SHA256_HEX]; /* empty where it could not be read, which was reported */
};
#define SEEN_MAX 16

/* What the custody log says of the containment journal. */
struct custody_journal {
	bool is_named;  /* in line 0 */
	bool is_copied; /* whole, into BUNDLE_JOURNAL */
	uint64_t lines, broken;
	char head[SHA256_HEX];
};

struct verifying {
	int dir;
	const char *name;
	const struct verify_options *opt;
	struct report *r;
	bool is_unsealed;
	bool is_blind; /* a list or a directory could not be read: what is not seen is not therefore
			  missing */
	struct tree tree;
	struct manifest tags, payload;
	struct manifest rows; /* what the custody log says of files; in order once it was read */
	struct custody_journal journal;
	struct seen seen[SEEN_MAX];
	size_t seen_count;
	uint64_t payload_bytes;
};

/*
 * Opens a file of the bundle for reading and marks it as known; where it is missing or no regular
 * file, that is reported. verifying_read() reads it whole, up to out->max.
 */
int verifying_open(struct verifying *v, const char *id, const char *path, struct stat *st);
int verifying_read(struct verifying *v, const char *id, const char *path, struct str *out);
/* Reports why it could not be read; no list is held against what is not known of it. */
void verifying_failed(struct verifying *v, const char *id, const char *path, const struct err *e);
/* The digest of what was read of it; says so if the file changed meanwhile. */
void verifying_saw(struct verifying *v, const char *id, const char *path, int fd,
		   const struct stat *before, struct digest *d);

/* The seal, its signature, its signer. */
void verify_seal(struct verifying *v);
/* The custody log: chain, rows, and what it says of the seal. */
void verify_custody(struct verifying *v);
/* The copy of the containment journal, once the custody log was read. */
void verify_journal(struct verifying *v);
/* Manifests, every file, nothing else, the bag's own files. */
void verify_files(struct verifying *v);
/* Of an unsealed one: each file against its custody row. */
void verify_rows(struct verifying *v);

#endif
