/* SPDX-License-Identifier: Apache-2.0 */
/* The journal read from its start: which lines are lines, and whether each follows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/bundle/journaling.h"

#define BLOCK ((size_t)64 << 10)

/* A part of the file, from its own place in it: several may read at once. */
struct part {
	struct source source;
	int fd;
	uint64_t at, end;
};

static ssize_t part_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct part *part = (struct part *)s;
	uint64_t left = part->end - part->at;
	ssize_t n;

	do
		n = pread(part->fd, p, left < len ? (size_t)left : len, (off_t)part->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read the journal");
	if (n == 0 && left && len)
		return err_set(e, ERR_INTEGRITY, "the journal was cut while it was read");
	part->at += (uint64_t)n;
	return n;
}

static struct part part_of(const struct journal *j, uint64_t from, uint64_t to)
{
	return (struct part){
		.source = { .read = part_read }, .fd = j->log.fd, .at = from, .end = to
	};
}

/* More lines than this that are none, one after another, no crash makes. */
#define RUN_MAX 16

struct reading {
	struct journal *j;
	int (*fn)(const struct journal_line *line, void *data, struct err *e);
	void *data;
	struct journal_scan *scan;
	/* Lines that are none wait for the one behind them: it may say that a crash cut them. */
	struct held {
		char why[160];
		char digest[SHA256_HEX], cut[SHA256_HEX];
	} held[RUN_MAX];
	size_t held_count;
};

static int give(struct reading *g, const struct journal_line *line, struct err *e)
{
	return g->fn ? g->fn(line, g->data, e) : 0;
}

/* The lines that wait; of them the last TORN were cut by a crash. */
static int give_held(struct reading *g, size_t torn, struct err *e)
{
	uint64_t first = g->scan->state.lines - g->held_count;
	size_t count = g->held_count;

	g->held_count = 0;
	g->scan->state.broken += count - torn;
	for (size_t i = 0; i < count; i++) {
		const struct held *held = &g->held[i];
		struct journal_line line = {
			.number = first + i + 1,
			.event = "",
			.fault = held->why,
			.is_torn = i >= count - torn,
		};

		memcpy(line.digest, held->digest, sizeof(line.digest));
		memcpy(line.cut, held->cut, sizeof(line.cut));
		if (give(g, &line, e) < 0)
			return -1;
	}
	return 0;
}

/* TEXT is the line, or as much of it as was kept. */
static int hold(struct reading *g, const char *fault, const char *text, size_t len, struct err *e)
{
	struct held *held;

	if (g->held_count == RUN_MAX && give_held(g, 0, e) < 0)
		return -1;
	held = &g->held[g->held_count++];
	(void)snprintf(held->why, sizeof(held->why), "%.159s", fault);
	memcpy(held->digest, g->scan->chain.head, sizeof(held->digest));
	digest_of(text, len && text[len - 1] == '\n' ? len - 1 : len, held->cut);
	g->scan->state.lines++;
	g->scan->unreadable++;
	return 0;
}

static int take_line(struct reading *g, const struct cJSON *doc, bool follows, struct err *e)
{
	struct err ignored = { 0 };
	struct obj o = obj_begin(doc, "the line", &ignored);
	struct journal_scan *scan = g->scan;
	struct journal_line line = { .seq = obj_u64(&o, "seq"),
				     .event = obj_text(&o, "event"),
				     .doc = doc };
	uint64_t cut = obj_u64_or(&o, "lines", 0);
	bool owns_up = follows && !strcmp(line.event, "torn") && cut == scan->unreadable &&
		       cut == g->held_count;

	if (owns_up)
		scan->state.torn += cut;
	if (give_held(g, owns_up ? g->held_count : 0, e) < 0)
		return -1;
	scan->unreadable = 0;
	line.number = ++scan->state.lines;
	if (!follows) {
		line.fault = "does not follow from the line before it";
		scan->state.broken++;
	}
	memcpy(line.digest, scan->chain.head, sizeof(line.digest));
	return give(g, &line, e);
}

