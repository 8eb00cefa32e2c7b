/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/report_findings.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"

#define TEXT_MAX ((size_t)64 << 10)

#define LABEL 9 /* columns */

/* LABEL and TEXT, escaped and broken into lines behind the label's columns. */
static void add_line(struct str *out, const char *label, const char *text)
{
	AUTO(str_release) struct str line = STR_INIT(TEXT_MAX);
	size_t at = out->len;

	/* What is broken begins with a word as wide as the label, which then takes its place. */
	str_addf(&line, "%.*s", LABEL, "---------");
	text_show(&line, text, strlen(text));
	text_wrap(out, LABEL, line.buf);
	if (!out->over && out->len >= at + LABEL)
		for (size_t i = 0; i < LABEL; i++)
			out->buf[at + i] = i < strlen(label) ? label[i] : ' ';
}

static void one_text(const struct finding *f, const struct findings_view *v, bool brief,
		     struct str *out)
{
	static const char *const words[] = { "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL" };
	AUTO(freep) char *object = text_fit(f->object, 0);

	str_addf(out, "%-9s%s  %s\n", words[f->severity], object, f->rule->id);
	add_line(out, "", f->rule->title);
	if (v->is_tampered)
		add_line(out, "", "FROM A BUNDLE THAT WAS TAMPERED WITH");
	if (f->when)
		add_line(out, "  when", f->when);
	for (size_t i = 0; i < f->evidence_count; i++)
		add_line(out, i ? "" : "  found", f->evidence[i]);
	if (f->evidence_all > f->evidence_count)
		str_addf(out, "         and %" PRIu64 " more\n",
			 f->evidence_all - f->evidence_count);
	if (!brief) {
		add_line(out, "  why", f->rule->why);
		add_line(out, "  or", f->rule->benign);
		if (*f->attack)
			add_line(out, "  attack", f->attack);
	}
	str_addc(out, '\n');
}

void findings_text(const struct findings_view *v, bool brief, struct str *out)
{
	const struct findings *all = v->all;

	for (size_t i = 0; i < all->count; i++)
		if (!brief || all->items[i].severity > SEVERITY_INFO)
			one_text(&all->items[i], v, brief, out);
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (all->all[i] > FINDINGS_MAX)
			str_addf(out, "%s: %" PRIu64 " more objects\n",
				 rule_of((enum rule_id)i)->id, all->all[i] - FINDINGS_MAX);
}

static void attacks(struct jsonw *w, const char *key, const char *ids)
{
	jsonw_array(w, key);
	while (*ids) {
		size_t len = strcspn(ids, " ");
		AUTO(freep) char *id = xstrndup(ids, len);

		jsonw_text(w, NULL, id);
		ids += len + strspn(ids + len, " ");
	}
	jsonw_end(w);
}

/* Bytes that are no UTF-8 are shown escaped: a finding is for reading, the evidence has them. */
static void shown(struct jsonw *w, const char *key, const char *text)
{
	AUTO(str_release) struct str out = STR_INIT(TEXT_MAX);

	if (text_is_utf8(text, strlen(text))) {
		jsonw_text(w, key, text);
		return;
	}
	text_show(&out, text, strlen(text));
	jsonw_text(w, key, out.buf);
}

static void one_json(const struct finding *f, const struct findings_view *v, struct jsonw *w)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "id", f->rule->id);
	jsonw_text(w, "severity", severity_word(f->severity));
	jsonw_text(w, "title", f->rule->title);
	jsonw_text(w, "why", f->rule->why);
	jsonw_text(w, "benign", f->rule->benign);
	jsonw_bytes(w, "object", f->object, strlen(f->object));
	jsonw_array(w, "evidence");
	for (size_t i = 0; i < f->evidence_count; i++)
		shown(w, NULL, f->evidence[i]);
	jsonw_end(w);
	if (f->evidence_all > f->evidence_count)
		jsonw_u64_text(w, "evidence_all", f->evidence_all);
	attacks(w, "attack", f->attack);
	jsonw_text(w, "when", f->when);
	if (v->is_tampered)
		jsonw_bool(w, "tampered", true);
	jsonw_end(w);
}

