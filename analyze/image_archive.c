/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive is walked once, to know its members. A plain one is then read by position; one that is
 * compressed, or a member that is sparse, takes a second walk.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/image.h"
#include "analyze/image_store.h"
#include "lib/base/inflate.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"
#include "lib/base/text.h"

#define LINKS_MAX 8 /* links that lead to links */

struct member {
	char *name;
	char *target; /* a link's; NULL: a file */
	uint64_t ordinal, offset, size;
	bool is_apart; /* its data cannot be read by position */
	char *text;    /* a document, kept */
};

struct archive_store {
	struct store store;
	int fd;
	uint64_t file_size;
	bool is_compressed;
	struct member *members; /* by name; of one name the last counts */
	size_t count, cap;
	size_t kept; /* bytes of documents */
};

static struct archive_store *of(struct store *s)
{
	return (struct archive_store *)s;
}

static void archive_free(struct store *s)
{
	struct archive_store *a = of(s);

	for (size_t i = 0; i < a->count; i++) {
		free(a->members[i].name);
		free(a->members[i].target);
		free(a->members[i].text);
	}
	free(a->members);
	free(a);
}

static int by_name(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order)
		return order;
	return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* The last member of that name, or NULL. */
static const struct member *lookup(const struct archive_store *a, const char *name)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(a->members[middle].name, name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && !strcmp(a->members[low - 1].name, name) ? &a->members[low - 1] : NULL;
}

static long archive_find(struct store *s, const char *name, uint64_t *size)
{
	const struct archive_store *a = of(s);
	const struct member *m = lookup(a, name);

	for (unsigned i = 0; m && m->target; i++)
		m = i < LINKS_MAX ? lookup(a, m->target) : NULL;
	if (!m)
		return -1;
	*size = m->size;
	return m - a->members;
}

static int archive_document(struct store *s, long id, struct str *out, struct err *e)
{
	const struct archive_store *a = of(s);
	const struct member *m = &a->members[id];
	AUTO(source_closep) struct source *from = NULL;

	if (m->text) {
		str_add(out, m->text, (size_t)m->size);
		return str_ok(out, m->name, e);
	}
	if (m->is_apart)
		return err_set(e, ERR_LIMIT,
			       "too much of it in a compressed archive; "
			       "decompress the archive first");
	from = source_of_range(a->fd, m->offset, m->size);
	return source_slurp(from, out, m->name, e);
}

/* Small things that look like JSON are kept: the archive may be the kind that is read in passes. */
static int keep_document(struct archive_store *a, struct tar_reader *r, struct member *m,
			 struct err *e)
{
	char first;
	ssize_t n;

	if (!a->is_compressed || !m->size || m->size > IMAGE_JSON_MAX ||
	    m->size > STORE_KEPT_MAX - a->kept)
		return 0;
	n = tar_read(r, &first, 1, e);
	if (n <= 0 || (first != '{' && first != '['))
		return n < 0 ? -1 : 0;
	m->text = xmalloc((size_t)m->size);
	m->text[0] = first;
	for (size_t got = 1; got < m->size; got += (size_t)n) {
		n = tar_read(r, m->text + got, (size_t)m->size - got, e);
		if (n <= 0)
			return n < 0 ? -1 : err_set(e, ERR_FORMAT, "'%s' is cut off", m->name);
	}
	a->kept += (size_t)m->size;
	return 0;
}

