/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDX 2.3 as grype and trivy read it: they tell an operating system by its SPDXID, and what a
 * package was built from by sourceInfo.
 */
#include "analyze/sbom.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/model/purl.h"

#define DOCUMENT "SPDXRef-DOCUMENT"
#define ROOT     "SPDXRef-ContainerImage"
#define OS       "SPDXRef-OperatingSystem"
#define ID_SIZE  48

static void package_id(char out[ID_SIZE], size_t i)
{
	(void)snprintf(out, ID_SIZE, "SPDXRef-Package-%zu", i + 1);
}

/* What every package must have; nobody has looked at licences or copyright. */
static void write_nothing_said(struct sbom_out *o, const char *purpose)
{
	jsonw_text(&o->w, "downloadLocation", "NOASSERTION");
	jsonw_bool(&o->w, "filesAnalyzed", false);
	jsonw_text(&o->w, "licenseConcluded", "NOASSERTION");
	jsonw_text(&o->w, "licenseDeclared", "NOASSERTION");
	jsonw_text(&o->w, "copyrightText", "NOASSERTION");
	jsonw_text(&o->w, "primaryPackagePurpose", purpose);
}

static void write_root(const struct sbom *s, const struct osrelease *os, struct sbom_out *o)
{
	const struct scan name = scan_of(s->name, strlen(s->name));

	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "SPDXID", ROOT);
	sbom_text(o, "name", &name);
	write_nothing_said(o, "CONTAINER");
	jsonw_end(&o->w);
	if (!os)
		return;
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "SPDXID", OS);
	jsonw_text(&o->w, "name", os->id);
	jsonw_text(&o->w, "versionInfo", os->version_id);
	write_nothing_said(o, "OPERATING_SYSTEM");
	jsonw_end(&o->w);
}

static void write_sources(const struct package *p, struct sbom_out *o)
{
	AUTO(str_release) struct str text = STR_INIT(4 * PACKAGES_TEXT_MAX);
	struct scan whole;

	if (p->maintainer.len) {
		str_adds(&text, "Organization: ");
		str_add(&text, p->maintainer.p, p->maintainer.len);
		whole = scan_of(text.buf, text.len);
		sbom_text(o, "supplier", &whole);
		str_reset(&text);
	}
	if (!p->source.len)
		return;
	str_adds(&text, "built package from: ");
	str_add(&text, p->source.p, p->source.len);
	str_addc(&text, ' ');
	str_add(&text, p->source_version.p, p->source_version.len);
	whole = scan_of(text.buf, text.len);
	sbom_text(o, "sourceInfo", &whole);
}

static void write_package(const struct sbom *s, size_t i, struct sbom_out *o)
{
	static const struct osrelease nothing;
	const struct osrelease *os = packages_os(s->packages);
	const struct package *p = &packages_at(s->packages, i)->is;
	AUTO(str_release) struct str text = STR_INIT(SBOM_TEXT_MAX);
	struct scan version;
	char id[ID_SIZE];

	package_id(id, i);
	sbom_version(&text, p);
	version = scan_of(text.buf, text.len);
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "SPDXID", id);
	sbom_text(o, "name", &p->name);
	sbom_text(o, "versionInfo", &version);
	write_sources(p, o);
	write_nothing_said(o, "LIBRARY");
	str_reset(&text);
	purl_add(&text, p, os ? os : &nothing);
	jsonw_array(&o->w, "externalRefs");
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "referenceCategory", "PACKAGE-MANAGER");
	jsonw_text(&o->w, "referenceType", "purl");
	jsonw_text(&o->w, "referenceLocator", text.buf);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
}

static void relate(struct sbom_out *o, const char *from, const char *how, const char *to)
{
	jsonw_object(&o->w, NULL);
	jsonw_text(&o->w, "spdxElementId", from);
	jsonw_text(&o->w, "relationshipType", how);
	jsonw_text(&o->w, "relatedSpdxElement", to);
	jsonw_end(&o->w);
}

static void write_head(const struct sbom *s, struct sbom_out *o)
{
	AUTO(freep) char *namespace = xasprintf("urn:uuid:%s", s->uuid);
	const struct scan name = scan_of(s->name, strlen(s->name));
	AUTO(str_release) struct str comment = STR_INIT((size_t)64 << 10);
	char time[TEXT_TIME_SIZE];
	struct scan whole;

	jsonw_text(&o->w, "spdxVersion", "SPDX-2.3");
	jsonw_text(&o->w, "dataLicense", "CC0-1.0");
	jsonw_text(&o->w, "SPDXID", DOCUMENT);
	sbom_text(o, "name", &name);
	jsonw_text(&o->w, "documentNamespace", namespace);
	sbom_time(time, s->created);
	jsonw_object(&o->w, "creationInfo");
	jsonw_text(&o->w, "created", time);
	jsonw_array(&o->w, "creators");
	jsonw_text(&o->w, NULL, "Tool: impound-" IMPOUND_VERSION);
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	str_addf(&comment, "read from %s%s%s", s->source, s->bundle ? " of bundle " : "",
		 s->bundle ? s->bundle : "");
	if (s->is_tampered)
		str_adds(&comment, ", which is not what was sealed");
	if (!s->is_complete)
		str_adds(&comment, "; not all of it could be read");
	whole = scan_of(comment.buf, comment.len);
	sbom_text(o, "comment", &whole);
}

int sbom_spdx(const struct sbom *s, struct sbom_out *o, struct err *e)
{
	const struct osrelease *os = packages_os(s->packages);
	char id[ID_SIZE];

	os = os && *os->id ? os : NULL;
	jsonw_object(&o->w, NULL);
	write_head(s, o);
	jsonw_array(&o->w, "packages");
	write_root(s, os, o);
	for (size_t i = 0; i < packages_count(s->packages); i++) {
		if (sbom_is_package(&packages_at(s->packages, i)->is))
			write_package(s, i, o);
		if (sbom_flush(o, e) < 0)
			return -1;
	}
	jsonw_end(&o->w);
	jsonw_array(&o->w, "relationships");
	relate(o, DOCUMENT, "DESCRIBES", ROOT);
	if (os)
		relate(o, ROOT, "CONTAINS", OS);
	for (size_t i = 0; i < packages_count(s->packages); i++) {
		package_id(id, i);
		if (sbom_is_package(&packages_at(s->packages, i)->is))
			relate(o, os ? OS : ROOT, "CONTAINS", id);
		if (sbom_flush(o, e) < 0)
			return -1;
	}
	jsonw_end(&o->w);
	jsonw_end(&o->w);
	return 0;
}
