/* SPDX-License-Identifier: Apache-2.0 */
/* The custody log: whether each line follows from the one before, and what the lines say. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/verifying.h"

#define BLOCK ((size_t)64 << 10)

struct reading {
	struct verifying *v;
	struct custody_chain chain;
	struct str line;
	uint64_t number;  /* of the line, from 0 */
	bool is_over;     /* a limit was passed: only the digest goes on */
	bool is_complete; /* as the rows say */
	bool has_sealed;  /* the last line said so */
};

static void bad(struct reading *g, const char *why)
{
	report_add(g->v->r, "custody", CHECK_TAMPERED, BUNDLE_CUSTODY, "line %llu %s",
		   (unsigned long long)g->number, why);
}

static bool outcome_of(const char *word, enum outcome *out)
{
	for (enum outcome o = OUTCOME_WHOLE; o <= OUTCOME_SKIPPED; o++) {
		if (!strcmp(word, outcome_word(o))) {
			*out = o;
			return true;
		}
	}
	return false;
}

/* KEY as text, or KEY_b64 as it is: for people only. */
static char *fact(struct obj *o, const char *key, const char *key_b64)
{
	const char *text = obj_text_or(o, key, obj_text_or(o, key_b64, NULL));

	return text ? xstrdup(text) : NULL;
}

/* An earlier version names none. */
static void read_journal(struct reading *g, struct obj *o)
{
	struct obj target = obj_in_or(o, "target"), journal = obj_in_or(&target, "journal");
	const char *head = obj_text_or(&journal, "head", NULL);
	struct custody_journal *to = &g->v->journal;

	if (!head)
		return;
	if (!text_is_hex(head, SHA256_HEX - 1)) {
		bad(g, "names a journal by a SHA-256 that is none");
		return;
	}
	to->is_named = true;
	memcpy(to->head, head, sizeof(to->head));
	to->lines = obj_u64_or(&journal, "lines", 0);
	to->broken = obj_u64_or(&journal, "broken", 0);
}

static void read_opened(struct reading *g, struct obj *o)
{
	struct report *r = g->v->r;
	const char *id = obj_text(o, "id"), *name = obj_text(o, "name");

	if (r->has_seal && strcmp(id, r->seal.id) != 0)
		bad(g, "has another bundle id than the seal");
	if (r->has_seal && strcmp(name, r->seal.name) != 0)
		bad(g, "has another name than the seal");
	read_journal(g, o);
	if (r->container || r->case_id || r->operator_name)
		return;
	r->container = fact(o, "container", "container_b64");
	r->case_id = fact(o, "case", "case_b64");
	r->operator_name = fact(o, "operator", "operator_b64");
}

static void read_file_row(struct reading *g, struct obj *o, const char *path)
{
	const char *sum = obj_text(o, "sha256");
	uint64_t bytes = obj_u64_text(o, "bytes");
	const struct tree_file *f;

	/* What is missing is said at the end of the line. */
	if (o->failed)
		return;
	if (!bundle_path_is_ours(path) || strncmp(path, BUNDLE_DATA, strlen(BUNDLE_DATA)) != 0) {
		bad(g, "has a path that no bundle has");
		return;
	}
	if (!text_is_hex(sum, SHA256_HEX - 1)) {
		bad(g, "has a SHA-256 that is none");
		return;
	}
	if (g->v->rows.count >= BUNDLE_FILES_MAX) {
		g->is_over = true;
		report_add(g->v->r, "custody", CHECK_LIMIT, BUNDLE_CUSTODY,
			   "names more than %d files", BUNDLE_FILES_MAX);
		return;
	}
	manifest_add(&g->v->rows, path, sum);
	f = tree_find(&g->v->tree, path);
	if (f && f->size != bytes)
		report_add(g->v->r, "custody", CHECK_TAMPERED, path,
			   "has %llu bytes, its custody row says %llu", (unsigned long long)f->size,
			   (unsigned long long)bytes);
}

static void read_artifact(struct reading *g, struct obj *o)
{
	const char *word = obj_text(o, "outcome"), *path = obj_text_or(o, "path", NULL);
	const char *by = obj_text_or(o, "by", "");
	enum outcome outcome;
	bool wants_file;

	(void)obj_text(o, "kind");
	if (!outcome_of(word, &outcome)) {
		bad(g, "has an outcome that is none");
		return;
	}
	if (!outcome_is_complete(outcome, strcmp(by, "choice") == 0 ? SKIP_CHOICE : SKIP_NONE))
		g->is_complete = false;
	wants_file = outcome == OUTCOME_WHOLE || outcome == OUTCOME_PARTIAL;
	if (wants_file != (path != NULL))
		bad(g, wants_file ? "has no path, though something was taken"
				  : "has a path, though nothing was taken");
	else if (path)
		read_file_row(g, o, path);
	if (path && outcome == OUTCOME_WHOLE && !strcmp(path, BUNDLE_JOURNAL))
		g->v->journal.is_copied = true;
}

