/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/report_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define LINE_MAX_BYTES ((size_t)1 << 20) /* two paths and two links, escaped */
#define CLASS_WIDTH    10

static size_t columns_of(void)
{
	const char *set = getenv("COLUMNS");
	struct winsize size;
	struct err ignored = { 0 };
	uint64_t n;

	if (set && text_u64(set, 10000, &n, &ignored) == 0 && n > 0)
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

void report_diff_init(struct report_diff *r)
{
	*r = (struct report_diff){ .columns = columns_of() };
	str_init(&r->line, LINE_MAX_BYTES);
	str_init(&r->rest, LINE_MAX_BYTES);
}

void report_diff_release(struct report_diff *r)
{
	str_release(&r->line);
	str_release(&r->rest);
}

/* Begins another part of the second half of a line. */
static struct str *part(struct report_diff *r)
{
	if (r->rest.len)
		str_adds(&r->rest, ", ");
	return &r->rest;
}

static void __attribute__((format(printf, 2, 3))) say(struct report_diff *r, const char *fmt, ...)
{
	struct str *out = part(r);
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(out, fmt, ap);
	va_end(ap);
}

static void show_key(struct str *out, const char *key, size_t len)
{
	AUTO(str_release) struct str path = STR_INIT(KEY_MAX + 2);

	key_show(&path, key, len);
	text_show(out, path.buf, path.len);
}

static void say_count(struct report_diff *r, uint64_t n, const char *behind)
{
	say(r, "%" PRIu64 " path%s%s", n, n == 1 ? "" : "s", behind);
}

static void say_link(struct report_diff *r, const char *word, const struct record *n)
{
	struct str *out = part(r);

	str_adds(out, word);
	if (n->state.has & STATE_HARDLINK)
		show_key(out, n->link, n->link_len);
	else
		text_show(out, n->link, n->link_len);
}

static void say_capabilities(struct str *out, const struct state *s)
{
	if (!(s->has & STATE_CAPS)) {
		str_adds(out, "none");
		return;
	}
	str_addf(out, "%" PRIx64 "%s", s->permitted, s->has & STATE_CAPS_EFFECTIVE ? "+e" : "");
	if (s->inheritable)
		str_addf(out, " inheritable %" PRIx64, s->inheritable);
}

/* All of one that the other side does not have. */
static void describe(struct report_diff *r, const struct record *n)
{
	const struct state *s = &n->state;
	mode_t type = s->mode & S_IFMT;

	str_addf(&r->rest, "%s", type ? file_type_word(s->mode) : "unknown");
	if (s->has & STATE_META)
		str_addf(&r->rest, " %04o %" PRIu64 ":%" PRIu64, s->mode & 07777, s->uid, s->gid);
	if (type == S_IFREG)
		text_size(part(r), s->size);
	if (type == S_IFCHR || type == S_IFBLK)
		say(r, "%u:%u", s->rdev_major, s->rdev_minor);
	if (type == S_IFLNK)
		say_link(r, "-> ", n);
	if (s->has & STATE_HARDLINK)
		say_link(r, "hard link to ", n);
	if (s->has & STATE_CAPS) {
		str_adds(part(r), "capabilities ");
		say_capabilities(&r->rest, s);
	}
}

static void say_content(struct report_diff *r, const struct change *c)
{
	uint64_t was = c->before->state.size, is = c->after->state.size;
	struct str *out = part(r);

	text_size(out, was);
	if (was == is) {
		str_adds(out, " as before");
	} else {
		str_adds(out, " -> ");
		text_size(out, is);
	}
	/* Who writes to a file moves that time: somebody put it back. */
	if (!(c->differs & DIFFERS_MTIME) &&
	    c->before->state.has & c->after->state.has & STATE_MTIME)
		say(r, "time of modification as before");
}

static void say_difference(struct report_diff *r, const struct change *c)
{
	const struct state *b = &c->before->state, *a = &c->after->state;

	if (c->differs & DIFFERS_TYPE) {
		say(r, "was %s%s", file_type_word(b->mode), c->count ? " with " : "");
		if (c->count)
			str_addf(&r->rest, "%" PRIu64 " path%s", c->count,
				 c->count == 1 ? "" : "s");
		str_adds(&r->rest, ", is ");
		describe(r, c->after);
	}
	if (c->differs & DIFFERS_CONTENT)
		say_content(r, c);
	if (c->differs & DIFFERS_MODE)
		say(r, "mode %04o -> %04o", b->mode & 07777, a->mode & 07777);
	if (c->differs & DIFFERS_UID)
		say(r, "uid %" PRIu64 " -> %" PRIu64, b->uid, a->uid);
	if (c->differs & DIFFERS_GID)
		say(r, "gid %" PRIu64 " -> %" PRIu64, b->gid, a->gid);
	if (c->differs & DIFFERS_XATTRS)
		say(r, "extended attributes");
	if (c->differs & DIFFERS_CAPS) {
		str_adds(part(r), "capabilities ");
		say_capabilities(&r->rest, b);
		str_adds(&r->rest, " -> ");
		say_capabilities(&r->rest, a);
	}
	if (c->differs & DIFFERS_LINK) {
		say_link(r, "", c->before);
		str_adds(&r->rest, " -> ");
		text_show(&r->rest, c->after->link, c->after->link_len);
	}
	if (c->differs & DIFFERS_RDEV)
		say(r, "device %u:%u -> %u:%u", b->rdev_major, b->rdev_minor, a->rdev_major,
		    a->rdev_minor);
}

/* Of rows that were compared where they were taken, it is known in what, not what it was. */
static void say_told(struct report_diff *r, const struct change *c)
{
	describe(r, c->after);
	for (unsigned i = 0; i < DIFFERS_WORDS; i++)
		if (c->differs & (1u << i))
			say(r, "%s", differs_word(1u << i));
}

static void change_as_text(struct report_diff *r, const struct change *c)
{
	const struct record *n = c->after ? c->after : c->before;
	size_t width;

	str_addf(&r->line, "%-*s", CLASS_WIDTH, class_word(c->classes));
	show_key(&r->line, n->key, n->key_len);
	if (c->before && c->after)
		say_difference(r, c);
	else if (c->after && c->classes & CHANGE_ADDED)
		describe(r, c->after);
	else if (c->after)
		say_told(r, c);
	else
		describe(r, c->before);
	if (!c->after && c->count > 1)
		say_count(r, c->count, "");
	if (c->is_mounted)
		say(r, "in a tmpfs");
	width = text_width(r->line.buf) + 2 + text_width(r->rest.buf);
	printf("%s", r->line.buf);
	if (r->rest.len && width > r->columns)
		printf("\n%*s", CLASS_WIDTH, "");
	else if (r->rest.len)
		printf("  ");
	puts(r->rest.buf);
}

static void hash_json(struct jsonw *w, const char *key, const uint8_t *bytes)
{
	char hex[2 * 32 + 1];

	text_hex(hex, bytes, 32);
	jsonw_text(w, key, hex);
}

static void hexadecimal(struct jsonw *w, const char *key, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, n);
	jsonw_text(w, key, text);
}

