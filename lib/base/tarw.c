/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of tar.h. It is our own because evidence asks for what libarchive's does not give:
 * names as raw bytes in every locale, no byte made up when a file shrinks, holes skipped without
 * walking them, and data handed to the sink where it lies. Format: POSIX.1-2008 pax, the records of
 * GNU tar for sparse files and extended attributes.
 */
#include "lib/base/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define BLOCK     512
#define NAME_SIZE 100
/* The extended header of one entry: two names, all attributes. */
#define HEAD_MAX ((size_t)24 << 20)
#define MAP_MAX  ((size_t)64 << 20)

struct tar_writer {
	struct sink *to;
	struct str head; /* padding of the entry before, and all of this one but its data */
	char *name;      /* of the entry last put, for messages */
	uint64_t left;   /* bytes of it still to come */
	unsigned padding;
	bool is_broken; /* the sink failed in the middle of something */
};

static const char zeros[64 << 10];

struct tar_writer *tar_writer_new(struct sink *to)
{
	struct tar_writer *w = xcalloc(1, sizeof(*w));

	w->to = to;
	str_init(&w->head, HEAD_MAX + MAP_MAX);
	w->name = xstrdup("");
	return w;
}

void tar_writer_freep(struct tar_writer **w)
{
	struct tar_writer *it = steal(w);

	if (!it)
		return;
	str_release(&it->head);
	free(it->name);
	free(it);
}

static unsigned pad_of(uint64_t size)
{
	return (unsigned)(-size % BLOCK);
}

/* Fills up to a whole block what has LEN bytes. */
static void pad_block(struct str *out, size_t len)
{
	str_add(out, zeros, pad_of(len));
}

/* "LEN KEY=VALUE\n", where LEN counts its own digits too. */
static void pax_record(struct str *out, const char *key, const void *value, size_t value_len)
{
	size_t rest = strlen(key) + value_len + 3, len = rest + 1;

	for (size_t n = 10; n <= len; n *= 10)
		len++;
	str_addf(out, "%zu %s=", len, key);
	str_add(out, value, value_len);
	str_addc(out, '\n');
}

static void pax_text(struct str *out, const char *key, const char *value)
{
	pax_record(out, key, value, strlen(value));
}

static void pax_number(struct str *out, const char *key, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	pax_text(out, key, text);
}

static void pax_time(struct str *out, const char *key, const struct timespec *t)
{
	bool is_before = t->tv_sec < 0;
	/* Before 1970 the two halves of a timespec have opposite signs. */
	bool borrow = is_before && t->tv_nsec > 0;
	uint64_t sec = is_before ? 0 - (uint64_t)t->tv_sec - borrow : (uint64_t)t->tv_sec;
	long nsec = borrow ? 1000000000 - t->tv_nsec : t->tv_nsec;
	char text[48];

	(void)snprintf(text, sizeof(text), nsec ? "%s%llu.%09ld" : "%s%llu", is_before ? "-" : "",
		       (unsigned long long)sec, nsec);
	pax_text(out, key, text);
}

/* As GNU tar writes it: a '=' in the attribute's name would end the key. */
static void pax_xattr(struct str *out, const struct tar_xattr *x)
{
	AUTO(str_release) struct str key = STR_INIT(1024);

	str_adds(&key, "SCHILY.xattr.");
	for (const char *p = x->name; *p; p++) {
		if (*p == '=' || *p == '%')
			str_addf(&key, "%%%02X", (unsigned)*p);
		else
			str_addc(&key, *p);
	}
	pax_record(out, key.buf, x->value, x->len);
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* The fields of a header block, as ustar has them. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
};

static const uint64_t octal7 = 07777777;      /* the most that mode, uid, gid, major, minor hold */
static const uint64_t octal11 = 077777777777; /* size and mtime */

static void put_octal(char *block, int at, int digits, uint64_t n)
{
	for (int i = digits - 1; i >= 0; i--, n >>= 3)
		block[at + i] = (char)('0' + (n & 7));
}

static void put_name(char *block, int at, const char *name)
{
	memcpy(block + at, name, strnlen(name, NAME_SIZE));
}

struct fields {
	const char *name, *link;
	char type;
	uint64_t mode, uid, gid, size, major, minor;
	int64_t mtime;
};

static uint64_t fit(uint64_t n, uint64_t max)
{
	return n <= max ? n : 0; /* then the pax record says it */
}

