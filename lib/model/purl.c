/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/purl.h"

#include <string.h>

/* RFC 3986's unreserved characters stay; the specification lets ':' stay too. */
static void encode(struct str *out, const struct scan *s)
{
	for (size_t i = 0; i < s->len; i++) {
		char c = s->p[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || (c && strchr("-._~:", c));

		if (is_plain)
			str_addc(out, c);
		else
			str_addf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

static void encode_text(struct str *out, const char *text)
{
	struct scan s = scan_of(text, strlen(text));

	encode(out, &s);
}

static void qualifier(struct str *out, char *before, const char *key)
{
	str_addc(out, *before);
	str_adds(out, key);
	str_addc(out, '=');
	*before = '&';
}

static bool is_same(const struct scan *a, const struct scan *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static void add_version(struct str *out, const struct package *p)
{
	if (!p->version.len)
		return;
	str_addc(out, '@');
	encode(out, &p->version);
	if (p->release.len) {
		str_addc(out, '-');
		encode(out, &p->release);
	}
}

/* The vendor, where it is not what the system calls itself. */
static const char *vendor(const struct package *p, const struct osrelease *os)
{
	static const char *const otherwise[] = {
		[PACKAGE_DEB] = "debian", [PACKAGE_APK] = "alpine", [PACKAGE_RPM] = ""
	};

	if (!strcmp(os->id, "rhel"))
		return "redhat";
	return *os->id ? os->id : otherwise[p->kind];
}

/* Qualifiers stand in the order of their keys. */
static void add_qualifiers(struct str *out, const struct package *p, const struct osrelease *os)
{
	char before = '?';

	if (p->arch.len) {
		qualifier(out, &before, "arch");
		encode(out, &p->arch);
	}
	if (*os->id) {
		qualifier(out, &before, "distro");
		encode_text(out, os->id);
		if (*os->version_id) {
			str_addc(out, '-');
			encode_text(out, os->version_id);
		}
	}
	if (p->has_epoch) {
		qualifier(out, &before, "epoch");
		str_addf(out, "%llu", (unsigned long long)p->epoch);
	}
	if (!p->source.len || (p->kind != PACKAGE_RPM && is_same(&p->source, &p->name) &&
			       is_same(&p->source_version, &p->version)))
		return;
	qualifier(out, &before, "upstream");
	encode(out, &p->source);
	if (p->kind == PACKAGE_RPM) {
		/* Of rpm it is the name of the source package's file. */
		str_addc(out, '-');
		encode(out, &p->source_version);
		str_adds(out, ".src.rpm");
	} else if (!is_same(&p->source_version, &p->version)) {
		str_adds(out, "%40");
		encode(out, &p->source_version);
	}
}

void purl_add(struct str *out, const struct package *p, const struct osrelease *os)
{
	static const char *const types[] = {
		[PACKAGE_DEB] = "deb", [PACKAGE_APK] = "apk", [PACKAGE_RPM] = "rpm"
	};
	const char *from = vendor(p, os);

	str_addf(out, "pkg:%s/", types[p->kind]);
	if (*from) {
		encode_text(out, from);
		str_addc(out, '/');
	}
	encode(out, &p->name);
	add_version(out, p);
	add_qualifiers(out, p, os);
}
