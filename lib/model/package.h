/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package.h - what package databases say: the packages that are installed and the files they own,
 * told one by one as a parser goes.
 *
 * Everything is hostile text, as it stands in the database: not UTF-8, with control characters, or
 * empty. It lives until the call that tells it returns. Limits are the parsers'.
 */
#ifndef MODEL_PACKAGE_H
#define MODEL_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/stream.h"
#include "lib/model/scan.h"

enum package_kind { PACKAGE_DEB, PACKAGE_APK, PACKAGE_RPM };

struct package {
	enum package_kind kind;
	struct scan name;
	struct scan version; /* of deb and apk the whole of it; of rpm without epoch and release */
	struct scan release; /* rpm */
	struct scan arch;
	struct scan source, source_version; /* what it was built from; empty: not said */
	struct scan maintainer, licence;
	uint64_t epoch; /* rpm */
	bool has_epoch;
	int64_t installed; /* seconds since 1970; 0: not known here */
};

/* What is special about a file of a package. */
#define PACKAGE_CONFIG   (1U << 0) /* an administrator may change it */
#define PACKAGE_DOC      (1U << 1)
#define PACKAGE_GHOST    (1U << 2) /* owned, but not delivered: made while it runs */
#define PACKAGE_OPTIONAL (1U << 3) /* may be missing */
#define PACKAGE_LEFT_OUT (1U << 4) /* was not installed, by the configuration's choice */
#define PACKAGE_OBSOLETE (1U << 5) /* of an earlier version, and left where it was */
#define PACKAGE_LISTED   (1U << 6) /* deb: in the list of files, not only among the digests */

struct package_file {
	struct scan dir, name; /* the path is DIR/NAME, or NAME where DIR is empty */
	struct scan link;      /* the target of a symlink, where the database has it */
	enum digest_kind kind;
	unsigned char digest[DIGEST_MAX]; /* of the content; of a symlink in apk, of its target */
	unsigned flags;
	bool has_mode;
	uint32_t mode; /* permission bits, and the type where the database has it */
};

/* Any of them may be NULL. */
struct package_visitor {
	void (*package)(void *data, const struct package *p);
	/* Of the package last told; of the parsers of one package's lists, of that one. */
	void (*file)(void *data, const struct package_file *f);
	/* LINE (from 1; 0: there are none) was passed over, or a part of it: WHY is a sentence. */
	void (*bad)(void *data, uint64_t line, const char *why);
	void *data;
};

/* LEN digits of either case into DIGEST; false if they are no digest of a known kind. */
bool package_digest_hex(const struct scan *hex, enum digest_kind *kind,
			unsigned char digest[DIGEST_MAX]);

#endif
