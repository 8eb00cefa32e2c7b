/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed.h - the evidence that stands behind an action: a sealed bundle of this very run of the
 * container, looked for, verified, or collected first.
 */
#ifndef CONTAIN_SEALED_H
#define CONTAIN_SEALED_H

#include <stdbool.h>

#include "contain/deed.h"
#include "contain/subject.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/bundle/trust.h"

struct sealed {
	bool is_had;      /* it is there; id, path, seal, profile and state are known */
	bool is_verified; /* now, and the seal is vouched for */
	char *id, *path, *seal, *profile;
	bool is_complete;
	char *vouched; /* "signed by a trusted key", "its seal is in the journal" */
	bool is_new;   /* collected for this */
};

void sealed_release(struct sealed *s);
void sealed_json(const struct sealed *s, struct jsonw *w, const char *key);

/* What evidence must be there. In all below OUT owns nothing when they are called. */
struct sealed_need {
	const struct trust *trust;
	const struct history *history; /* NULL: nothing is known */
	const char *path;              /* --bundle: this one; NULL: what the journal knows */
	const char *seal;              /* its digest, where it was sealed just now */
	/* Profile standard or more, and its files are in it: what is on its disk goes too. */
	bool is_all_files;
};

/*
 * Looks among the journal's bundles, the newest first, or at the one that was named, and verifies.
 * Fails with why there is none, or why the newest is not enough.
 */
int sealed_find(const struct subject *s, const struct sealed_need *need, struct sealed *out,
		struct err *e) must_check;
/* Whether the bundle at PATH is enough. */
int sealed_check(const struct subject *s, const struct sealed_need *need, const char *path,
		 struct sealed *out, struct err *e) must_check;
/* The newest that the journal knows of this run, unverified; false for none. */
bool sealed_known(const struct subject *s, const struct history *h, struct sealed *out);

/* How to collect. */
struct collecting {
	const char *profile, *output, *key, *key_pass_file, *case_id, *operator_name;
	const char *journal_path;
	bool freeze, keep_frozen, quiet, verbose;
};

/*
 * `impound collect` as a child; its diagnostics go where ours go. Fails where there is no sealed
 * bundle.
 */
int sealed_collect(const struct subject *s, const struct collecting *how, struct sealed *out,
		   struct err *e) must_check;

#endif