void findings_json(const struct findings_view *v, struct jsonw *w)
{
	const struct findings *all = v->all;
	uint64_t counts[SEVERITY_CRITICAL + 1] = { 0 };

	jsonw_array(w, "findings");
	for (size_t i = 0; i < all->count; i++) {
		counts[all->items[i].severity]++;
		one_json(&all->items[i], v, w);
	}
	jsonw_end(w);
	jsonw_object(w, "counts");
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
		jsonw_u64(w, severity_word((enum severity)s), counts[s]);
	jsonw_end(w);
	jsonw_object(w, "left_out");
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (all->all[i] > FINDINGS_MAX)
			jsonw_u64(w, rule_of((enum rule_id)i)->id, all->all[i] - FINDINGS_MAX);
	jsonw_end(w);
}

/* SARIF knows three levels and the absence of a problem. */
static const char *level(enum severity s)
{
	return s >= SEVERITY_HIGH     ? "error"
	       : s == SEVERITY_MEDIUM ? "warning"
	       : s == SEVERITY_LOW    ? "note"
				      : "none";
}

static void message(struct jsonw *w, const char *key, const char *text)
{
	jsonw_object(w, key);
	jsonw_text(w, "text", text);
	jsonw_end(w);
}

static void sarif_rule(const struct rule *r, struct jsonw *w)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "id", r->id);
	message(w, "shortDescription", r->title);
	message(w, "fullDescription", r->why);
	jsonw_object(w, "help");
	jsonw_text(w, "text", r->benign);
	jsonw_end(w);
	jsonw_object(w, "defaultConfiguration");
	jsonw_text(w, "level", level(r->severity));
	jsonw_end(w);
	jsonw_object(w, "properties");
	attacks(w, "tags", r->attack);
	jsonw_end(w);
	jsonw_end(w);
}

/* A path as a URI: what is not unreserved in RFC 3986 as %XX. */
static void uri(struct str *out, const char *path)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	for (; *path; path++)
		if (strchr(plain, *path))
			str_addc(out, *path);
		else
			str_addf(out, "%%%02X", (unsigned char)*path);
}

static void sarif_result(const struct finding *f, const char *bundle, struct jsonw *w)
{
	AUTO(str_release) struct str text = STR_INIT(TEXT_MAX), where = STR_INIT(TEXT_MAX);
	AUTO(str_release) struct str mark = STR_INIT(TEXT_MAX);
	char sum[SHA256_HEX];

	str_addf(&text, "%s: ", f->rule->title);
	text_show(&text, f->object, strlen(f->object));
	for (size_t i = 0; i < f->evidence_count; i++) {
		str_adds(&text, "; ");
		text_show(&text, f->evidence[i], strlen(f->evidence[i]));
	}
	uri(&where, bundle);
	if (*f->object == '/')
		uri(&where, f->object);
	jsonw_object(w, NULL);
	jsonw_text(w, "ruleId", f->rule->id);
	jsonw_text(w, "level", level(f->severity));
	message(w, "message", text.buf);
	jsonw_array(w, "locations");
	jsonw_object(w, NULL);
	jsonw_object(w, "physicalLocation");
	jsonw_object(w, "artifactLocation");
	jsonw_text(w, "uri", where.buf);
	for (unsigned i = 0; i < 3; i++)
		jsonw_end(w);
	jsonw_end(w);
	str_addf(&mark, "%s\n%s", f->rule->id, f->object);
	digest_of(mark.buf, mark.len, sum);
	jsonw_object(w, "partialFingerprints");
	jsonw_text(w, "ruleAndObject/v1", sum);
	jsonw_end(w);
	jsonw_end(w);
}

void findings_sarif(const struct findings_view *v, const char *bundle, struct str *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "version", "2.1.0");
	jsonw_array(&w, "runs");
	jsonw_object(&w, NULL);
	jsonw_object(&w, "tool");
	jsonw_object(&w, "driver");
	jsonw_text(&w, "name", "impound");
	jsonw_text(&w, "version", IMPOUND_VERSION);
	jsonw_array(&w, "rules");
	for (size_t i = 0; i < RULE_COUNT; i++)
		sarif_rule(rule_of((enum rule_id)i), &w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_array(&w, "results");
	for (size_t i = 0; i < v->all->count; i++)
		sarif_result(&v->all->items[i], bundle, &w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_line(&w);
}
