/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/report_packages.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/text.h"

#define FLUSH_AT ((size_t)64 << 10)

struct numbers {
	uint64_t of[VERDICTS];
};

static void write_digest(struct jsonw *w, const char *key, const struct packaged_file *f,
			 const unsigned char *sum)
{
	char hex[2 * DIGEST_MAX + 1];

	if (!sum)
		return;
	text_hex(hex, sum, digest_size(f->kind));
	jsonw_text(w, key, hex);
}

static void write_file(struct jsonw *w, const struct packaged_file *f)
{
	const struct scan *name = &f->package->is.name;

	jsonw_object(w, NULL);
	jsonw_bytes(w, "path", f->path, strlen(f->path));
	jsonw_bytes(w, "package", name->p, name->len);
	jsonw_text(w, "verdict", verdict_word(f->verdict));
	jsonw_text_if(w, "why", f->why);
	if (f->is_config)
		jsonw_bool(w, "config", true);
	if (f->kind != DIGEST_NONE)
		jsonw_text(w, "digest", digest_word(f->kind));
	write_digest(w, "expected", f, f->digest);
	write_digest(w, "found", f, f->found);
	jsonw_end(w);
}

static bool is_told(const struct packaged_file *f)
{
	return f->verdict == VERDICT_CHANGED || f->verdict == VERDICT_MISSING;
}

static int write_files(struct jsonw *w, struct packages *p, struct err *e)
{
	struct numbers n = { 0 };
	struct owned_walk walk = { 0 };
	struct packaged_file f;
	int more;

	jsonw_array(w, "files");
	while ((more = packages_next_file(p, &walk, &f, e)) > 0) {
		n.of[f.verdict]++;
		if (is_told(&f))
			write_file(w, &f);
		if (w->out->len > FLUSH_AT)
			result_flush(w);
	}
	if (more < 0)
		return -1;
	jsonw_end(w);
	jsonw_object(w, "verified");
	jsonw_u64(w, "ok", n.of[VERDICT_OK]);
	jsonw_u64(w, "changed", n.of[VERDICT_CHANGED]);
	jsonw_u64(w, "missing", n.of[VERDICT_MISSING]);
	jsonw_u64(w, "not_checked", n.of[VERDICT_UNCHECKED]);
	jsonw_end(w);
	return 0;
}

int report_packages_json(struct jsonw *w, struct packages *p, bool verified, struct err *e)
{
	const struct osrelease *os = packages_os(p);
	const char *note;

	if (os) {
		jsonw_object(w, "distribution");
		jsonw_text(w, "id", os->id);
		jsonw_text(w, "version", os->version_id);
		jsonw_text(w, "name", os->pretty_name);
		jsonw_end(w);
	} else {
		jsonw_null(w, "distribution");
	}
	jsonw_u64(w, "packages", packages_count(p));
	jsonw_u64(w, "packaged_files", packages_file_count(p));
	jsonw_array(w, "notes");
	for (size_t i = 0; (note = packages_note(p, i)) != NULL; i++) {
		AUTO(str_release) struct str shown = STR_INIT(256 << 10);

		text_show(&shown, note, strlen(note));
		jsonw_text(w, NULL, shown.buf);
	}
	jsonw_end(w);
	return verified ? write_files(w, p, e) : 0;
}

int report_packages_text(FILE *to, struct packages *p, struct err *e)
{
	struct numbers n = { 0 };
	struct owned_walk walk = { 0 };
	struct packaged_file f;
	int more;

	while ((more = packages_next_file(p, &walk, &f, e)) > 0) {
		n.of[f.verdict]++;
		if (!is_told(&f))
			continue;
		fprintf(to, "%-8s %c ", verdict_word(f.verdict), f.is_config ? 'c' : ' ');
		fputc('/', to);
		text_put(to, f.path);
		fputs("  (", to);
		text_put(to, f.package->is.name.p);
		fprintf(to, "%s%s)\n", *f.why ? ": " : "", f.why);
	}
	if (more < 0)
		return -1;
	fprintf(to,
		"%zu packages, %zu files: %" PRIu64 " as delivered, %" PRIu64 " changed, %" PRIu64
		" missing, %" PRIu64 " not checked\n",
		packages_count(p), packages_file_count(p), n.of[VERDICT_OK], n.of[VERDICT_CHANGED],
		n.of[VERDICT_MISSING], n.of[VERDICT_UNCHECKED]);
	return 0;
}
