/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/apk.h"

#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

void apk_installed_init(struct apk_installed *a, const struct package_visitor *to)
{
	*a = (struct apk_installed){ .to = to };
	str_init(&a->fields, APK_FIELDS_MAX);
	str_init(&a->path, APK_PATH_MAX);
}

void apk_installed_release(struct apk_installed *a)
{
	str_release(&a->fields);
	str_release(&a->path);
}

static void bad(const struct apk_installed *a, uint64_t line, const char *why)
{
	if (a->to->bad)
		a->to->bad(a->to->data, line, why);
}

static struct scan kept(const struct apk_installed *a, enum apk_field f)
{
	return scan_of(a->fields.buf + a->kept[f].at, a->kept[f].len);
}

static void keep(struct apk_installed *a, enum apk_field f, const struct scan *value)
{
	if (a->is_told || a->kept[f].len) {
		bad(a, a->line, "a field behind its place, or twice");
		return;
	}
	a->kept[f].at = a->fields.len;
	str_add(&a->fields, value->p, value->len);
	a->kept[f].len = a->fields.len - a->kept[f].at;
}

static void tell_package(struct apk_installed *a)
{
	struct package p = {
		.kind = PACKAGE_APK,
		.name = kept(a, APK_NAME),
		.version = kept(a, APK_VERSION),
		.arch = kept(a, APK_ARCH),
		.maintainer = kept(a, APK_MAINTAINER),
		.licence = kept(a, APK_LICENCE),
		.source = kept(a, APK_ORIGIN),
	};

	if (a->is_told)
		return;
	a->is_told = true;
	if (a->fields.over)
		bad(a, a->stanza, "a package longer than its limit: what passed it is left out");
	if (!p.name.len)
		bad(a, a->stanza, "a package without a P:");
	else if (!p.version.len)
		bad(a, a->stanza, "a package without a V:");
	if (!p.source.len)
		p.source = p.name;
	p.source_version = p.version;
	if (a->to->package)
		a->to->package(a->to->data, &p);
}

static bool climbs(const struct scan *path)
{
	struct scan rest = *path, part;

	if (!rest.len)
		return false;
	while (scan_until(&rest, '/', &part))
		if (scan_is(&part, ".."))
			return true;
	return scan_is(&rest, "..") || memchr(path->p, '\0', path->len);
}

static void tell_file(struct apk_installed *a)
{
	struct package_file *f = &a->file;
	struct scan whole = scan_of(a->path.buf, a->path.len);

	if (!a->has_file)
		return;
	a->has_file = false;
	f->dir = scan_of(a->path.buf, a->dir);
	f->name = scan_of(a->path.buf + a->dir, a->path.len - a->dir);
	if (a->path.over || !f->name.len || memchr(f->name.p, '/', f->name.len) || climbs(&whole) ||
	    scan_is(&f->name, "..")) {
		bad(a, a->line, "a file without a proper name");
		return;
	}
	/* What apk protects unless it is told otherwise. */
	if (scan_is(&f->dir, "etc") || (f->dir.len > 4 && !memcmp(f->dir.p, "etc/", 4)))
		f->flags |= PACKAGE_CONFIG;
	if (a->to->file)
		a->to->file(a->to->data, f);
}

static void begin_dir(struct apk_installed *a, const struct scan *value)
{
	tell_file(a);
	tell_package(a);
	str_reset(&a->path);
	a->path.over = false;
	str_add(&a->path, value->p, value->len);
	a->dir = a->path.len;
	a->in_dir = !a->path.over;
	if (!a->in_dir)
		bad(a, a->line, "a directory longer than its limit");
}

static void begin_file(struct apk_installed *a, const struct scan *value)
{
	tell_file(a);
	if (!a->in_dir) {
		bad(a, a->line, "a file without a directory");
		return;
	}
	a->path.len = a->dir;
	a->path.over = false;
	str_add(&a->path, value->p, value->len);
	a->file = (struct package_file){ 0 };
	a->has_file = true;
}

/* "UID:GID:MODE", with ":Q1…" of its attributes behind it. */
static void take_mode(struct apk_installed *a, struct scan value)
{
	uint64_t uid, gid, mode;

	if (!a->has_file || !scan_u64(&value, UINT32_MAX, &uid) || !scan_char(&value, ':') ||
	    !scan_u64(&value, UINT32_MAX, &gid) || !scan_char(&value, ':') ||
	    !scan_octal(&value, 07777, &mode)) {
		bad(a, a->line, "an owner and mode that are none");
		return;
	}
	a->file.has_mode = true;
	a->file.mode = (uint32_t)mode;
}

/* "Q1" and the base64 of a SHA-1, "Q2" of a SHA-256; without either, the hex of an MD5. */
static void take_digest(struct apk_installed *a, struct scan value)
{
	AUTO(str_release) struct str sum = STR_INIT(DIGEST_MAX);
	struct package_file *f = &a->file;
	enum digest_kind kind = DIGEST_NONE;
	struct err e = { 0 };

	if (a->has_file && package_digest_hex(&value, &f->kind, f->digest))
		return;
	if (scan_text(&value, "Q1"))
		kind = DIGEST_SHA1;
	else if (scan_text(&value, "Q2"))
		kind = DIGEST_SHA256;
	if (!a->has_file || kind == DIGEST_NONE ||
	    text_unbase64(&sum, value.p, value.len, &e) < 0 || sum.len != digest_size(kind)) {
		bad(a, a->line, "a digest that is none");
		return;
	}
	f->kind = kind;
	memcpy(f->digest, sum.buf, sum.len);
}

static void end_stanza(struct apk_installed *a)
{
	if (!a->in_stanza)
		return;
	tell_file(a);
	tell_package(a);
	str_reset(&a->fields);
	str_reset(&a->path);
	a->fields.over = a->path.over = false;
	memset(a->kept, 0, sizeof(a->kept));
	a->in_stanza = a->is_told = a->in_dir = false;
}

static void take(struct apk_installed *a, char key, const struct scan *value)
{
	static const char keys[APK_FIELDS + 1] = {
		[APK_NAME] = 'P',   [APK_VERSION] = 'V',    [APK_ARCH] = 'A',
		[APK_ORIGIN] = 'o', [APK_MAINTAINER] = 'm', [APK_LICENCE] = 'L'
	};
	const char *at = strchr(keys, key);

	if (at)
		keep(a, (enum apk_field)(at - keys), value);
	else if (key == 'F')
		begin_dir(a, value);
	else if (key == 'R')
		begin_file(a, value);
	else if (key == 'a')
		take_mode(a, *value);
	else if (key == 'Z')
		take_digest(a, *value);
}

void apk_installed_line(struct apk_installed *a, const char *line, size_t len)
{
	struct scan value;

	a->line++;
	if (len && line[len - 1] == '\n')
		len--;
	if (len && line[len - 1] == '\r')
		len--;
	if (!len) {
		end_stanza(a);
		return;
	}
	if (!a->in_stanza)
		a->stanza = a->line;
	a->in_stanza = true;
	if (len < 2 || line[1] != ':' || !line[0] || memchr(line, '\0', len)) {
		bad(a, a->line, "a line that is no field");
		return;
	}
	value = scan_of(line + 2, len - 2);
	take(a, line[0], &value);
}

void apk_installed_end(struct apk_installed *a)
{
	end_stanza(a);
}
