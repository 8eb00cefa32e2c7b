/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/known.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define LINE_MAX ((size_t)64 << 10)

void known_add(struct known *k, const char *sha256, const char *object)
{
	struct known_file f = { 0 };
	struct err unused;

	if (strlen(sha256) != 64 || text_unhex(f.sha256, sizeof(f.sha256), sha256, &unused) < 0)
		return;
	k->all++;
	if (k->count >= KNOWN_FILES_MAX)
		return;
	f.object = xstrdup(object);
	grow(k->files, k->count, k->cap);
	k->files[k->count++] = f;
}

void known_release(struct known *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->files[i].object);
	free(k->files);
	*k = (struct known){ 0 };
}

static int compare(const void *pa, const void *pb)
{
	const struct known_file *a = pa, *b = pb;

	return memcmp(a->sha256, b->sha256, sizeof(a->sha256));
}

/* The first file with this hash, or COUNT. */
static size_t find(const struct known *k, const unsigned char sha256[32])
{
	size_t low = 0, high = k->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memcmp(k->files[mid].sha256, sha256, 32) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* 1 and the hash, 0 for an empty line or a remark, -1. */
static int read_line(const char *line, size_t len, unsigned char sha256[32], struct err *e)
{
	char hex[65];

	if (len && line[len - 1] == '\n')
		len--;
	if (len && line[len - 1] == '\r')
		len--;
	if (!len || line[0] == '#')
		return 0;
	if (len < 64 || (len > 64 && !strchr(" \t,;", line[64])))
		return err_set(e, ERR_FORMAT, "no SHA-256 at its beginning");
	memcpy(hex, line, 64);
	hex[64] = '\0';
	return text_unhex(sha256, 32, hex, e) < 0 ? -1 : 1;
}

static int each(struct known *k, int fd, const char *name,
		void (*fn)(const struct known_file *f, struct findings *out), struct findings *out,
		struct err *e)
{
	AUTO(source_closep) struct source *from = source_of_fd(fd);
	AUTO(lines_release) struct lines lines = { 0 };
	unsigned char sha256[32];
	const char *line;
	size_t len;
	int n;

	if (k->count)
		qsort(k->files, k->count, sizeof(*k->files), compare);
	lines_init(&lines, from, LINE_MAX);
	while ((n = lines_next(&lines, &line, &len, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		n = read_line(line, len, sha256, e);
		if (n < 0)
			return err_wrap(e, "%s: line %llu", name, (unsigned long long)lines.number);
		for (size_t i = n ? find(k, sha256) : k->count;
		     i < k->count && !memcmp(k->files[i].sha256, sha256, 32); i++)
			fn(&k->files[i], out);
	}
	return n < 0 ? err_wrap(e, "%s", name) : 0;
}

static void bad(const struct known_file *f, struct findings *out)
{
	struct finding *it = findings_add(out, RULE_FILE_KNOWN_BAD, f->object);
	char hex[65];

	text_hex(hex, f->sha256, sizeof(f->sha256));
	if (!it->evidence_all)
		finding_evidence(it, "its sha256 is %s", hex);
}

static void good(const struct known_file *f, struct findings *out)
{
	/* Where a file lies, and what it is allowed, stays what it is. */
	static const enum rule_id by_content[] = {
		RULE_FILE_DROPPED, RULE_FILE_REPLACED, RULE_FILE_PACKED,
		RULE_FILE_MINER,   RULE_FILE_WEBSHELL, RULE_PROCESS_DRIFTED_EXECUTABLE
	};

	for (size_t i = 0; i < out->count; i++) {
		struct finding *it = &out->items[i];

		for (size_t r = 0; r < sizeof(by_content) / sizeof(by_content[0]); r++)
			if (it->rule == rule_of(by_content[r]) && !strcmp(it->object, f->object) &&
			    it->severity > SEVERITY_INFO) {
				it->severity = SEVERITY_INFO;
				finding_evidence(it, "it is on the list of known good files");
			}
	}
}

int known_bad(struct known *k, int fd, const char *name, struct findings *out, struct err *e)
{
	return each(k, fd, name, bad, out, e);
}

int known_good(struct known *k, int fd, const char *name, struct findings *out, struct err *e)
{
	return each(k, fd, name, good, out, e);
}