/* blobs/sha256/<digits>, <digits>.json, <digits>.tar, <digits>/layer.tar: parts of an image. */
static bool is_part(const char *name)
{
	const char *const behind[] = { "", ".json", ".tar", ".tar.gz", "/layer.tar" };
	bool is_blob = !strncmp(name, "blobs/sha256/", 13);
	char digits[65];

	name += is_blob ? 13 : 0;
	if (strlen(name) < 64)
		return false;
	memcpy(digits, name, 64);
	digits[64] = '\0';
	for (size_t i = is_blob ? 0 : 1; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (!strcmp(name + 64, behind[i]))
			return text_is_hex(digits, 64);
	return false;
}

static int add_member(struct archive_store *a, struct tar_reader *r, const struct tar_entry *n,
		      uint64_t ordinal, struct err *e)
{
	bool is_link = n->is_hardlink || S_ISLNK(n->mode);
	AUTO(freep) char *name = store_name(n->path, NULL);
	struct member *m;

	if (!name || !(is_link || S_ISREG(n->mode)))
		return 0;
	a->store.has_blobs |= is_part(name);
	grow(a->members, a->count, a->cap);
	m = &a->members[a->count++];
	*m = (struct member){ .ordinal = ordinal,
			      .offset = n->offset,
			      .size = n->size,
			      .is_apart = n->is_sparse || a->is_compressed };
	if (is_link) {
		m->target = store_name(n->link, n->is_hardlink ? NULL : name);
		/* What leads out leads nowhere: to itself, until LINKS_MAX. */
		if (!m->target)
			m->target = xstrdup(name);
	}
	m->name = steal(&name);
	return is_link ? 0 : keep_document(a, r, m, e);
}

struct source *store_whole(struct store *s)
{
	return source_of_range(of(s)->fd, 0, of(s)->file_size);
}

/* Whether it is the archive that is broken, or something of ours. */
static bool is_damage(const struct err *e)
{
	return e->kind == ERR_FORMAT || e->kind == ERR_LIMIT;
}

static int scan(struct archive_store *a, struct err *e)
{
	AUTO(source_closep) struct source *from = store_whole(&a->store);
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	struct tar_entry n;
	struct err why = { 0 };
	uint64_t ordinal = 0;
	int got;

	while ((got = tar_next(r, &n, &why)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (a->count >= IMAGE_MEMBERS_MAX) {
			a->store.is_crowded = true;
			break;
		}
		got = add_member(a, r, &n, ordinal++, &why);
		if (got < 0)
			break;
	}
	if (got < 0 && (!ordinal || !is_damage(&why))) {
		*e = why;
		return -1;
	}
	if (got < 0)
		a->store.damage = why;
	return 0;
}

/* A member's data while the walk stands at it. */
struct walk_source {
	struct source source;
	struct tar_reader *reader;
};

static ssize_t walk_read(struct source *s, void *p, size_t len, struct err *e)
{
	return tar_read(((struct walk_source *)s)->reader, p, len, e);
}

static void walk_close(struct source *s)
{
	(void)s;
}

struct wanted {
	uint64_t ordinal;
	size_t i;
};

static int by_ordinal(const void *left, const void *right)
{
	const struct wanted *a = left, *b = right;

	return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static int walk(struct archive_store *a, const struct wanted *wanted, size_t count,
		int (*fn)(size_t i, struct source *from, void *data, struct err *e), void *data,
		struct err *e)
{
	AUTO(source_closep) struct source *from = store_whole(&a->store);
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	struct walk_source member = { .source = { .read = walk_read, .close = walk_close },
				      .reader = r };
	struct tar_entry n;
	struct err why = { 0 };
	uint64_t ordinal = 0;
	int got = 1;

	for (size_t i = 0; i < count && (got = tar_next(r, &n, &why)) > 0;) {
		if (stop_requested())
			return stop_err(e);
		if (ordinal++ == wanted[i].ordinal &&
		    fn(wanted[i++].i, &member.source, data, e) < 0)
			return -1;
	}
	/* Where it is broken the scan has said already. */
	if (got < 0 && !is_damage(&why)) {
		*e = why;
		return -1;
	}
	return 0;
}

static int archive_each(struct store *s, const long *ids, size_t count,
			int (*fn)(size_t i, struct source *from, void *data, struct err *e),
			void *data, struct err *e)
{
	struct archive_store *a = of(s);
	AUTO(freep) struct wanted *apart = xcalloc(count + 1, sizeof(*apart));
	size_t apart_count = 0;

	for (size_t i = 0; i < count; i++) {
		const struct member *m = &a->members[ids[i]];
		AUTO(source_closep) struct source *from = NULL;

		if (m->is_apart) {
			apart[apart_count++] = (struct wanted){ m->ordinal, i };
			continue;
		}
		from = source_of_range(a->fd, m->offset, m->size);
		if (fn(i, from, data, e) < 0)
			return -1;
	}
	qsort(apart, apart_count, sizeof(*apart), by_ordinal);
	return apart_count ? walk(a, apart, apart_count, fn, data, e) : 0;
}

int store_of_archive(int fd, struct store **out, struct err *e)
{
	static const struct store_ops ops = {
		.find = archive_find,
		.document = archive_document,
		.each = archive_each,
		.free = archive_free,
	};
	struct archive_store *a = xcalloc(1, sizeof(*a));
	AUTO(store_freep) struct store *s = &a->store;
	char magic[INFLATE_MAGIC];
	struct stat st;
	ssize_t n;

	a->store.ops = &ops;
	a->store.word = "archive";
	a->fd = fd;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	a->file_size = (uint64_t)st.st_size;
	n = pread(fd, magic, sizeof(magic), 0);
	if (n < 0)
		return err_sys(e, "read");
	a->is_compressed = inflate_kind(magic, (size_t)n) != NULL;
	if (scan(a, e) < 0)
		return -1;
	qsort(a->members, a->count, sizeof(*a->members), by_name);
	*out = steal(&s);
	return 0;
}
