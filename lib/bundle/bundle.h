/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - the evidence bundle, format 1, described once; impound-bundle(5) says it for people.
 *
 * A BagIt 1.0 bag (RFC 8493) with stricter rules, sealed by one signed line. Names of files in it
 * are ours: plain ASCII, numbered. Only regular files and directories; directories 0700, files
 * 0600.
 */
#ifndef BUNDLE_BUNDLE_H
#define BUNDLE_BUNDLE_H

#include <stdbool.h>

#define BUNDLE_ID_SIZE  16
#define BUNDLE_ID_HEX   33
#define BUNDLE_NAME_MAX 128 /* of the directory, with its NUL and without .partial */

#define BUNDLE_BAGIT       "bagit.txt"
#define BUNDLE_INFO        "bag-info.txt"
#define BUNDLE_MANIFEST    "manifest-sha256.txt"
#define BUNDLE_TAGMANIFEST "tagmanifest-sha256.txt"
#define BUNDLE_CUSTODY     "custody.jsonl"
#define BUNDLE_VERIFY      "VERIFY.txt"
#define BUNDLE_SEAL        "seal/seal.json"
#define BUNDLE_SIG         "seal/seal.json.sig"
#define BUNDLE_SIGNER      "seal/signer.pub.pem"
#define BUNDLE_DATA        "data/"
#define BUNDLE_JOURNAL     "data/contain/journal.jsonl"
#define BUNDLE_PARTIAL     ".partial"

#define BUNDLE_FILES_MAX                                                                           \
	100000 /* files in one bundle: names are ours, volumes and networks numbered */
#define BUNDLE_PATH_MAX 200
/* bag-info.txt and the like: more than comes of any text that fits in custody line 0. */
#define BUNDLE_TAG_MAX ((size_t)1 << 20)

#define BUNDLE_BAGIT_TEXT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

/* What became of a planned piece of evidence. */
enum outcome {
	OUTCOME_WHOLE,
	OUTCOME_PARTIAL, /* what came is kept, and why it stopped is recorded */
	OUTCOME_FAILED,
	OUTCOME_ABSENT, /* the container has none */
	OUTCOME_SKIPPED,
};
const char *outcome_word(enum outcome o); /* "whole"… */

/* Who decided a skip: the operator (the bundle can still be complete), or the circumstances (it
 * cannot). */
enum skip { SKIP_NONE, SKIP_CHOICE, SKIP_IMPOSSIBLE };
const char *skip_word(enum skip s); /* "choice", "impossible"; "" for none */

/* Whether a piece with this outcome leaves the bundle complete. */
bool outcome_is_complete(enum outcome o, enum skip by);

/* A path as this format makes them: plain ASCII, at most BUNDLE_PATH_MAX, no part empty, hidden or
 * an option. */
bool bundle_path_is_ours(const char *path);

#endif