static void link_json(struct jsonw *w, const struct record *n)
{
	AUTO(str_release) struct str path = STR_INIT(KEY_MAX + 2);

	if (n->state.has & STATE_HARDLINK) {
		key_show(&path, n->link, n->link_len);
		jsonw_bytes(w, "hardlink", path.buf, path.len);
	} else if (S_ISLNK(n->state.mode)) {
		jsonw_bytes(w, "link", n->link, n->link_len);
	}
}

static void meta_json(struct jsonw *w, const struct state *s)
{
	char text[TEXT_TIME_SIZE];
	const struct timespec t = { .tv_sec = s->mtime, .tv_nsec = s->mtime_nsec };

	if (s->has & STATE_META) {
		(void)snprintf(text, sizeof(text), "%04o", s->mode & 07777);
		jsonw_text(w, "mode", text);
		jsonw_u64(w, "uid", s->uid);
		jsonw_u64(w, "gid", s->gid);
	}
	if (S_ISREG(s->mode))
		jsonw_u64_text(w, "size", s->size);
	if (s->has & STATE_MTIME) {
		text_time(text, &t);
		jsonw_text(w, "mtime", text);
	}
	if (S_ISCHR(s->mode) || S_ISBLK(s->mode)) {
		(void)snprintf(text, sizeof(text), "%u:%u", s->rdev_major, s->rdev_minor);
		jsonw_text(w, "rdev", text);
	}
}