/* Only the digest of a line that is too long to be one. */
static int pass(struct reading *g, uint64_t at, uint64_t length, struct err *e)
{
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct part part = part_of(g->j, at, at + length);
	char hex[SHA256_HEX];
	ssize_t n;

	while ((n = part_read(&part.source, block, BLOCK, e)) > 0)
		digest_add(d, block, (size_t)n);
	if (n < 0)
		return -1;
	digest_end(d, hex);
	custody_pass(&g->scan->chain, hex);
	return 0;
}

static int read_line(struct reading *g, const struct lines *from, const char *line, size_t len,
		     struct err *e)
{
	struct journal_state *state = &g->scan->state;
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err why = { 0 };
	uint64_t at = state->bytes;
	bool follows = false;

	state->bytes += from->length;
	state->ends_torn = from->is_torn;
	if (from->is_over) {
		if (pass(g, at, from->length, e) < 0)
			return -1;
		return hold(g, "is longer than any line may be", line, len, e);
	}
	doc = custody_follow(&g->scan->chain, line, len, &follows, &why);
	return doc ? take_line(g, doc, follows, e) : hold(g, why.text, line, len, e);
}

static int end(struct reading *g, struct err *e)
{
	struct journal_state *state = &g->scan->state;

	memcpy(state->head, g->scan->chain.head, sizeof(state->head));
	/* Of a torn end nobody could say so yet: the next to write owns up to it. */
	return give_held(g, state->ends_torn, e);
}

int journal_scan(struct journal *j, uint64_t bytes,
		 int (*fn)(const struct journal_line *line, void *data, struct err *e), void *data,
		 struct journal_scan *out, struct err *e)
{
	struct part part = part_of(j, 0, bytes);
	struct reading g = { .j = j, .fn = fn, .data = data, .scan = out };
	struct lines lines;
	const char *line;
	size_t len;
	int n;

	*out = (struct journal_scan){ 0 };
	custody_chain_init(&out->chain);
	lines_init(&lines, &part.source, CUSTODY_LINE_MAX);
	while ((n = lines_next(&lines, &line, &len, e)) > 0) {
		n = read_line(&g, &lines, line, len, e);
		if (n < 0)
			break;
	}
	lines_release(&lines);
	return n < 0 ? -1 : end(&g, e);
}

int journal_each(struct journal *j,
		 int (*fn)(const struct journal_line *line, void *data, struct err *e), void *data,
		 struct journal_state *out, struct err *e)
{
	struct journal_scan scan;
	struct err ignored = { 0 };
	bool was_locked = j->is_locked;
	uint64_t bytes;
	int failed;

	/* Between two appends; without the lock at worst the last line reads as torn. */
	if (!was_locked)
		(void)!journal_lock(j, LOCK_SH, &ignored);
	failed = journal_size(j, &bytes, e);
	if (!was_locked)
		journal_unlock(j);
	if (failed < 0 || journal_scan(j, bytes, fn, data, &scan, e) < 0)
		return -1;
	*out = scan.state;
	return 0;
}

/* The digest of the line under way goes along; at its LF it is the last line's. */
static void follow(struct digest *d, const char *p, size_t len, bool *is_begun,
		   char head[SHA256_HEX])
{
	while (len) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) + 1 : len;

		digest_add(d, p, n);
		*is_begun = !lf;
		if (lf) {
			digest_end(d, head);
			digest_reset(d);
		}
		p += n;
		len -= n;
	}
}

int journal_copy(struct journal *j, const struct journal_state *state, struct sink *to,
		 struct err *e)
{
	struct part part = part_of(j, 0, state->bytes);
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(BLOCK);
	char head[SHA256_HEX] = CUSTODY_ZERO;
	bool is_begun = false;
	ssize_t n;

	while ((n = part_read(&part.source, block, BLOCK, e)) > 0) {
		follow(d, block, (size_t)n, &is_begun, head);
		if (sink_write(to, block, (size_t)n, e) < 0)
			return -1;
	}
	if (n < 0)
		return -1;
	if (is_begun)
		digest_end(d, head);
	if (strcmp(head, state->head) != 0)
		return err_set(e, ERR_INTEGRITY, "the journal '%s' was changed while it was read",
			       j->path);
	return 0;
}
