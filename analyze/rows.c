/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/alias.h"
#include "lib/base/json.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

struct rowing {
	struct run_maker *to;
	struct notes *notes;
	struct rows_head *head;
	struct implied implied;
	struct str path, link, key, target, values; /* of one row */
	uint64_t number;
	unsigned layer;
};

void rows_head_release(struct rows_head *h)
{
	str_release(&h->mount);
}

static void rowing_init(struct rowing *r)
{
	implied_init(&r->implied);
	str_init(&r->path, ROWS_LINE_MAX);
	str_init(&r->link, ROWS_LINE_MAX);
	str_init(&r->key, 2 * (KEY_MAX + 1));
	str_init(&r->target, KEY_MAX + 1);
	str_init(&r->values, ROWS_LINE_MAX);
}

static void rowing_release(struct rowing *r)
{
	implied_release(&r->implied);
	str_release(&r->path);
	str_release(&r->link);
	str_release(&r->key);
	str_release(&r->target);
	str_release(&r->values);
}

static const struct {
	const char *word;
	mode_t mode;
} types[] = {
	{ "file", S_IFREG }, { "dir", S_IFDIR },   { "symlink", S_IFLNK }, { "hardlink", S_IFREG },
	{ "char", S_IFCHR }, { "block", S_IFBLK }, { "fifo", S_IFIFO },    { "socket", S_IFSOCK },
};

/* 0 of "unknown". */
static mode_t type_of(const char *word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].word, word))
			return types[i].mode;
	return 0;
}

static int bad(struct obj *o, const char *what)
{
	return err_set(o->e, ERR_FORMAT, "row: '%s' is none", what);
}

/* Digits of BASE and nothing else. */
static bool number(const char *text, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit >= base || n > (max - digit) / base)
			return false;
		n = n * base + digit;
	}
	*out = n;
	return true;
}

static int take_mode(struct state *s, struct obj *o)
{
	const char *text = obj_text_or(o, "mode", NULL);
	uint64_t bits;

	if (!text)
		return 0;
	if (!number(text, 8, 07777, &bits))
		return bad(o, "mode");
	s->mode |= (uint32_t)bits;
	s->uid = obj_u64(o, "uid");
	s->gid = obj_u64(o, "gid");
	s->has |= STATE_META;
	return 0;
}

/* RFC 3339, or '@', seconds, '.', nanoseconds of what no calendar has. */
static int take_mtime(struct state *s, struct obj *o)
{
	const char *text = obj_text_or(o, "mtime", NULL);
	struct timespec t = { 0 };

	if (!text)
		return 0;
	if (*text == '@') {
		bool is_negative = text[1] == '-';
		char digits[24];
		size_t len = strcspn(text + 1 + is_negative, ".");
		uint64_t sec, nsec = 0;

		if (len >= sizeof(digits))
			return bad(o, "mtime");
		memcpy(digits, text + 1 + is_negative, len);
		digits[len] = '\0';
		text += 1 + is_negative + len;
		if (!number(digits, 10, INT64_MAX, &sec) ||
		    (*text && !number(text + 1, 10, 999999999, &nsec)))
			return bad(o, "mtime");
		t.tv_sec = is_negative ? -(time_t)sec : (time_t)sec;
		t.tv_nsec = (long)nsec;
	} else if (text_parse_time(text, &t, o->e) < 0) {
		return -1;
	}
	s->mtime = t.tv_sec;
	s->mtime_nsec = (uint32_t)t.tv_nsec;
	s->has |= STATE_MTIME;
	return 0;
}

static int take_rdev(struct state *s, struct obj *o)
{
	const char *text = obj_text_or(o, "rdev", NULL), *colon = text ? strchr(text, ':') : NULL;
	char major[16];
	uint64_t a, b;

	if (!text)
		return 0;
	if (!colon || (size_t)(colon - text) >= sizeof(major))
		return bad(o, "rdev");
	memcpy(major, text, (size_t)(colon - text));
	major[colon - text] = '\0';
	if (!number(major, 10, UINT32_MAX, &a) || !number(colon + 1, 10, UINT32_MAX, &b))
		return bad(o, "rdev");
	s->rdev_major = (uint32_t)a;
	s->rdev_minor = (uint32_t)b;
	return 0;
}

/* Values one behind the other; where each begins is known before the buffer has its last place. */
static int take_xattrs(struct rowing *r, struct state *s, struct obj *o)
{
	const struct cJSON *all = json_member(o->node, "xattrs"), *x;
	struct tar_xattr found[TAR_XATTRS_MAX];
	size_t starts[TAR_XATTRS_MAX], count = 0;

	str_reset(&r->values);
	for (x = all ? json_first(all) : NULL; x; x = json_next(x)) {
		const char *value = json_text(x);

		if (!json_key(x) || !value || count == TAR_XATTRS_MAX)
			return bad(o, "xattrs");
		starts[count] = r->values.len;
		if (text_unbase64(&r->values, value, strlen(value), o->e) < 0)
			return -1;
		found[count] = (struct tar_xattr){ .name = json_key(x),
						   .len = r->values.len - starts[count] };
		count++;
	}
	for (size_t i = 0; i < count; i++)
		found[i].value = r->values.buf + starts[i];
	state_take_xattrs(s, found, count);
	/* Names that are no text are nobody's but a hider's: that there are some is what counts. */
	if (json_member(o->node, "xattrs_b64")) {
		s->has |= STATE_XATTRS;
		s->xattrs[0] ^= 0xff;
	}
	return 0;
}