static void state_json(struct jsonw *w, const char *key, const struct record *n)
{
	const struct state *s = &n->state;

	jsonw_object(w, key);
	jsonw_text(w, "type", s->mode & S_IFMT ? file_type_word(s->mode) : "unknown");
	meta_json(w, s);
	link_json(w, n);
	if (s->has & STATE_CAPS) {
		jsonw_object(w, "caps");
		hexadecimal(w, "permitted", s->permitted);
		hexadecimal(w, "inheritable", s->inheritable);
		jsonw_bool(w, "effective", s->has & STATE_CAPS_EFFECTIVE);
		jsonw_end(w);
	}
	if (s->has & STATE_XATTRS)
		hash_json(w, "xattrs_sha256", s->xattrs);
	if (s->has & STATE_SHA256)
		hash_json(w, "sha256", s->sha256);
	if (s->has & (STATE_CUT | STATE_UNHASHED | STATE_LOST))
		jsonw_text(w, "content",
			   s->has & STATE_CUT        ? "cut off"
			   : s->has & STATE_UNHASHED ? "not hashed"
						     : "a hard link to nothing");
	jsonw_end(w);
}

static void change_as_json(struct report_diff *r, const struct change *c)
{
	AUTO(str_release) struct str path = STR_INIT(KEY_MAX + 2);
	const struct record *n = c->after ? c->after : c->before;
	struct jsonw w;

	key_show(&path, n->key, n->key_len);
	jsonw_init(&w, &r->line);
	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "path", path.buf, path.len);
	jsonw_text(&w, "class", class_word(c->classes));
	if (c->differs) {
		jsonw_array(&w, "differs");
		for (unsigned i = 0; i < DIFFERS_WORDS; i++)
			if (c->differs & (1u << i))
				jsonw_text(&w, NULL, differs_word(1u << i));
		jsonw_end(&w);
	}
	if (c->count)
		jsonw_u64(&w, "count", c->count);
	if (c->is_mounted)
		jsonw_bool(&w, "tmpfs", true);
	if (c->before)
		state_json(&w, "before", c->before);
	if (c->after)
		state_json(&w, "after", c->after);
	jsonw_line(&w);
	(void)fwrite(r->line.buf, 1, r->line.len, stdout);
}

int report_change(const struct change *c, void *data, struct err *e)
{
	struct report_diff *r = data;

	if (r->is_stat)
		return 0;
	str_reset(&r->line);
	str_reset(&r->rest);
	if (r->as_json)
		change_as_json(r, c);
	else
		change_as_text(r, c);
	return ferror(stdout) ? err_sys(e, "write to standard output") : 0;
}

/* Each on a line that fits into 80 columns. */
void report_counts(const struct report_diff *r, const struct counts *n)
{
	const unsigned shown = r->is_verbose ? (1u << CHANGE_CLASSES) - 1 : CHANGE_SHOWN;
	bool has_any = false;

	for (unsigned i = 0; i < CHANGE_CLASSES; i++) {
		if (!n->of[i] || !(shown & (1u << i)))
			continue;
		printf("%s%" PRIu64 " %s", has_any ? ", " : "", n->of[i], class_word(1u << i));
		has_any = true;
	}
	puts(has_any ? "" : "no difference");
	if (n->image)
		printf("%" PRIu64 " paths in the image, %" PRIu64 " in the container\n", n->image,
		       n->container);
	if (n->of[5] && !r->is_verbose)
		printf("not shown: %" PRIu64 " touched and the same (-v)\n", n->of[5]);
	if (n->of[6] && !r->is_verbose)
		printf("not shown: %" PRIu64 " with another time of modification alone (-v)\n",
		       n->of[6]);
	if (n->injected)
		printf("not shown: %" PRIu64 " that the engine put there, empty\n", n->injected);
	if (n->unknown)
		printf("not known: whether %" PRIu64 " that both have are the same\n", n->unknown);
	if (n->unknown_gone)
		printf("not known: whether %" PRIu64 " are gone, or not among what came\n",
		       n->unknown_gone);
}

void report_counts_json(struct jsonw *w, const struct counts *n)
{
	jsonw_object(w, "counts");
	for (unsigned i = 0; i < CHANGE_CLASSES; i++)
		jsonw_u64(w, class_word(1u << i), n->of[i]);
	jsonw_u64(w, "tmpfs", n->mounted);
	jsonw_u64(w, "injected", n->injected);
	jsonw_u64(w, "unknown", n->unknown);
	jsonw_u64(w, "unknown_gone", n->unknown_gone);
	jsonw_u64(w, "image_paths", n->image);
	jsonw_u64(w, "container_paths", n->container);
	jsonw_end(w);
}
