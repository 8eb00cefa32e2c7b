/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/dpkg.h"

#include <string.h>
#include <strings.h>

static const char *const names[DPKG_FIELDS] = {
	[DPKG_PACKAGE] = "Package", [DPKG_STATUS] = "Status",
	[DPKG_VERSION] = "Version", [DPKG_ARCHITECTURE] = "Architecture",
	[DPKG_SOURCE] = "Source",   [DPKG_MAINTAINER] = "Maintainer",
};

/* Without LF and CR. */
static struct scan bare(const char *line, size_t len)
{
	if (len && line[len - 1] == '\n')
		len--;
	if (len && line[len - 1] == '\r')
		len--;
	return scan_of(line, len);
}

static void trim_end(struct scan *s)
{
	while (s->len && (s->p[s->len - 1] == ' ' || s->p[s->len - 1] == '\t'))
		s->len--;
}

/* The word at the end of S, taken off it with the blanks before it. */
static struct scan last_word(struct scan *s)
{
	size_t at;

	trim_end(s);
	at = s->len;
	while (at && s->p[at - 1] != ' ' && s->p[at - 1] != '\t')
		at--;
	struct scan word = scan_of(s->p + at, s->len - at);
	s->len = at;
	trim_end(s);
	return word;
}

static void bad(const struct package_visitor *to, uint64_t line, const char *why)
{
	if (to->bad)
		to->bad(to->data, line, why);
}

/* No path climbs, and none is empty but for its slashes. */
static bool clean_path(struct scan *path)
{
	while (path->len &&
	       (*path->p == '/' || (*path->p == '.' && path->len > 1 && path->p[1] == '/'))) {
		path->p++;
		path->len--;
	}
	if (!path->len || memchr(path->p, '\0', path->len))
		return false;
	for (size_t at = 0; at < path->len;) {
		const char *slash = memchr(path->p + at, '/', path->len - at);
		size_t end = slash ? (size_t)(slash - path->p) : path->len;

		if (end - at == 2 && !memcmp(path->p + at, "..", 2))
			return false;
		at = end + 1;
	}
	return true;
}

void dpkg_status_init(struct dpkg_status *s, const struct package_visitor *to)
{
	*s = (struct dpkg_status){ .to = to };
	str_init(&s->fields, DPKG_FIELDS_MAX);
	str_init(&s->conffiles, DPKG_CONFFILES_MAX);
}

void dpkg_status_release(struct dpkg_status *s)
{
	str_release(&s->fields);
	str_release(&s->conffiles);
}

static struct scan kept(const struct dpkg_status *s, enum dpkg_field f)
{
	return scan_of(s->fields.buf + s->kept[f].at, s->kept[f].len);
}

/* "install ok installed"; in status.d, and so where there is none, everything is. */
static bool is_installed(const struct dpkg_status *s)
{
	static const char *const states[] = { "installed", "unpacked", "half-configured",
					      "triggers-awaited", "triggers-pending" };
	struct scan status = kept(s, DPKG_STATUS), state;

	if (!s->kept[DPKG_STATUS].is_there)
		return true;
	state = last_word(&status);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (scan_is(&state, states[i]))
			return true;
	return false;
}

/* "glibc (2.36-9)", "glibc" or nothing: then it is the package's own. */
static void fill_source(const struct dpkg_status *s, struct package *p)
{
	struct scan all = kept(s, DPKG_SOURCE), name;

	p->source = p->name;
	p->source_version = p->version;
	if (!scan_word(&all, &name))
		return;
	p->source = name;
	scan_blanks(&all);
	trim_end(&all);
	if (all.len > 2 && all.p[0] == '(' && all.p[all.len - 1] == ')')
		p->source_version = scan_of(all.p + 1, all.len - 2);
}

