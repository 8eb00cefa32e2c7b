/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/evidence.h"

#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/sandbox.h"
#include "lib/base/status.h"
#include "lib/base/stream.h"
#include "lib/bundle/show.h"
#include "lib/bundle/trust.h"

#define DIRS_MAX 16

/* From here on nothing can be opened but what lies in the bundle and the named directories. */
static int close_the_door(int dirfd, void *data, struct err *e)
{
	const struct evidence_options *o = data;
	int dirs[DIRS_MAX + 1] = { dirfd };
	const char *lacks = "";
	char sum[SHA256_HEX];

	if (o->dir_count > DIRS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d directories", DIRS_MAX);
	for (unsigned i = 0; i < o->dir_count; i++)
		dirs[i + 1] = o->dirs[i];
	digest_of("", 0, sum); /* libcrypto reads its configuration at its first use */
	if (sandbox_enter(SANDBOX_READ, dirs, o->dir_count + 1, &lacks, e) < 0)
		return -1;
	if (*lacks)
		log_debug("this kernel has no %s: there is that much less around what is read",
			  lacks);
	else
		log_debug("sandboxed: nothing but the bundle can be opened");
	return 0;
}

static void say(const char *path, const struct bundle_reader *b)
{
	const struct report *r = bundle_report(b);
	const struct check *f = r->count ? &r->items[0] : NULL;

	if (bundle_is_tampered(b))
		log_warn("'%s' is %s, and read all the same: %s%s%s", path, report_verdict(r),
			 f && f->path ? f->path : "", f && f->path ? " " : "", f ? f->detail : "");
	else if (!r->is_trusted)
		log_warn("nobody vouches for the signer of '%s': %s", path, r->fingerprint);
	if (r->has_seal && !r->seal.complete)
		log_warn("'%s' is partial: not everything that was asked for is in it", path);
}

int evidence_open(const char *path, const struct evidence_options *options,
		  struct bundle_reader **out, struct err *e)
{
	static const struct words none = { 0 };
	AUTO(trust_release) struct trust trust = { 0 };
	const struct words *files = options->trust ? options->trust : &none;
	struct evidence_options own = *options;
	const struct bundle_read_options how = {
		.trust = &trust,
		.only_trusted = files->count > 0,
		.even_if_tampered = options->even_if_tampered,
		.enter = close_the_door,
		.enter_data = &own,
	};

	if (trust_load(&trust, files, e) < 0 || bundle_open(path, &how, out, e) < 0)
		return -1;
	say(path, *out);
	return 0;
}

void evidence_json(struct jsonw *w, const char *path, const struct bundle_reader *b)
{
	show_json_facts(w, path, NULL, bundle_report(b));
}
