/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbom.h - a bill of materials: what is installed, as CycloneDX 1.5 or SPDX 2.3, both JSON, for
 * scanners that look up vulnerabilities.
 *
 * The same packages give the same bytes: no clock is read, and the document's own number is made of
 * its content.
 */
#ifndef ANALYZE_SBOM_H
#define ANALYZE_SBOM_H

#include <stdbool.h>

#include "analyze/packages.h"
#include "lib/base/jsonw.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"

#define SBOM_UUID 37 /* with its NUL */
#define SBOM_TEXT_MAX                                                                              \
	((size_t)32 * PACKAGES_TEXT_MAX) /* a purl: eight texts, three bytes for one */

struct sbom {
	const struct packages *packages;
	const char *name;     /* of the container, or of what was read */
	const char *image;    /* its reference, or NULL */
	const char *image_id; /* "sha256:…", or NULL */
	const char *bundle;   /* its id, or NULL */
	const char *source;   /* what was read: "filesystem/rootfs.tar" */
	bool is_complete, is_tampered;
	int64_t created; /* seconds since 1970; 0: not known */
	char uuid[SBOM_UUID];
};

/* A document under way: what is made goes to the sink whenever there is enough of it. */
struct sbom_out {
	struct jsonw w;
	struct str text;
	struct sink *to;
};

enum sbom_format { SBOM_CYCLONEDX, SBOM_SPDX };

/* Writes the whole document; sets s->uuid. The sink is finished by its owner. */
int sbom_write(struct sbom *s, enum sbom_format format, struct sink *to, struct err *e) must_check;

/* For the formats: */
int sbom_cyclonedx(const struct sbom *s, struct sbom_out *o, struct err *e) must_check;
int sbom_spdx(const struct sbom *s, struct sbom_out *o, struct err *e) must_check;
/* After each part that is bounded. */
int sbom_flush(struct sbom_out *o, struct err *e) must_check;
/* Foreign text: as it is where it is UTF-8, else escaped. */
void sbom_text(struct sbom_out *o, const char *key, const struct scan *text);
/* The version with release, and of rpm with epoch, as a scanner compares it. */
void sbom_version(struct str *out, const struct package *p);
/* Keys that rpm keeps among the packages are none. */
bool sbom_is_package(const struct package *p);
/* "2026-01-02T03:04:05Z". */
void sbom_time(char out[TEXT_TIME_SIZE], int64_t seconds);

#endif