/* " /etc/x 0123… [obsolete|remove-on-upgrade]": a path may hold blanks. */
static bool conffile(struct scan line, struct package_file *f)
{
	struct scan word;

	*f = (struct package_file){ .flags = PACKAGE_CONFIG };
	scan_blanks(&line);
	for (;;) {
		word = last_word(&line);
		if (scan_is(&word, "obsolete"))
			f->flags |= PACKAGE_OBSOLETE;
		else if (scan_is(&word, "remove-on-upgrade"))
			f->flags |= PACKAGE_OPTIONAL;
		else
			break;
	}
	f->name = line;
	/* "newconffile": unpacked, and not yet asked about. */
	if (!scan_is(&word, "newconffile") && !package_digest_hex(&word, &f->kind, f->digest))
		return false;
	return clean_path(&f->name);
}

static void tell_conffiles(struct dpkg_status *s)
{
	struct scan all = scan_of(s->conffiles.buf, s->conffiles.len), line;
	struct package_file f;

	while (scan_line(&all, &line)) {
		if (!conffile(line, &f))
			bad(s->to, s->stanza, "a conffile that is not a path and a digest");
		else if (s->to->file)
			s->to->file(s->to->data, &f);
	}
	if (s->conffiles.over || s->fields.over)
		bad(s->to, s->stanza, "a stanza longer than its limit: what passed it is left out");
}

static void end_stanza(struct dpkg_status *s)
{
	struct package p = {
		.kind = PACKAGE_DEB,
		.name = kept(s, DPKG_PACKAGE),
		.version = kept(s, DPKG_VERSION),
		.arch = kept(s, DPKG_ARCHITECTURE),
		.maintainer = kept(s, DPKG_MAINTAINER),
	};

	if (!s->in_stanza)
		return;
	if (!p.name.len) {
		bad(s->to, s->stanza, "a stanza without a Package");
	} else if (is_installed(s)) {
		if (!p.version.len)
			bad(s->to, s->stanza, "a package without a Version");
		fill_source(s, &p);
		if (s->to->package)
			s->to->package(s->to->data, &p);
		tell_conffiles(s);
	}
	str_reset(&s->fields);
	str_reset(&s->conffiles);
	s->fields.over = s->conffiles.over = false;
	memset(s->kept, 0, sizeof(s->kept));
	s->in_stanza = s->in_conffiles = false;
}

static void begin_field(struct dpkg_status *s, const struct scan *name, struct scan value)
{
	s->in_conffiles = name->len == 9 && !strncasecmp(name->p, "Conffiles", 9);
	for (int f = 0; f < DPKG_FIELDS; f++) {
		if (name->len != strlen(names[f]) || strncasecmp(name->p, names[f], name->len) != 0)
			continue;
		if (s->kept[f].is_there) {
			bad(s->to, s->line, "a field that its stanza has already");
			return;
		}
		scan_blanks(&value);
		trim_end(&value);
		s->kept[f].is_there = true;
		s->kept[f].at = s->fields.len;
		str_add(&s->fields, value.p, value.len);
		s->kept[f].len = s->fields.len - s->kept[f].at;
	}
}

void dpkg_status_line(struct dpkg_status *s, const char *line, size_t len)
{
	struct scan rest = bare(line, len), name;

	s->line++;
	if (!rest.len) {
		end_stanza(s);
		return;
	}
	if (!s->in_stanza)
		s->stanza = s->line;
	s->in_stanza = true;
	if (memchr(rest.p, '\0', rest.len)) {
		bad(s->to, s->line, "a line with a NUL in it");
	} else if (*rest.p == ' ' || *rest.p == '\t') {
		/* Continues the field before it; of those only the conffiles are read. */
		if (!s->in_conffiles)
			return;
		str_add(&s->conffiles, rest.p, rest.len);
		str_addc(&s->conffiles, '\n');
	} else if (scan_until(&rest, ':', &name)) {
		begin_field(s, &name, rest);
	} else {
		bad(s->to, s->line, "a line that is no field");
	}
}

void dpkg_status_end(struct dpkg_status *s)
{
	end_stanza(s);
}

