/* SPDX-License-Identifier: Apache-2.0 */
/* The files: every one that is listed is there and is what it was, and there is no other one. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/hashing.h"
#include "lib/bundle/verifying.h"

#define HEX_LEN (SHA256_HEX - 1)

struct jobs {
	struct hash_job *items;
	size_t count, cap;
};

static const struct seen *seen_find(const struct verifying *v, const char *path)
{
	for (size_t i = 0; i < v->seen_count; i++)
		if (!strcmp(v->seen[i].path, path))
			return &v->seen[i];
	return NULL;
}

static void differs(struct verifying *v, const char *path)
{
	report_add(v->r, "file", CHECK_TAMPERED, path,
		   "is not what was sealed: its SHA-256 differs");
}

/* What the list says is there; what was read already is compared now, the rest becomes a job. */
static void expect(struct verifying *v, struct jobs *jobs, const struct manifest_entry *entry)
{
	const struct seen *s = seen_find(v, entry->path);
	struct tree_file *f = tree_find(&v->tree, entry->path);

	if (s) {
		if (s->sha256[0] && memcmp(s->sha256, entry->sha256, HEX_LEN) != 0)
			differs(v, entry->path);
		return;
	}
	if (!f) {
		if (!v->is_blind)
			report_add(v->r, "file", CHECK_TAMPERED, entry->path, "is missing");
		return;
	}
	f->is_known = true;
	if (!strncmp(f->path, BUNDLE_DATA, strlen(BUNDLE_DATA)))
		v->payload_bytes += f->size;
	grow(jobs->items, jobs->count, jobs->cap);
	jobs->items[jobs->count++] = (struct hash_job){
		.path = entry->path,
		.expected = entry->sha256,
		.size = f->size,
	};
}

static int in_order(const void *a, const void *b)
{
	return strcmp(((const struct hash_job *)a)->path, ((const struct hash_job *)b)->path);
}

static void run(struct verifying *v, struct jobs *jobs)
{
	struct report *r = v->r;

	hashing_run(v->dir, jobs->items, jobs->count);
	if (jobs->count)
		qsort(jobs->items, jobs->count, sizeof(jobs->items[0]), in_order);
	for (size_t i = 0; i < jobs->count; i++) {
		const struct hash_job *j = &jobs->items[i];

		r->files++;
		r->bytes += j->bytes;
		if (j->error)
			report_add(r, "file", j->is_special ? CHECK_TAMPERED : CHECK_ERROR, j->path,
				   "%s", j->error);
		else if (memcmp(j->sha256, j->expected, HEX_LEN) != 0)
			differs(v, j->path);
		else if (j->was_written)
			report_add(r, "file", CHECK_TAMPERED, j->path,
				   "was written to while it was read");
		else if (j->was_touched)
			report_add(r, "file", CHECK_ERROR, j->path,
				   "had its metadata changed while it was read: check again when "
				   "nobody works on it");
	}
	hashing_release(jobs->items, jobs->count);
}

struct listing {
	struct verifying *v;
	const char *path;
};

static void bad_line(void *data, size_t line, const char *why)
{
	const struct listing *l = data;

	report_add(l->v->r, "manifest", CHECK_TAMPERED, l->path, "line %zu %s", line, why);
}

static int read_manifest(struct verifying *v, const char *path, struct manifest *out)
{
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);
	struct listing l = { .v = v, .path = path };

	if (verifying_read(v, "manifest", path, &text) < 0)
		return -1;
	manifest_parse(out, &text, bad_line, &l);
	return 0;
}

/* What each list may and must name. */
static void check_lists(struct verifying *v)
{
	static const char *const always[] = { BUNDLE_VERIFY, BUNDLE_INFO, BUNDLE_BAGIT,
					      BUNDLE_CUSTODY, BUNDLE_MANIFEST };
	size_t data = strlen(BUNDLE_DATA);

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!manifest_find(&v->tags, always[i]))
			report_add(v->r, "manifest", CHECK_TAMPERED, BUNDLE_TAGMANIFEST,
				   "does not list %s", always[i]);
	for (size_t i = 0; i < v->payload.count; i++)
		if (strncmp(v->payload.items[i].path, BUNDLE_DATA, data) != 0)
			report_add(v->r, "manifest", CHECK_TAMPERED, BUNDLE_MANIFEST,
				   "lists %s, which is not below " BUNDLE_DATA,
				   v->payload.items[i].path);
	for (size_t i = 0; i < v->tags.count; i++) {
		const char *path = v->tags.items[i].path;

		if (!strncmp(path, BUNDLE_DATA, data) || !strncmp(path, "seal/", 5) ||
		    !strcmp(path, BUNDLE_TAGMANIFEST))
			report_add(v->r, "manifest", CHECK_TAMPERED, BUNDLE_TAGMANIFEST,
				   "lists %s, which it never does", path);
	}
}

static void check_extra(struct verifying *v)
{
	for (size_t i = 0; i < v->tree.count; i++) {
		const struct tree_file *f = &v->tree.items[i];

		if (!strcmp(f->path, "fetch.txt"))
			report_add(v->r, "tree", CHECK_TAMPERED, f->path,
				   "is forbidden in a bundle");
		else if (!f->is_known && !seen_find(v, f->path))
			report_add(v->r, "tree", CHECK_TAMPERED, f->path,
				   "is in no list: it was added");
	}
}