static void add_header(struct str *out, const struct fields *f)
{
	char block[BLOCK] = { 0 };
	unsigned sum = 0;

	put_name(block, AT_NAME, f->name);
	put_octal(block, AT_MODE, 7, f->mode);
	put_octal(block, AT_UID, 7, fit(f->uid, octal7));
	put_octal(block, AT_GID, 7, fit(f->gid, octal7));
	put_octal(block, AT_SIZE, 11, fit(f->size, octal11));
	put_octal(block, AT_MTIME, 11, f->mtime < 0 ? 0 : fit((uint64_t)f->mtime, octal11));
	block[AT_TYPE] = f->type;
	put_name(block, AT_LINK, f->link ? f->link : "");
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	put_octal(block, AT_MAJOR, 7, fit(f->major, octal7));
	put_octal(block, AT_MINOR, 7, fit(f->minor, octal7));
	memset(block + AT_SUM, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)block[i];
	put_octal(block, AT_SUM, 6, sum);
	block[AT_SUM + 6] = '\0';
	str_add(out, block, BLOCK);
}

static int type_of(const struct tar_entry *n, char *type, struct err *e)
{
	switch (n->mode & S_IFMT) {
	case S_IFREG:
		*type = '0';
		break;
	case S_IFLNK:
		*type = '2';
		break;
	case S_IFCHR:
		*type = '3';
		break;
	case S_IFBLK:
		*type = '4';
		break;
	case S_IFDIR:
		*type = '5';
		break;
	case S_IFIFO:
		*type = '6';
		break;
	default:
		return err_set(e, ERR_FORMAT, "'%s' is of a type that tar does not know", n->path);
	}
	if (n->is_hardlink)
		*type = '1';
	return 0;
}

static int check_extents(const struct tar_entry *n, uint64_t *data, struct err *e)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < n->extent_count; i++) {
		const struct tar_extent *x = &n->extents[i];

		if (x->offset < end || x->offset > n->size || x->len > n->size - x->offset)
			return err_set(e, ERR_FORMAT, "'%s': its map of holes contradicts itself",
				       n->path);
		end = x->offset + x->len;
		sum += x->len;
	}
	*data = sum;
	return 0;
}

/* GNU.sparse 1.0: the map stands before the data, in decimal, filled up to a block. */
static void add_map(struct str *out, const struct tar_entry *n)
{
	const struct tar_extent *last = &n->extents[n->extent_count - 1];
	bool ends_in_hole = last->offset + last->len < n->size;

	str_addf(out, "%zu\n", n->extent_count + ends_in_hole);
	for (size_t i = 0; i < n->extent_count; i++)
		str_addf(out, "%llu\n%llu\n", (unsigned long long)n->extents[i].offset,
			 (unsigned long long)n->extents[i].len);
	if (ends_in_hole)
		str_addf(out, "%llu\n0\n", (unsigned long long)n->size);
	pad_block(out, out->len);
}

/* Says in records what the header block cannot hold. */
static void add_records(struct str *out, const struct tar_entry *n, const struct fields *f,
			bool is_sparse)
{
	if (!text_is_utf8(f->name, strlen(f->name)) ||
	    (f->link && !text_is_utf8(f->link, strlen(f->link))))
		pax_text(out, "hdrcharset", "BINARY");
	if (!is_sparse && (strlen(f->name) > NAME_SIZE || !is_ascii(f->name)))
		pax_text(out, "path", f->name);
	if (f->link && (strlen(f->link) > NAME_SIZE || !is_ascii(f->link)))
		pax_text(out, "linkpath", f->link);
	if (is_sparse) {
		pax_text(out, "GNU.sparse.major", "1");
		pax_text(out, "GNU.sparse.minor", "0");
		pax_text(out, "GNU.sparse.name", f->name);
		pax_number(out, "GNU.sparse.realsize", n->size);
	}
	if (f->size > octal11)
		pax_number(out, "size", f->size);
	if (f->uid > octal7)
		pax_number(out, "uid", f->uid);
	if (f->gid > octal7)
		pax_number(out, "gid", f->gid);
	if (f->major > octal7)
		pax_number(out, "SCHILY.devmajor", f->major);
	if (f->minor > octal7)
		pax_number(out, "SCHILY.devminor", f->minor);
	if (n->mtime.tv_nsec || f->mtime < 0 || (uint64_t)f->mtime > octal11)
		pax_time(out, "mtime", &n->mtime);
	if (n->atime.tv_nsec >= 0)
		pax_time(out, "atime", &n->atime);
	if (n->ctime.tv_nsec >= 0)
		pax_time(out, "ctime", &n->ctime);
	for (size_t i = 0; i < n->xattr_count; i++)
		pax_xattr(out, &n->xattrs[i]);
}

static const char *base_of(const char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	return path + len;
}

static void add_extended(struct str *out, const struct str *records, const struct fields *f)
{
	char name[NAME_SIZE + 1];
	struct fields x = {
		.name = name,
		.type = 'x',
		.mode = 0644,
		.size = records->len,
		.mtime = f->mtime,
	};

	if (!records->len)
		return;
	(void)snprintf(name, sizeof(name), "PaxHeaders/%.80s", base_of(f->name));
	add_header(out, &x);
	str_add(out, records->buf, records->len);
	pad_block(out, records->len);
}

