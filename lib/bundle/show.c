/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/show.h"

#include <string.h>

#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

static const char *sentence(const struct report *r)
{
	switch (r->status) {
	case STATUS_DONE:
		return r->seal.complete
			       ? "unchanged since it was sealed, by a trusted signer"
			       : "unchanged since it was sealed as partial, by a trusted signer";
	case STATUS_UNTRUSTED:
		return "unchanged since it was sealed, but nobody vouches for the signer";
	case STATUS_TAMPERED:
		return "this is not what was sealed";
	case STATUS_UNSEALED:
		return "never sealed; what it has was compared with its custody log";
	case STATUS_ABSENT:
		return "not there";
	case STATUS_FORMAT:
		return "not a bundle, or not one that can be checked";
	default:
		return "no verdict: it could not be checked whole";
	}
}

static void fact(FILE *f, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(f, "  %-12s", label);
	text_put(f, text);
	fputc('\n', f);
}

static void facts(FILE *f, const struct report *r)
{
	AUTO(str_release) struct str line = STR_INIT(4096);

	fact(f, "container", r->container);
	fact(f, "case", r->case_id);
	fact(f, "operator", r->operator_name);
	if (r->has_seal) {
		str_addf(&line, "%s, %s", r->seal.sealed,
			 r->seal.complete ? "complete" : "partial");
		fact(f, "sealed", line.buf);
		fact(f, "id", r->seal.id);
	}
	if (r->fingerprint[0]) {
		str_reset(&line);
		str_addf(&line, "%s%s%s", r->fingerprint,
			 r->is_trusted ? ", trusted by " : ", not trusted",
			 r->is_trusted ? r->trusted_by : "");
		fact(f, "signer", line.buf);
	}
	fact(f, "seal", r->seal_sha256);
	if (r->files) {
		str_reset(&line);
		str_addf(&line, "%llu files, ", (unsigned long long)r->files);
		text_size(&line, r->bytes);
		str_addf(&line, ", %llu custody lines", (unsigned long long)r->lines);
		fact(f, "checked", line.buf);
	}
}

void show_text(FILE *f, const char *path, const struct report *r)
{
	uint64_t hidden = 0;

	if (log_level() == LOG_QUIET && r->status == STATUS_DONE)
		return;
	text_put(f, path);
	fprintf(f, ": %s: %s\n", report_verdict(r), sentence(r));
	if (log_level() == LOG_QUIET)
		return;
	facts(f, r);
	for (size_t i = 0; i < r->count; i++) {
		const struct check *it = &r->items[i];

		if (it->kind == CHECK_OK && log_level() < LOG_VERBOSE)
			continue;
		fprintf(f, "  %-12s", check_word(it->kind));
		if (it->path)
			text_put(f, it->path);
		else
			fputs(it->id, f);
		fputs(": ", f);
		text_put(f, it->detail);
		fputc('\n', f);
	}
	for (size_t i = 0; i < CHECK_KINDS; i++)
		hidden += r->counts[i];
	hidden -= r->count;
	if (hidden)
		fprintf(f, "  and %llu more\n", (unsigned long long)hidden);
}

static void text_or_bytes(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_bytes(w, key, text, strlen(text));
}

static void json_bundle(struct jsonw *w, const char *path, const char *name, const struct report *r)
{
	jsonw_object(w, "bundle");
	text_or_bytes(w, "path", path);
	text_or_bytes(w, "name", name);
	if (r->has_seal) {
		jsonw_text(w, "id", r->seal.id);
		jsonw_text(w, "sealed_name", r->seal.name);
		jsonw_text(w, "state", r->seal.complete ? "complete" : "partial");
		jsonw_text(w, "sealed", r->seal.sealed);
		jsonw_u64(w, "files", r->seal.files);
		jsonw_u64_text(w, "bytes", r->seal.bytes);
	}
	text_or_bytes(w, "container", r->container);
	text_or_bytes(w, "case", r->case_id);
	text_or_bytes(w, "operator", r->operator_name);
	jsonw_end(w);
}

static void json_checks(struct jsonw *w, const struct report *r)
{
	jsonw_array(w, "checks");
	for (size_t i = 0; i < r->count; i++) {
		AUTO(str_release) struct str shown = STR_INIT((size_t)64 << 10);
		const struct check *it = &r->items[i];

		jsonw_object(w, NULL);
		jsonw_text(w, "id", it->id);
		jsonw_text(w, "status", check_word(it->kind));
		text_or_bytes(w, "path", it->path);
		text_show(&shown, it->detail, strlen(it->detail));
		jsonw_text(w, "detail", shown.buf);
		jsonw_end(w);
	}
	jsonw_end(w);
}

void show_json_facts(struct jsonw *w, const char *path, const char *name, const struct report *r)
{
	jsonw_text(w, "verdict", report_verdict(r));
	json_bundle(w, path, name, r);
	if (r->seal_sha256[0]) {
		jsonw_object(w, "seal");
		jsonw_text(w, "sha256", r->seal_sha256);
		jsonw_end(w);
	}
	if (r->fingerprint[0]) {
		jsonw_object(w, "signer");
		jsonw_text(w, "fingerprint", r->fingerprint);
		jsonw_bool(w, "trusted", r->is_trusted);
		text_or_bytes(w, "trusted_by", r->trusted_by);
		jsonw_end(w);
	}
}

void show_json(struct jsonw *w, const char *path, const char *name, const struct report *r)
{
	show_json_facts(w, path, name, r);
	json_checks(w, r);
	jsonw_object(w, "counts");
	jsonw_u64(w, "files", r->files);
	jsonw_u64_text(w, "bytes", r->bytes);
	jsonw_u64(w, "custody_lines", r->lines);
	for (unsigned k = 0; k < CHECK_KINDS; k++)
		jsonw_u64(w, check_word((enum check_kind)k), r->counts[k]);
	jsonw_end(w);
}