static int take_content(struct state *s, struct obj *o)
{
	const char *sum = obj_text_or(o, "sha256", NULL);

	if (json_member(o->node, "size"))
		s->size = obj_u64_text(o, "size");
	if (sum) {
		if (!text_is_hex(sum, SHA256_HEX - 1) ||
		    text_unhex(s->sha256, sizeof(s->sha256), sum, o->e) < 0)
			return bad(o, "sha256");
		s->has |= STATE_SHA256;
	}
	if (json_member(o->node, "unhashed"))
		s->has |= STATE_UNHASHED;
	if (json_member(o->node, "missing") || json_member(o->node, "read_error"))
		s->has |= STATE_CUT;
	return 0;
}

static int take_change(struct state *s, struct record *n, struct obj *o)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} known[] = {
		{ "type", STATE_TYPE_DIFFERS },   { "content", STATE_CONTENT_DIFFERS },
		{ "mode", STATE_MODE_DIFFERS },   { "owner", STATE_OWNER_DIFFERS },
		{ "mtime", STATE_MTIME_DIFFERS }, { "xattrs", STATE_XATTRS_DIFFER },
		{ "link", STATE_LINK_DIFFERS },
	};
	const char *letter = obj_text_or(o, "change", "");
	const struct cJSON *list = obj_list_or(o, "differs"), *x;

	if (!strcmp(letter, "D"))
		n->kind = RECORD_WHITEOUT;
	else if (!strcmp(letter, "A"))
		s->has |= STATE_ADDED;
	else if (!strcmp(letter, "M"))
		s->has |= STATE_MODIFIED;
	else if (*letter)
		return bad(o, "change");
	if (list)
		s->has |= STATE_COMPARED;
	for (x = list ? json_first(list) : NULL; x; x = json_next(x))
		for (size_t i = 0; json_text(x) && i < sizeof(known) / sizeof(known[0]); i++)
			if (!strcmp(json_text(x), known[i].word))
				s->has |= known[i].flag;
	return 0;
}

/* Its place; 0: it has none, and that was noted. */
static int take_key(struct rowing *r, struct record *n)
{
	enum key_fault fault = key_of(&r->key, r->path.buf, r->path.len);
	const struct str *mount = r->head ? &r->head->mount : NULL;

	if (fault == KEY_CLIMBS || fault == KEY_LONG) {
		notes_lack(r->notes, "name-climbs", r->path.buf, r->path.len,
			   "a row's path that has no place below the root: left out");
		return 0;
	}
	if (mount && mount->len) {
		if (!r->key.len)
			return 0; /* where it is mounted: the root file system has that */
		if (mount->len + 1 + r->key.len > KEY_MAX)
			return 0;
		str_reset(&r->target);
		str_add(&r->target, mount->buf, mount->len);
		str_addc(&r->target, '\0');
		str_add(&r->target, r->key.buf, r->key.len);
		str_reset(&r->key);
		str_add(&r->key, r->target.buf, r->target.len);
	}
	n->key = r->key.buf;
	n->key_len = r->key.len;
	return 1;
}

static void note_gaps(struct rowing *r, struct obj *o)
{
	static const char *const keys[] = { "error", "read_error", "missing", "unhashed" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct cJSON *item = json_member(o->node, keys[i]);

		if (item)
			notes_lack(r->notes, "row-gap", r->path.buf, r->path.len, "%s: %s", keys[i],
				   json_text(item) ? json_text(item) : "");
	}
}

/* A hard link of a tmpfs is named as its own file system names it. */
static int put_alias(struct rowing *r, struct record *n, struct err *e)
{
	AUTO(str_release) struct str path = STR_INIT(2 * ROWS_LINE_MAX);

	if (r->head && r->head->mount.len)
		key_show(&path, r->head->mount.buf, r->head->mount.len);
	str_addc(&path, '/');
	str_add(&path, r->link.buf, r->link.len);
	return alias_put(r->to, n, path.buf, &r->target, r->notes, e);
}

static int put(struct rowing *r, struct record *n, bool is_hardlink, struct err *e)
{
	if (n->kind == RECORD_WHITEOUT)
		return run_put(r->to, n, e);
	if (implied_put(&r->implied, r->to, n, e) < 0)
		return -1;
	if (is_hardlink && r->link.len)
		return put_alias(r, n, e);
	return run_put(r->to, n, e);
}