static int flush(struct tar_writer *w, struct err *e)
{
	int result;

	if (w->is_broken)
		return err_set(e, ERR_FORMAT, "the archive is broken by a failure before");
	result = sink_write(w->to, w->head.buf, w->head.len, e);
	w->is_broken = result < 0;
	str_reset(&w->head);
	w->padding = 0;
	return result;
}

/* Starts the head of what comes next with the padding of what was. */
static int entry_over(struct tar_writer *w, struct err *e)
{
	if (w->left)
		return err_set(e, ERR_FORMAT, "'%s': %llu bytes less than announced", w->name,
			       (unsigned long long)w->left);
	str_reset(&w->head);
	str_add(&w->head, zeros, w->padding);
	return 0;
}

static int check_entry(const struct tar_entry *n, struct err *e)
{
	if (!*n->path || strlen(n->path) > TAR_PATH_MAX ||
	    (n->link && strlen(n->link) > TAR_PATH_MAX))
		return err_set(e, ERR_LIMIT, "'%s': a name of no or more than %d bytes", n->path,
			       TAR_PATH_MAX);
	if (n->size > INT64_MAX)
		return err_set(e, ERR_LIMIT, "'%s' is too large for tar", n->path);
	if (n->xattr_count > TAR_XATTRS_MAX)
		return err_set(e, ERR_LIMIT, "'%s' has more than %d attributes", n->path,
			       TAR_XATTRS_MAX);
	for (size_t i = 0; i < n->xattr_count; i++)
		if (n->xattrs[i].len > TAR_XATTR_MAX || strlen(n->xattrs[i].name) > 255)
			return err_set(e, ERR_LIMIT, "'%s': an attribute is too long", n->path);
	return 0;
}

/* Directories end in '/', so that a reader of the oldest format knows them too. */
static char *full_name(const struct tar_entry *n)
{
	size_t len = strlen(n->path);
	bool add = S_ISDIR(n->mode) && !n->is_hardlink && n->path[len - 1] != '/';

	return xasprintf("%s%s", n->path, add ? "/" : "");
}

int tar_put(struct tar_writer *w, const struct tar_entry *n, struct err *e)
{
	AUTO(str_release) struct str records = STR_INIT(HEAD_MAX), map = STR_INIT(MAP_MAX);
	struct fields f = {
		.link = n->link,
		.mode = n->mode & 07777,
		.uid = n->uid,
		.gid = n->gid,
		.major = n->rdev_major,
		.minor = n->rdev_minor,
		.mtime = n->mtime.tv_sec,
	};
	bool has_data = S_ISREG(n->mode) && !n->is_hardlink;
	bool is_sparse = has_data && n->extent_count > 0;
	uint64_t data = has_data ? n->size : 0;
	AUTO(freep) char *name = NULL;
	char fallback[NAME_SIZE + 1];

	if (entry_over(w, e) < 0 || check_entry(n, e) < 0 || type_of(n, &f.type, e) < 0)
		return -1;
	if (is_sparse) {
		if (check_extents(n, &data, e) < 0)
			return -1;
		add_map(&map, n);
	}
	f.name = name = full_name(n);
	f.size = map.len + data;
	add_records(&records, n, &f, is_sparse);
	add_extended(&w->head, &records, &f);
	if (is_sparse) {
		/* What a reader that does not know sparse files unpacks: not to be taken for the
		 * file. */
		(void)snprintf(fallback, sizeof(fallback), "GNUSparseFile.0/%.80s", base_of(name));
		f.name = fallback;
	}
	add_header(&w->head, &f);
	str_add(&w->head, map.buf, map.len);
	if (str_ok(&map, "the map of holes", e) < 0 ||
	    str_ok(&records, "the head of an entry", e) < 0)
		return err_wrap(e, "'%s'", n->path);
	free(w->name);
	w->name = xstrdup(n->path);
	if (flush(w, e) < 0)
		return -1;
	w->left = data;
	w->padding = pad_of(data);
	return 0;
}

int tar_data(struct tar_writer *w, const void *p, size_t len, struct err *e)
{
	if (len > w->left)
		return err_set(e, ERR_FORMAT, "'%s': more bytes than announced", w->name);
	if (w->is_broken)
		return err_set(e, ERR_FORMAT, "the archive is broken by a failure before");
	if (sink_write(w->to, p, len, e) < 0) {
		w->is_broken = true;
		return -1;
	}
	w->left -= len;
	return 0;
}

int tar_pad(struct tar_writer *w, uint64_t *filled, struct err *e)
{
	uint64_t missing = w->left;

	while (w->left)
		if (tar_data(w, zeros, w->left < sizeof(zeros) ? (size_t)w->left : sizeof(zeros),
			     e) < 0)
			return -1;
	*filled = missing;
	return 0;
}

int tar_writer_finish(struct tar_writer *w, struct err *e)
{
	if (entry_over(w, e) < 0)
		return -1;
	str_add(&w->head, zeros, 2 * (size_t)BLOCK);
	return flush(w, e);
}
