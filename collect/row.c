/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/row.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

const char *row_type(const struct node *n)
{
	return n->tar.is_hardlink ? "hardlink" : file_type_word(n->tar.mode);
}

/*
 * By hand: four of these a row, and gmtime_r with snprintf would cost more than all else of it. The
 * date is that of Howard Hinnant's "chrono-compatible low-level date algorithms", civil_from_days.
 */
void row_time(char out[ROW_TIME_SIZE], const struct timespec *t)
{
	int64_t days = t->tv_sec / 86400, left = t->tv_sec % 86400, era, year;
	unsigned doe, yoe, doy, mp, day, month;
	char *p;

	if (left < 0) {
		left += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (unsigned)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	year = (int64_t)yoe + era * 400;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	day = doy - (153 * mp + 2) / 5 + 1;
	month = mp < 10 ? mp + 3 : mp - 9;
	year += month <= 2;
	if (year < 0 || year > 9999) { /* a forged time: RFC 3339 has four digits */
		(void)snprintf(out, ROW_TIME_SIZE, "@%lld.%09ld", (long long)t->tv_sec, t->tv_nsec);
		return;
	}
	memcpy(out, "0000-00-00T00:00:00.000000000Z", 31);
	p = out;
	for (unsigned i = 4, y = (unsigned)year; i-- > 0; y /= 10)
		p[i] = (char)('0' + y % 10);
	const unsigned pairs[] = { month, day, (unsigned)left / 3600, (unsigned)left / 60 % 60,
				   (unsigned)left % 60 };
	for (unsigned i = 0; i < 5; i++) {
		p[5 + 3 * i] = (char)('0' + pairs[i] / 10);
		p[6 + 3 * i] = (char)('0' + pairs[i] % 10);
	}
	for (unsigned i = 9, ns = (unsigned)t->tv_nsec; i-- > 0; ns /= 10)
		p[20 + i] = (char)('0' + ns % 10);
}

static void put_time(struct jsonw *w, const char *key, const struct timespec *t)
{
	char text[ROW_TIME_SIZE];

	if (t->tv_nsec < 0)
		return;
	row_time(text, t);
	jsonw_text(w, key, text);
}

static void put_xattrs(struct jsonw *w, const struct tar_entry *t)
{
	AUTO(str_release) struct str text = STR_INIT(TAR_XATTR_MAX * 3);
	bool has_raw = false;

	if (!t->xattr_count)
		return;
	jsonw_object(w, "xattrs");
	for (size_t i = 0; i < t->xattr_count; i++) {
		if (!text_is_utf8(t->xattrs[i].name, strlen(t->xattrs[i].name))) {
			has_raw = true;
			continue;
		}
		str_reset(&text);
		text_base64(&text, t->xattrs[i].value, t->xattrs[i].len);
		jsonw_text(w, t->xattrs[i].name, text.buf);
	}
	jsonw_end(w);
	if (!has_raw)
		return;
	/* A key must be text: names that are not go in pairs. */
	jsonw_array(w, "xattrs_b64");
	for (size_t i = 0; i < t->xattr_count; i++) {
		if (text_is_utf8(t->xattrs[i].name, strlen(t->xattrs[i].name)))
			continue;
		jsonw_array(w, NULL);
		str_reset(&text);
		text_base64(&text, t->xattrs[i].name, strlen(t->xattrs[i].name));
		jsonw_text(w, NULL, text.buf);
		str_reset(&text);
		text_base64(&text, t->xattrs[i].value, t->xattrs[i].len);
		jsonw_text(w, NULL, text.buf);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void put_metadata(struct jsonw *w, const struct node *n)
{
	const struct tar_entry *t = &n->tar;
	char text[32];

	(void)snprintf(text, sizeof(text), "%04o", (unsigned)t->mode & 07777);
	jsonw_text(w, "mode", text);
	jsonw_u64(w, "uid", t->uid);
	jsonw_u64(w, "gid", t->gid);
	if (n->host_uid != t->uid)
		jsonw_u64(w, "host_uid", n->host_uid);
	if (n->host_gid != t->gid)
		jsonw_u64(w, "host_gid", n->host_gid);
	if (S_ISREG(t->mode))
		jsonw_u64_text(w, "size", t->size);
	put_time(w, "mtime", &t->mtime);
	put_time(w, "atime", &t->atime);
	put_time(w, "ctime", &t->ctime);
	put_time(w, "btime", &n->btime);
	if (n->inode)
		jsonw_u64_text(w, "inode", n->inode);
	if (n->links > 1 && !S_ISDIR(t->mode))
		jsonw_u64(w, "links", n->links);
	if (S_ISCHR(t->mode) || S_ISBLK(t->mode)) {
		(void)snprintf(text, sizeof(text), "%u:%u", t->rdev_major, t->rdev_minor);
		jsonw_text(w, "rdev", text);
	}
	if (t->link)
		jsonw_bytes(w, "link", t->link, strlen(t->link));
	put_xattrs(w, t);
}

void row_begin(struct jsonw *w, const struct node *n)
{
	const struct node_change *c = &n->change;
	char letter[2] = { c->letter, 0 };

	jsonw_object(w, NULL);
	jsonw_bytes(w, "path", n->tar.path, strlen(n->tar.path));
	jsonw_text_if(w, "change", letter);
	jsonw_text(w, "type", row_type(n));
	if (n->tar.mode)
		put_metadata(w, n);
	put_time(w, "whiteout_ctime", &c->whiteout);
	if (c->is_opaque)
		jsonw_bool(w, "opaque", true);
	if (c->renamed_from)
		jsonw_bytes(w, "renamed_from", c->renamed_from, strlen(c->renamed_from));
	jsonw_text_if(w, "note", n->note);
	if (n->error)
		jsonw_bytes(w, "error", n->error, strlen(n->error));
}

static void put_differs(struct jsonw *w, unsigned differs)
{
	static const char *const words[] = { "type",  "content", "mode", "owner",
					     "mtime", "xattrs",  "link" };

	jsonw_array(w, "differs");
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (differs & (1u << i))
			jsonw_text(w, NULL, words[i]);
	jsonw_end(w);
}

void row_end(struct jsonw *w, const struct node_change *change, const struct row_end *end)
{
	unsigned differs = change->differs;

	jsonw_text_if(w, "sha256", end->sha256);
	if (end->is_unhashed)
		jsonw_text(w, "unhashed", "its holes are more zeros than are hashed");
	if (end->missing)
		jsonw_u64_text(w, "missing", end->missing);
	jsonw_text_if(w, "read_error", end->read_error);
	if (end->has_changed)
		jsonw_bool(w, "changed_while_read", true);
	jsonw_text_if(w, "not_stored", end->not_stored);
	if (change->letter == 'M' && change->is_compared) {
		if (change->image_sha256 && *change->image_sha256 && end->sha256 &&
		    strcmp(change->image_sha256, end->sha256) != 0)
			differs |= DIFFERS_CONTENT;
		put_differs(w, differs);
	}
	jsonw_line(w);
}
