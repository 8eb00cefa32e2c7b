/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CycloneDX 1.5 as grype and trivy read it: a container, an operating system, and the packages
 * below that. What they look for is in the purl and in trivy's own properties.
 */
#include "analyze/sbom.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/model/purl.h"

#define TRIVY "aquasecurity:trivy:"

static void property(struct sbom_out *o, const char *name, const struct scan *value)
{
	if (!value->len)
		return;
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "name", name);
	sbom_text(o, "value", value);
	jsonw_end(&o->w);
}

static void property_text(struct sbom_out *o, const char *name, const char *value)
{
	const struct scan s = scan_of(value ? value : "", value ? strlen(value) : 0);

	property(o, name, &s);
}

static void write_metadata(const struct sbom *s, struct sbom_out *o)
{
	const struct scan name = scan_of(s->name, strlen(s->name));
	char time[TEXT_TIME_SIZE];

	jsonw_object(&o->w, "metadata");
	if (s->created) {
		sbom_time(time, s->created);
		jsonw_text(&o->w, "timestamp", time);
	}
	jsonw_object(&o->w, "tools");
	jsonw_array(&o->w, "components");
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "type", "application");
	jsonw_text(&o->w, "name", "impound");
	jsonw_text(&o->w, "version", IMPOUND_VERSION);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	jsonw_object(&o->w, "component");
	jsonw_text(&o->w, "bom-ref", "root");
	jsonw_text(&o->w, "type", "container");
	sbom_text(o, "name", &name);
	jsonw_array(&o->w, "properties");
	property_text(o, TRIVY "ImageID", s->image_id);
	property_text(o, "impound:image", s->image);
	property_text(o, "impound:bundle", s->bundle);
	property_text(o, "impound:source", s->source);
	property_text(o, "impound:tampered", s->is_tampered ? "true" : NULL);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
}

static void write_os(const struct osrelease *os, struct sbom_out *o)
{
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "bom-ref", "os");
	jsonw_text(&o->w, "type", "operating-system");
	jsonw_text(&o->w, "name", os->id);
	jsonw_text(&o->w, "version", os->version_id);
	jsonw_text_if(&o->w, "description", os->pretty_name);
	jsonw_array(&o->w, "properties");
	property_text(o, TRIVY "Class", "os-pkgs");
	property_text(o, TRIVY "Type", os->id);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
}

/* "1:2.3-4": what stands before the first ':' and behind the last '-'; of apk it is one piece. */
static void split_version(struct scan whole, enum package_kind kind, struct scan *epoch,
			  struct scan *version, struct scan *release)
{
	const char *dash;

	*epoch = *release = scan_of("", 0);
	*version = whole;
	if (kind == PACKAGE_APK)
		return;
	(void)scan_until(version, ':', epoch);
	dash = version->len ? memrchr(version->p, '-', version->len) : NULL;
	if (!dash)
		return;
	*release = scan_of(dash + 1, version->len - (size_t)(dash - version->p) - 1);
	version->len = (size_t)(dash - version->p);
}

/* Of rpm the name of the source's file says no epoch: it is the package's own. */
static void write_source(const struct package *p, struct sbom_out *o)
{
	AUTO(str_release) struct str own = STR_INIT(32);
	struct scan epoch, version, release;

	if (!p->source.len)
		return;
	split_version(p->source_version, p->kind, &epoch, &version, &release);
	if (p->kind == PACKAGE_RPM && p->epoch) {
		str_addf(&own, "%llu", (unsigned long long)p->epoch);
		epoch = scan_of(own.buf, own.len);
	}
	property(o, TRIVY "SrcName", &p->source);
	property(o, TRIVY "SrcVersion", &version);
	property(o, TRIVY "SrcRelease", &release);
	/* It is read as a number, and one that is none would spoil the whole document. */
	for (size_t i = 0; i < epoch.len; i++)
		if (epoch.p[i] < '0' || epoch.p[i] > '9' || epoch.len > 9)
			return;
	property(o, TRIVY "SrcEpoch", &epoch);
}

