/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.h - making a bundle: <name>.partial grows, is sealed, and gets its name.
 *
 *	bundle_create(parent, &meta, &b, e)
 *	artifact_begin(b, "rootfs", "host /", "filesystem/rootfs.tar", &a)    for each piece
 *	stream_copy(source, artifact_sink(a), …)
 *	artifact_end(a, &ending, e)                                           hash, fsync, custody
 *row bundle_skip(b, "checkpoint", …)                                       what is not there
 *	bundle_action(b, "frozen", …)                                         what was done to the
 *target bundle_seal(b, key, &receipt, e)                                      manifests, seal,
 *final name
 *
 * bundle_freep() before bundle_seal() gives up and leaves the .partial directory: nothing is ever
 * deleted. One thread at a time for everything but artifact_sink(), whose sinks are independent of
 * each other.
 */
#ifndef BUNDLE_WRITE_H
#define BUNDLE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/bundle/bundle.h"

struct bundle;
struct artifact;
struct seal_key;
struct jsonw;

struct bundle_meta {
	const char *container; /* its name, as the engine says it: hostile */
	const char *case_id, *operator_name, *note, *exhibit; /* NULL if not given */
	char *const *argv; /* the command line, for custody line 0 */
	int argc;
	uint64_t limit; /* bytes of data; UINT64_MAX is only the disk's */
	/* The object "target" in custody line 0 (the engine, the container, the journal's head);
	 * may be NULL. */
	void (*more)(struct jsonw *w, void *data);
	void *more_data;
};

/*
 * Makes PARENT/<name>.partial (O_EXCL), sets the reserve aside (so that the seal fits on a full
 * disk) and writes custody line 0.
 */
int bundle_create(const char *parent, const struct bundle_meta *meta, struct bundle **out,
		  struct err *e) must_check;
void bundle_freep(struct bundle **b);

const char *bundle_path(
	const struct bundle *b); /* <parent>/<name>.partial until sealed, then its final path */
const char *bundle_name(const struct bundle *b);
const char *bundle_id(const struct bundle *b);

/*
 * Starts a piece of evidence. KIND is the word of --with; SOURCE says where it comes from, e.g.
 * "GET /v1.45/containers/<id>/json" or "host /proc"; PATH is below data/. The file is made at the
 * first byte, so an artifact that fails before it leaves no file. All three are copied. Notes the
 * start time. Any number may be open at once.
 */
struct artifact *artifact_begin(struct bundle *b, const char *kind, const char *source,
				const char *path);

/*
 * Writing past the bundle's limit (ERR_LIMIT) or on a full disk (ERR_SYS) fails; what came until
 * then stays, and the piece ends as partial whatever its ending says. Owned by the artifact.
 */
struct sink *artifact_sink(struct artifact *a);
uint64_t artifact_bytes(const struct artifact *a);

/* A piece has a file if and only if it is whole or partial: an ending that says otherwise is put
 * right. */
struct ending {
	enum outcome outcome;
	enum skip by;
	const char *reason; /* why it is not whole; NULL */
	const char *const
		*effects; /* NULL-terminated list of what it changed on the target, or NULL */
};

/*
 * Confirms (hash, fsync, close), writes the custody row and frees the artifact, also when it fails.
 * An artifact that was begun and is WHOLE with no byte written becomes an empty file.
 */
int artifact_end(struct artifact *a, const struct ending *how, struct err *e) must_check;

/* A planned piece with no file: absent, skipped or failed. */
int bundle_record(struct bundle *b, const char *kind, const char *source, const struct ending *how,
		  struct err *e) must_check;

/* Custody lines "action" and "warning". WHAT is a word ("frozen"), DETAIL a sentence or NULL. */
int bundle_action(struct bundle *b, const char *what, const char *detail, struct err *e) must_check;
int bundle_warning(struct bundle *b, const char *text, struct err *e) must_check;

/* Whether the disk, the file system or the limit refused a write: nothing more will go in. */
bool bundle_is_full(const struct bundle *b);

/* Whether every piece so far is whole, absent, or skipped by choice. */
bool bundle_is_complete(const struct bundle *b);
/* So that it is sealed as partial whatever the pieces say (a signal came). */
void bundle_set_partial(struct bundle *b);

struct receipt {
	char id[BUNDLE_ID_HEX];
	char seal[SHA256_HEX];        /* SHA-256 of seal.json */
	char fingerprint[SHA256_HEX]; /* of the signer's key */
	bool ephemeral;               /* the key was made for this bundle and is gone */
	bool complete;
	uint64_t files, bytes; /* under data/ */
};

/* KEY NULL makes one for this bundle and wipes it. After success bundle_path() is the final one. */
int bundle_seal(struct bundle *b, const struct seal_key *key, struct receipt *out,
		struct err *e) must_check;

/* The records so far, for the JSON result: calls FN in order. */
struct artifact_row {
	const char *kind, *source, *path, *reason; /* path with data/; NULL: no file */
	const char *sha256;                        /* NULL: no file */
	const char *started, *ended;
	enum outcome outcome;
	enum skip by;
	uint64_t bytes;
	const char *const *effects;
};
void bundle_each(const struct bundle *b, void (*fn)(const struct artifact_row *row, void *data),
		 void *data);

#endif
