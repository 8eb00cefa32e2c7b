/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/rpmhdr.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

#define ENTRY 16

enum { /* the types of data that are read */
       TYPE_CHAR = 1,
       TYPE_INT8 = 2,
       TYPE_INT16 = 3,
       TYPE_INT32 = 4,
       TYPE_STRING = 6,
       TYPE_STRINGS = 8,
       TYPE_I18N = 9,
};

enum tag {
	NAME,
	VERSION,
	RELEASE,
	EPOCH,
	ARCH,
	LICENCE,
	PACKAGER,
	VENDOR,
	SOURCERPM,
	INSTALLTIME,
	BASENAMES,
	DIRNAMES,
	DIRINDEXES,
	FILEDIGESTS,
	FILEDIGESTALGO,
	FILEFLAGS,
	FILEMODES,
	FILESTATES,
	FILELINKTOS,
	TAGS,
};

static const uint32_t numbers[TAGS] = {
	[NAME] = 1000,       [VERSION] = 1001,        [RELEASE] = 1002,     [EPOCH] = 1003,
	[ARCH] = 1022,       [LICENCE] = 1014,        [PACKAGER] = 1015,    [VENDOR] = 1011,
	[SOURCERPM] = 1044,  [INSTALLTIME] = 1008,    [BASENAMES] = 1117,   [DIRNAMES] = 1118,
	[DIRINDEXES] = 1116, [FILEDIGESTS] = 1035,    [FILEFLAGS] = 1037,   [FILEMODES] = 1030,
	[FILESTATES] = 1029, [FILEDIGESTALGO] = 5011, [FILELINKTOS] = 1036,
};

#define FLAG_CONFIG    (1U << 0)
#define FLAG_DOC       (1U << 1)
#define FLAG_MISSINGOK (1U << 3)
#define FLAG_GHOST     (1U << 6)

struct value {
	uint32_t type, count;
	const unsigned char *p; /* NULL: the header has no such tag */
	size_t len;             /* to the end of the data */
};

struct header {
	struct value values[TAGS];
};

/* Strings one behind the other: the next of them, empty behind the last. */
struct strings {
	const char *p;
	size_t len;
	uint32_t left;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int read_index(struct header *h, const unsigned char *blob, size_t len, struct err *e)
{
	uint32_t tags, size;

	if (len < 8)
		return err_set(e, ERR_FORMAT, "an rpm header of %zu bytes", len);
	tags = be32(blob);
	size = be32(blob + 4);
	if (!tags || tags > RPMHDR_TAGS_MAX || len - 8 < (size_t)tags * ENTRY ||
	    len - 8 - (size_t)tags * ENTRY < size)
		return err_set(e, ERR_FORMAT, "an rpm header whose counts do not fit it");
	for (uint32_t i = 0; i < tags; i++) {
		const unsigned char *entry = blob + 8 + (size_t)i * ENTRY;
		uint32_t offset = be32(entry + 8);

		for (int t = 0; t < TAGS; t++) {
			if (be32(entry) != numbers[t] || h->values[t].p || offset >= size)
				continue;
			h->values[t] = (struct value){
				.type = be32(entry + 4),
				.count = be32(entry + 12),
				.p = blob + 8 + (size_t)tags * ENTRY + offset,
				.len = size - offset,
			};
		}
	}
	return 0;
}

static struct strings strings_of(const struct value *v)
{
	bool is_text = v->type == TYPE_STRING || v->type == TYPE_STRINGS || v->type == TYPE_I18N;

	if (!v->p || !is_text)
		return (struct strings){ .p = "" };
	return (struct strings){ .p = (const char *)v->p,
				 .len = v->len,
				 .left = v->type == TYPE_STRING ? 1 : v->count };
}

static struct scan next_string(struct strings *s)
{
	const char *end = s->left && s->len ? memchr(s->p, '\0', s->len) : NULL;
	struct scan out = scan_of("", 0);

	if (!end) {
		s->left = 0;
		return out;
	}
	out = scan_of(s->p, (size_t)(end - s->p));
	s->p += out.len + 1;
	s->len -= out.len + 1;
	s->left--;
	return out;
}

static struct scan text_of(const struct header *h, enum tag t)
{
	struct strings s = strings_of(&h->values[t]);

	return next_string(&s);
}

/* The N-th number, of 1, 2 or 4 bytes; false where there is none. */
static bool number_of(const struct value *v, uint32_t n, uint32_t *out)
{
	size_t width = v->type == TYPE_INT32 ? 4 : v->type == TYPE_INT16 ? 2 : 1;

	if (!v->p || v->type < TYPE_CHAR || v->type > TYPE_INT32 || n >= v->count ||
	    v->len / width <= n)
		return false;
	*out = 0;
	for (size_t i = 0; i < width; i++)
		*out = *out << 8 | v->p[n * width + i];
	return true;
}

static uint32_t number_or(const struct header *h, enum tag t, uint32_t n, uint32_t otherwise)
{
	uint32_t out;

	return number_of(&h->values[t], n, &out) ? out : otherwise;
}

/* "bash-5.2.15-5.fc40.src.rpm": the name, and the version with its release. */
static void split_source(struct scan rpm, struct package *p)
{
	static const char *const ends[] = { ".src.rpm", ".nosrc.rpm" };
	size_t dashes = 0, at;

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(ends[i]);

		if (rpm.len > len && !memcmp(rpm.p + rpm.len - len, ends[i], len)) {
			rpm.len -= len;
			break;
		}
	}
	for (at = rpm.len; at && dashes < 2; at--)
		dashes += rpm.p[at - 1] == '-';
	if (dashes < 2 || !at)
		return;
	p->source = scan_of(rpm.p, at);
	p->source_version = scan_of(rpm.p + at + 1, rpm.len - at - 1);
}