static void write_properties(const struct sbom *s, const struct installed *it,
			     const struct scan *version, struct sbom_out *o)
{
	static const char *const kinds[] = { "dpkg", "apk", "rpm" };
	const struct osrelease *os = packages_os(s->packages);
	AUTO(str_release) struct str id = STR_INIT(8 * PACKAGES_TEXT_MAX);
	const struct package *p = &it->is;
	char time[TEXT_TIME_SIZE];
	struct scan whole;

	str_add(&id, p->name.p, p->name.len);
	str_addc(&id, '@');
	str_add(&id, version->p, version->len);
	str_addc(&id, '.');
	str_add(&id, p->arch.p, p->arch.len);
	/* Only rpm's ids have the architecture. */
	whole = scan_of(id.buf, p->kind == PACKAGE_RPM ? id.len : id.len - p->arch.len - 1);
	jsonw_array(&o->w, "properties");
	property(o, TRIVY "PkgID", &whole);
	property_text(o, TRIVY "PkgType", os && *os->id ? os->id : kinds[p->kind]);
	write_source(p, o);
	property_text(o, "impound:database", kinds[p->kind]);
	if (it->installed > 0) {
		sbom_time(time, it->installed);
		property_text(o, "impound:installed", time);
	}
	jsonw_end(&o->w);
}

static void write_package(const struct sbom *s, size_t i, struct sbom_out *o)
{
	static const struct osrelease nothing;
	const struct osrelease *os = packages_os(s->packages);
	const struct installed *it = packages_at(s->packages, i);
	AUTO(str_release) struct str text = STR_INIT(SBOM_TEXT_MAX);
	const struct package *p = &it->is;
	struct scan version;

	jsonw_object(&o->w, NULL);
	str_addf(&text, "package-%zu", i + 1);
	jsonw_text(&o->w, "bom-ref", text.buf);
	jsonw_text(&o->w, "type", "library");
	if (p->maintainer.len) {
		jsonw_object(&o->w, "supplier");
		sbom_text(o, "name", &p->maintainer);
		jsonw_end(&o->w);
	}
	str_reset(&text);
	sbom_version(&text, p);
	version = scan_of(text.buf, text.len);
	sbom_text(o, "name", &p->name);
	sbom_text(o, "version", &version);
	if (p->licence.len) {
		jsonw_array(&o->w, "licenses");
		jsonw_object(&o->w, NULL);
		jsonw_object(&o->w, "license");
		sbom_text(o, "name", &p->licence);
		jsonw_end(&o->w);
		jsonw_end(&o->w);
		jsonw_end(&o->w);
	}
	write_properties(s, it, &version, o);
	str_reset(&text);
	purl_add(&text, p, os ? os : &nothing);
	jsonw_text(&o->w, "purl", text.buf);
	jsonw_end(&o->w);
}

static int write_dependencies(const struct sbom *s, bool has_os, struct sbom_out *o, struct err *e)
{
	char ref[32];

	jsonw_array(&o->w, "dependencies");
	if (has_os) {
		jsonw_object(&o->w, NULL);
		jsonw_text(&o->w, "ref", "root");
		jsonw_array(&o->w, "dependsOn");
		jsonw_text(&o->w, NULL, "os");
		jsonw_end(&o->w);
		jsonw_end(&o->w);
	}
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "ref", has_os ? "os" : "root");
	jsonw_array(&o->w, "dependsOn");
	for (size_t i = 0; i < packages_count(s->packages); i++) {
		if (!sbom_is_package(&packages_at(s->packages, i)->is))
			continue;
		(void)snprintf(ref, sizeof(ref), "package-%zu", i + 1);
		jsonw_text(&o->w, NULL, ref);
		if (sbom_flush(o, e) < 0)
			return -1;
	}
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	return 0;
}

int sbom_cyclonedx(const struct sbom *s, struct sbom_out *o, struct err *e)
{
	const struct osrelease *os = packages_os(s->packages);
	bool has_os = os && *os->id;
	AUTO(freep) char *serial = xasprintf("urn:uuid:%s", s->uuid);

	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "bomFormat", "CycloneDX");
	jsonw_text(&o->w, "specVersion", "1.5");
	jsonw_text(&o->w, "serialNumber", serial);
	jsonw_u64(&o->w, "version", 1);
	write_metadata(s, o);
	jsonw_array(&o->w, "components");
	if (has_os)
		write_os(os, o);
	for (size_t i = 0; i < packages_count(s->packages); i++) {
		if (sbom_is_package(&packages_at(s->packages, i)->is))
			write_package(s, i, o);
		if (sbom_flush(o, e) < 0)
			return -1;
	}
	jsonw_end(&o->w);
	if (write_dependencies(s, has_os, o, e) < 0)
		return -1;
	if (!s->is_complete) {
		jsonw_array(&o->w, "compositions");
		jsonw_object(&o->w, NULL);
		jsonw_text(&o->w, "aggregate", "incomplete");
		jsonw_array(&o->w, "assemblies");
		jsonw_text(&o->w, NULL, "root");
		jsonw_end(&o->w);
		jsonw_end(&o->w);
		jsonw_end(&o->w);
	}
	jsonw_end(&o->w);
	return 0;
}
