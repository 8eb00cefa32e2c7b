/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/result.h"

#include <string.h>

#include "collect/journal.h"
#include "collect/reasons.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

static void container_json(const struct run *r, struct jsonw *w)
{
	const struct container *c = &r->seizure.target;

	jsonw_object(w, "container");
	jsonw_text(w, "engine", r->seizure.engine->label);
	jsonw_text(w, "id", c->id);
	jsonw_text(w, "name", c->name);
	jsonw_text(w, "image", c->image);
	jsonw_text(w, "started", c->started);
	jsonw_end(w);
}

struct rows {
	struct jsonw *w;
	size_t count;
};

static void artifact_json(const struct artifact_row *row, void *data)
{
	struct rows *list = data;
	struct jsonw *w = list->w;

	if (list->count++ >= ARTIFACTS_INLINE_MAX)
		return;
	jsonw_object(w, NULL);
	jsonw_text(w, "kind", row->kind);
	jsonw_bytes(w, "source", row->source, strlen(row->source));
	jsonw_text_if(w, "path", row->path);
	jsonw_text(w, "outcome", outcome_word(row->outcome));
	if (row->by != SKIP_NONE)
		jsonw_text(w, "by", row->by == SKIP_CHOICE ? "choice" : "impossible");
	if (row->reason)
		jsonw_bytes(w, "reason", row->reason, strlen(row->reason));
	if (row->path) {
		jsonw_u64_text(w, "bytes", row->bytes);
		jsonw_text_if(w, "sha256", row->sha256);
	}
	jsonw_text_if(w, "started", row->started);
	jsonw_text_if(w, "ended", row->ended);
	if (row->effects && row->effects[0]) {
		jsonw_array(w, "effects");
		for (size_t i = 0; row->effects[i]; i++)
			jsonw_text(w, NULL, row->effects[i]);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void bundle_json(const struct run *r, struct jsonw *w)
{
	const struct bundle *b = r->seizure.bundle;
	struct rows list = { .w = w };

	jsonw_object(w, "bundle");
	jsonw_bytes(w, "path", bundle_path(b), strlen(bundle_path(b)));
	jsonw_text(w, "id", bundle_id(b));
	jsonw_text(w, "name", bundle_name(b));
	jsonw_text(w, "state",
		   !r->is_sealed         ? "unsealed"
		   : r->receipt.complete ? "complete"
					 : "partial");
	if (r->is_sealed) {
		jsonw_u64(w, "files", r->receipt.files);
		jsonw_u64_text(w, "bytes", r->receipt.bytes);
	}
	jsonw_end(w);
	if (r->is_sealed) {
		jsonw_object(w, "seal");
		jsonw_text(w, "sha256", r->receipt.seal);
		jsonw_text(w, "fingerprint", r->receipt.fingerprint);
		jsonw_bool(w, "ephemeral", r->receipt.ephemeral);
		jsonw_end(w);
		journal_told_json(r, w);
		jsonw_bool(w, "left_paused", r->is_left_paused);
	}
	jsonw_array(w, "artifacts");
	bundle_each(b, artifact_json, &list);
	jsonw_end(w);
	jsonw_u64(w, "artifact_count", list.count);
}

void run_json(const struct run *r, struct jsonw *w)
{
	if (r->seizure.target.id)
		container_json(r, w);
	if (r->seizure.bundle)
		bundle_json(r, w);
}

static void add_missing(const struct artifact_row *row, void *data)
{
	if (row->outcome == OUTCOME_WHOLE || row->outcome == OUTCOME_ABSENT ||
	    row->by == SKIP_CHOICE)
		return;
	/* Many pieces of one kind, and a file tells more than its kind where something of it came.
	 */
	reasons_add(data, row->path ? row->path + strlen(BUNDLE_DATA) : row->kind,
		    row->reason ? row->reason : "no reason was recorded");
}

void run_summary(const struct run *r, struct str *out)
{
	AUTO(reasons_release) struct reasons missing = { 0 };
	AUTO(freep) char *name = text_fit(r->seizure.target.name, 0);
	const struct receipt *got = &r->receipt;
	struct bundle *b = r->seizure.bundle;

	str_addf(out, "\n%s: %s, %llu files, ", name, got->complete ? "complete" : "PARTIAL",
		 (unsigned long long)got->files);
	text_size(out, got->bytes);
	str_addf(out, " in %.1f s\n", r->seconds);
	bundle_each(b, add_missing, &missing);
	if (missing.count > 0) {
		str_adds(out, "\nMissing, and why:\n");
		reasons_print(&missing, out);
	} else if (!got->complete) {
		str_adds(out,
			 "\nNo piece is missing; the warnings, also in custody.jsonl, say why it "
			 "is partial.\n");
	}
	str_addf(out,
		 "\nReceipt, to be kept off this host:\n"
		 "  bundle  %s\n"
		 "  seal    %s\n"
		 "  signer  %s%s\n"
		 "\nTo verify:\n\n"
		 "impound verify \\\n"
		 "--fingerprint %s \\\n"
		 "--seal %s \\\n",
		 bundle_id(b), got->seal, got->fingerprint,
		 got->ephemeral
			 ? "\n          (a key made for this bundle; its private half is gone)"
			 : "",
		 got->fingerprint, got->seal);
	text_quote(out, bundle_path(b));
	str_adds(out, "\n\n");
}