static void fill_package(const struct header *h, struct package *p)
{
	uint32_t epoch;

	*p = (struct package){
		.kind = PACKAGE_RPM,
		.name = text_of(h, NAME),
		.version = text_of(h, VERSION),
		.release = text_of(h, RELEASE),
		.arch = text_of(h, ARCH),
		.licence = text_of(h, LICENCE),
		.maintainer = text_of(h, PACKAGER),
		.installed = number_or(h, INSTALLTIME, 0, 0),
	};
	if (!p->maintainer.len)
		p->maintainer = text_of(h, VENDOR);
	split_source(text_of(h, SOURCERPM), p);
	p->has_epoch = number_of(&h->values[EPOCH], 0, &epoch);
	p->epoch = p->has_epoch ? epoch : 0;
}

/* The names of OpenPGP (RFC 4880, 9.4); a header that names none is of the days of MD5. */
static enum digest_kind kind_of(uint32_t algorithm)
{
	switch (algorithm) {
	case 1:
		return DIGEST_MD5;
	case 2:
		return DIGEST_SHA1;
	case 8:
		return DIGEST_SHA256;
	case 9:
		return DIGEST_SHA384;
	case 10:
		return DIGEST_SHA512;
	default:
		return DIGEST_NONE;
	}
}

static unsigned flags_of(uint32_t flags, uint32_t state)
{
	unsigned out = 0;

	if (flags & FLAG_CONFIG)
		out |= PACKAGE_CONFIG;
	if (flags & FLAG_DOC)
		out |= PACKAGE_DOC;
	if (flags & FLAG_MISSINGOK)
		out |= PACKAGE_OPTIONAL;
	if (flags & FLAG_GHOST)
		out |= PACKAGE_GHOST;
	/* Replaced by another package's, not installed, on a shared tree, of the other colour. */
	if (state >= 1 && state <= 4)
		out |= PACKAGE_LEFT_OUT;
	return out;
}

/* A path of more than one part, or one that leads elsewhere, is no name of a file. */
static bool is_name(const struct scan *s)
{
	return s->len && !memchr(s->p, '/', s->len) && !scan_is(s, ".") && !scan_is(s, "..");
}

static void tell_files(const struct header *h, const struct package_visitor *to)
{
	struct strings names = strings_of(&h->values[BASENAMES]);
	struct strings dirs = strings_of(&h->values[DIRNAMES]);
	struct strings sums = strings_of(&h->values[FILEDIGESTS]);
	struct strings links = strings_of(&h->values[FILELINKTOS]);
	enum digest_kind kind = kind_of(number_or(h, FILEDIGESTALGO, 0, 1));
	AUTO(freep) struct scan *dir = NULL;
	size_t count = 0, cap = 0;

	/* At most a byte of the blob a directory, whatever the count says. */
	while (dirs.left) {
		struct scan next = next_string(&dirs);

		grow(dir, count, cap);
		dir[count++] = next;
	}
	for (uint32_t i = 0; names.left; i++) {
		struct package_file f = { .name = next_string(&names),
					  .link = next_string(&links) };
		struct scan sum = next_string(&sums);
		uint32_t at = number_or(h, DIRINDEXES, i, UINT32_MAX);
		enum digest_kind is;

		if (!is_name(&f.name) || at >= count) {
			if (to->bad && (names.left || f.name.len))
				to->bad(to->data, 0, "a file without a proper name");
			continue;
		}
		f.dir = dir[at];
		if (package_digest_hex(&sum, &is, f.digest) && is == kind)
			f.kind = kind;
		f.has_mode = number_of(&h->values[FILEMODES], i, &f.mode);
		f.flags = flags_of(number_or(h, FILEFLAGS, i, 0), number_or(h, FILESTATES, i, 0));
		to->file(to->data, &f);
	}
}

int rpmhdr_parse(const void *blob, size_t len, const struct package_visitor *to, struct err *e)
{
	struct header h = { 0 };
	struct package p;

	if (read_index(&h, blob, len, e) < 0)
		return -1;
	fill_package(&h, &p);
	if (!p.name.len)
		return err_set(e, ERR_FORMAT, "an rpm header without a name");
	if (to->package)
		to->package(to->data, &p);
	if (to->file)
		tell_files(&h, to);
	return 0;
}