bool dpkg_md5sums_line(const char *line, size_t len, struct package_file *out, const char **why)
{
	struct scan rest = bare(line, len), hex;
	struct package_file f = { 0 };

	*why = NULL;
	if (!rest.len)
		return false;
	*why = "not a digest, two spaces and a path";
	if (!scan_until(&rest, ' ', &hex) || !package_digest_hex(&hex, &f.kind, f.digest))
		return false;
	/* Two spaces, or one and the asterisk of binary mode; some tools write but one. */
	if (!scan_char(&rest, ' '))
		(void)scan_char(&rest, '*');
	f.name = rest;
	if (!clean_path(&f.name))
		return false;
	*why = NULL;
	*out = f;
	return true;
}

bool dpkg_list_line(const char *line, size_t len, struct package_file *out, const char **why)
{
	struct package_file f = { .name = bare(line, len), .flags = PACKAGE_LISTED };

	*why = NULL;
	if (!f.name.len || scan_is(&f.name, "/.") || scan_is(&f.name, "/"))
		return false;
	if (*f.name.p != '/' || !clean_path(&f.name)) {
		*why = "not an absolute path";
		return false;
	}
	*out = f;
	return true;
}

void dpkg_diversions_init(struct dpkg_diversions *d)
{
	*d = (struct dpkg_diversions){ 0 };
	str_init(&d->text, DPKG_FIELDS_MAX);
}

void dpkg_diversions_release(struct dpkg_diversions *d)
{
	str_release(&d->text);
}

bool dpkg_diversions_line(struct dpkg_diversions *d, const char *line, size_t len,
			  struct dpkg_diversion *out)
{
	struct scan text = bare(line, len);
	struct dpkg_diversion got;
	bool is_whole;

	if (d->have == 0)
		str_reset(&d->text);
	str_add(&d->text, text.p, text.len);
	if (d->have < 2) {
		d->ends[d->have++] = d->text.len;
		return false;
	}
	got.from = scan_of(d->text.buf, d->ends[0]);
	got.to = scan_of(d->text.buf + d->ends[0], d->ends[1] - d->ends[0]);
	got.package = scan_of(d->text.buf + d->ends[1], d->text.len - d->ends[1]);
	is_whole = !d->text.over;
	d->have = 0;
	d->text.over = false;
	if (!is_whole || !got.package.len || !clean_path(&got.from) || !clean_path(&got.to))
		return false;
	*out = got;
	return true;
}

bool dpkg_override_line(const char *line, size_t len, struct dpkg_override *out)
{
	struct scan rest = bare(line, len);
	struct dpkg_override o;
	uint64_t mode;

	if (!scan_word(&rest, &o.user) || !scan_word(&rest, &o.group) ||
	    !scan_octal(&rest, 07777, &mode) || !scan_char(&rest, ' ') || !clean_path(&rest))
		return false;
	o.mode = (uint32_t)mode;
	o.path = rest;
	*out = o;
	return true;
}

bool dpkg_filter_line(const char *line, size_t len, struct dpkg_filter *out)
{
	struct scan rest = bare(line, len);
	struct dpkg_filter f;

	scan_blanks(&rest);
	trim_end(&rest);
	f.is_exclude = scan_text(&rest, "path-exclude");
	if (!f.is_exclude && !scan_text(&rest, "path-include"))
		return false;
	if (!rest.len || (*rest.p != '=' && *rest.p != ' ' && *rest.p != '\t'))
		return false;
	scan_blanks(&rest);
	(void)scan_char(&rest, '=');
	scan_blanks(&rest);
	if (rest.len >= 2 && *rest.p == '"' && rest.p[rest.len - 1] == '"')
		rest = scan_of(rest.p + 1, rest.len - 2);
	if (!rest.len || memchr(rest.p, '\0', rest.len))
		return false;
	f.glob = rest;
	*out = f;
	return true;
}

bool dpkg_info_name(const char *name, const char *suffix, struct scan *package, struct scan *arch)
{
	size_t len = strlen(name), end = strlen(suffix);
	const char *colon;

	if (len <= end + 1 || name[len - end - 1] != '.' || strcmp(name + len - end, suffix) != 0)
		return false;
	len -= end + 1;
	colon = memchr(name, ':', len);
	*package = scan_of(name, colon ? (size_t)(colon - name) : len);
	*arch = colon ? scan_of(colon + 1, len - package->len - 1) : scan_of(name + len, 0);
	return package->len > 0;
}