static void read_sealed(struct reading *g, struct obj *o)
{
	const struct report *r = g->v->r;
	const char *state = obj_text(o, "state"), *oxum = obj_text(o, "oxum"),
		   *signer = obj_text(o, "signer");
	char ours[OXUM_MAX];

	if (!strcmp(state, "complete") && !g->is_complete)
		bad(g, "says complete, but the rows before it do not");
	if (!r->has_seal)
		return;
	oxum_write(ours, r->seal.bytes, r->seal.files);
	if (strcmp(state, r->seal.complete ? "complete" : "partial") != 0)
		bad(g, "has another state than the seal");
	if (strcmp(oxum, ours) != 0)
		bad(g, "has another Oxum than the seal");
	if (strcmp(signer, r->seal.spki) != 0)
		bad(g, "has another signer than the seal");
}

static void read_event(struct reading *g, const struct cJSON *doc)
{
	struct err e = { 0 };
	struct obj o = obj_begin(doc, "it", &e);
	const char *event = obj_text(&o, "event");

	if (g->has_sealed)
		bad(g, "comes after the line that says sealed");
	if ((g->number == 0) != !strcmp(event, "opened"))
		bad(g, g->number ? "says opened, which only the first one does"
				 : "does not say opened");
	if (!strcmp(event, "opened"))
		read_opened(g, &o);
	else if (!strcmp(event, "artifact"))
		read_artifact(g, &o);
	else if (!strcmp(event, "sealed"))
		read_sealed(g, &o);
	g->has_sealed = !strcmp(event, "sealed");
	if (obj_end(&o) < 0)
		bad(g, e.text);
}

static void read_line(struct reading *g)
{
	bool is_torn = !g->line.len || g->line.buf[g->line.len - 1] != '\n', follows = false;
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;

	if (g->number >= CUSTODY_LINES_MAX) {
		g->is_over = true;
		report_add(g->v->r, "custody", CHECK_LIMIT, BUNDLE_CUSTODY,
			   "has more than %d lines", CUSTODY_LINES_MAX);
		return;
	}
	/* A crash can cut the last line short, a sealed log was never cut. */
	if (is_torn && g->v->is_unsealed) {
		report_add(g->v->r, "custody", CHECK_NOTE, BUNDLE_CUSTODY, "its last line is torn");
		return;
	}
	doc = custody_follow(&g->chain, g->line.buf, g->line.len, &follows, &e);
	if (!doc) {
		bad(g, e.text);
	} else {
		if (!follows)
			bad(g, "does not follow from the line before it");
		read_event(g, doc);
	}
	g->number++;
	str_reset(&g->line);
}

/* Cuts what came into lines. */
static void feed(struct reading *g, const char *p, size_t len)
{
	while (len && !g->is_over) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) + 1 : len;

		str_add(&g->line, p, n);
		if (g->line.over) {
			g->is_over = true;
			report_add(g->v->r, "custody", CHECK_LIMIT, BUNDLE_CUSTODY,
				   "line %llu is longer than %zu bytes",
				   (unsigned long long)g->number, CUSTODY_LINE_MAX);
			return;
		}
		if (lf)
			read_line(g);
		p += n;
		len -= n;
	}
}

static int read_all(struct reading *g, int fd, struct digest *d, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);

	for (;;) {
		ssize_t n = read(fd, block, BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return 0;
		digest_add(d, block, (size_t)n);
		feed(g, block, (size_t)n);
	}
}

static void finish(struct reading *g)
{
	struct verifying *v = g->v;

	if (g->line.len && !g->is_over)
		read_line(g);
	v->r->lines = g->number;
	if (v->is_unsealed || g->is_over)
		return;
	if (!g->has_sealed)
		report_add(v->r, "custody", CHECK_TAMPERED, BUNDLE_CUSTODY,
			   "its last line does not say sealed");
	if (v->r->has_seal && strcmp(g->chain.head, v->r->seal.custody_head) != 0)
		report_add(v->r, "custody", CHECK_TAMPERED, BUNDLE_CUSTODY,
			   "its last line is not the one that the seal names");
}

void verify_custody(struct verifying *v)
{
	struct stat st;
	AUTO(fd_closep) int fd = verifying_open(v, "custody", BUNDLE_CUSTODY, &st);
	AUTO(digest_freep) struct digest *d = NULL;
	AUTO(str_release) struct str sorted = STR_INIT(MANIFEST_MAX);
	struct reading g = { .v = v, .line = STR_INIT(CUSTODY_LINE_MAX), .is_complete = true };
	uint64_t before = v->r->counts[CHECK_TAMPERED];
	struct err e = { 0 };

	if (fd < 0)
		return;
	d = digest_new();
	custody_chain_init(&g.chain);
	if (read_all(&g, fd, d, &e) < 0) {
		verifying_failed(v, "custody", BUNDLE_CUSTODY, &e);
	} else {
		finish(&g);
		verifying_saw(v, "custody", BUNDLE_CUSTODY, fd, &st, d);
	}
	str_release(&g.line);
	if (manifest_text(&v->rows, &sorted, &e) < 0) {
		g.is_over = true;
		report_err(v->r, "custody", CHECK_LIMIT, BUNDLE_CUSTODY, &e);
	}
	v->is_blind = v->is_blind || g.is_over;
	if (v->r->counts[CHECK_TAMPERED] == before && !g.is_over)
		report_add(v->r, "custody", CHECK_OK, BUNDLE_CUSTODY,
			   "%llu lines, each follows from the one before",
			   (unsigned long long)g.number);
}