/* "Payload-Oxum: <oxum>" stands there once. */
static bool has_oxum(const char *info, const char *oxum)
{
	static const char label[] = "Payload-Oxum: ";
	size_t n = 0;
	bool good = false;

	for (const char *line = info; *line;) {
		size_t len = strcspn(line, "\n");

		if (!strncasecmp(line, label, sizeof(label) - 2)) {
			n++;
			good = len == sizeof(label) - 1 + strlen(oxum) &&
			       !strncmp(line, label, sizeof(label) - 1) &&
			       !strncmp(line + sizeof(label) - 1, oxum, strlen(oxum));
		}
		line += len;
		line += *line == '\n';
	}
	return good && n == 1;
}

static void check_bag(struct verifying *v)
{
	AUTO(str_release) struct str bagit = STR_INIT(BUNDLE_TAG_MAX);
	AUTO(str_release) struct str info = STR_INIT(BUNDLE_TAG_MAX);
	char oxum[OXUM_MAX];

	if (verifying_read(v, "bag", BUNDLE_BAGIT, &bagit) == 0 &&
	    strcmp(bagit.buf, BUNDLE_BAGIT_TEXT) != 0)
		report_add(v->r, "bag", CHECK_TAMPERED, BUNDLE_BAGIT,
			   "does not say BagIt 1.0 and UTF-8");
	if (verifying_read(v, "bag", BUNDLE_INFO, &info) < 0 || !v->r->has_seal)
		return;
	oxum_write(oxum, v->r->seal.bytes, v->r->seal.files);
	if (!has_oxum(info.buf, oxum))
		report_add(v->r, "bag", CHECK_TAMPERED, BUNDLE_INFO,
			   "does not have the seal's Oxum once");
}

/* Both are in order: they are walked side by side. */
static void compare_rows(struct verifying *v)
{
	const struct manifest *a = &v->payload, *b = &v->rows;

	for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
		int order = i >= a->count   ? 1
			    : j >= b->count ? -1
					    : strcmp(a->items[i].path, b->items[j].path);

		if (order < 0)
			report_add(v->r, "custody", CHECK_TAMPERED, a->items[i].path,
				   "has no custody row");
		else if (order > 0)
			report_add(v->r, "custody", CHECK_TAMPERED, b->items[j].path,
				   j && !strcmp(b->items[j - 1].path, b->items[j].path)
					   ? "has several custody rows"
					   : "has a custody row, but is in no list");
		else if (memcmp(a->items[i].sha256, b->items[j].sha256, HEX_LEN) != 0)
			report_add(v->r, "custody", CHECK_TAMPERED, a->items[i].path,
				   "has another SHA-256 in its custody row than in the list");
		i += order <= 0;
		j += order >= 0;
	}
}

static void check_oxum(struct verifying *v)
{
	const struct report *r = v->r;

	if (r->has_seal && (r->seal.files != v->payload.count || r->seal.bytes != v->payload_bytes))
		report_add(v->r, "oxum", CHECK_TAMPERED, NULL,
			   "there are %llu bytes in %zu files, the seal says %llu in %llu",
			   (unsigned long long)v->payload_bytes, v->payload.count,
			   (unsigned long long)r->seal.bytes, (unsigned long long)r->seal.files);
}

void verify_files(struct verifying *v)
{
	uint64_t before = v->r->counts[CHECK_TAMPERED] + v->r->counts[CHECK_ERROR];
	struct jobs jobs = { 0 };
	const struct seen *s;

	if (read_manifest(v, BUNDLE_TAGMANIFEST, &v->tags) == 0) {
		s = seen_find(v, BUNDLE_TAGMANIFEST);
		if (v->r->has_seal && s && strcmp(s->sha256, v->r->seal.tagmanifest) != 0)
			report_add(v->r, "manifest", CHECK_TAMPERED, BUNDLE_TAGMANIFEST,
				   "is not the one that was sealed");
	}
	(void)read_manifest(v, BUNDLE_MANIFEST, &v->payload);
	check_bag(v);
	for (size_t i = 0; i < v->tags.count; i++)
		expect(v, &jobs, &v->tags.items[i]);
	for (size_t i = 0; i < v->payload.count; i++)
		expect(v, &jobs, &v->payload.items[i]);
	run(v, &jobs);
	if (!v->is_blind) {
		check_lists(v);
		check_extra(v);
		compare_rows(v);
		check_oxum(v);
	}
	if (v->r->counts[CHECK_TAMPERED] + v->r->counts[CHECK_ERROR] == before)
		report_add(v->r, "files", CHECK_OK, NULL,
			   "every file is there and unchanged, and no other one");
}

void verify_rows(struct verifying *v)
{
	struct jobs jobs = { 0 };

	for (size_t i = 0; i < v->rows.count; i++) {
		if (i && !strcmp(v->rows.items[i - 1].path, v->rows.items[i].path))
			report_add(v->r, "custody", CHECK_TAMPERED, v->rows.items[i].path,
				   "has several custody rows");
		else
			expect(v, &jobs, &v->rows.items[i]);
	}
	run(v, &jobs);
	for (size_t i = 0; i < v->tree.count; i++) {
		const struct tree_file *f = &v->tree.items[i];

		if (!f->is_known && !strncmp(f->path, BUNDLE_DATA, strlen(BUNDLE_DATA)))
			report_add(v->r, "tree", CHECK_NOTE, f->path,
				   "has no custody row: it was not ended");
	}
}