/* ROW: what is wrong with the row; E: why nothing can be read any more. */
static int take_row(struct rowing *r, struct obj *o, struct err *e)
{
	struct record n = {
		.kind = RECORD_ENTRY, .layer = r->layer, .of_layer = r->layer, .seq = r->number
	};
	const char *type = obj_text_or(o, "type", "unknown");
	bool is_opaque = obj_bool_or(o, "opaque", false);

	str_reset(&r->link);
	n.state.mode = type_of(type);
	if (obj_bytes(o, "link", &r->link)) {
		n.link = r->link.buf;
		n.link_len = r->link.len;
	}
	if (take_mode(&n.state, o) < 0 || take_mtime(&n.state, o) < 0 ||
	    take_rdev(&n.state, o) < 0 || take_xattrs(r, &n.state, o) < 0 ||
	    take_content(&n.state, o) < 0 || take_change(&n.state, &n, o) < 0 || obj_end(o) < 0)
		return -1;
	if (r->link.over || n.link_len > KEY_MAX)
		return bad(o, "link");
	if (json_member(o->node, "inode"))
		n.state.has |= STATE_ON_DISK;
	note_gaps(r, o);
	if (take_key(r, &n) == 0)
		return 0;
	/* A second row of a directory, saying only that it could not be read, is not the one that
	 * counts. */
	if (!n.state.mode && n.kind == RECORD_ENTRY)
		n.seq = 0;
	if (json_member(o->node, "error") && (!n.state.mode || S_ISDIR(n.state.mode)))
		n.state.has |= STATE_VEILED;
	if (put(r, &n, !strcmp(type, "hardlink"), e) < 0)
		return -1;
	n.kind = RECORD_OPAQUE;
	return is_opaque ? run_put(r->to, &n, e) : 0;
}

/* The first line of some says what the others are of. */
static int take_head(struct rowing *r, struct obj *o)
{
	const struct cJSON *layers = obj_list_or(o, "layers"), *x;

	for (x = layers ? json_first(layers) : NULL; x && r->head; x = json_next(x)) {
		const char *state = json_text(json_member(x, "state"));

		r->head->layers++;
		r->head->verified += state && !strcmp(state, "verified");
	}
	str_reset(&r->path);
	if (!obj_bytes(o, "mount", &r->path) || !r->head)
		return obj_end(o);
	str_init(&r->head->mount, KEY_MAX + 1);
	if (key_of(&r->head->mount, r->path.buf, r->path.len) == KEY_CLIMBS)
		return bad(o, "mount");
	return obj_end(o);
}

static int take_line(struct rowing *r, const char *line, size_t len, struct err *row, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = json_parse(line, len, row);
	struct obj o;

	if (!doc)
		return -1;
	o = obj_begin(doc, "row", row);
	str_reset(&r->path);
	if (obj_bytes(&o, "path", &r->path))
		return take_row(r, &o, e);
	if (obj_end(&o) < 0)
		return -1;
	return r->number == 1 ? take_head(r, &o) : bad(&o, "path");
}

static int next(struct rowing *r, struct lines *lines, struct err *e)
{
	struct err row = { 0 }, ours = { 0 };
	const char *line = NULL;
	size_t len = 0;
	int got = stop_requested() ? stop_err(e) : lines_next(lines, &line, &len, e);

	if (got <= 0)
		return got;
	if (++r->number > ROWS_MAX)
		return err_set(e, ERR_LIMIT, "more than %llu rows", (unsigned long long)ROWS_MAX);
	if (lines->is_over)
		(void)err_set(&row, ERR_LIMIT, "longer than %zu bytes", ROWS_LINE_MAX);
	else if (take_line(r, line, len, &row, &ours) == 0)
		return 1;
	if (ours.kind != ERR_NONE) {
		*e = ours;
		return -1;
	}
	notes_cut(r->notes, "row-bad", NULL, 0, "line %llu: %s", (unsigned long long)r->number,
		  row.text);
	return 1;
}

int rows_read(struct run_maker *to, unsigned layer, struct source *from, struct rows_head *head,
	      struct notes *notes, struct err *e)
{
	AUTO(rowing_release)
	struct rowing r = { .to = to, .notes = notes, .head = head, .layer = layer };
	AUTO(lines_release) struct lines lines = { 0 };
	struct err why = { 0 };
	int got;

	rowing_init(&r);
	lines_init(&lines, from, ROWS_LINE_MAX);
	while ((got = next(&r, &lines, &why)) > 0)
		;
	if (!got)
		return 0;
	if (why.kind != ERR_FORMAT && why.kind != ERR_LIMIT) {
		*e = why;
		return -1;
	}
	notes_cut(notes, "rows-broken", NULL, 0, "after %llu rows: %s",
		  (unsigned long long)r.number, why.text);
	return 0;
}
