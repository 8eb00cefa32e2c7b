/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpkg.h - Debian's package database: /var/lib/dpkg/{status,status.d,diversions,statoverride}, and
 * of each package info/NAME.{md5sums,list}, a line at a time.
 *
 * Lines come as they are, with or without their LF, also with CR before it. What is malformed is
 * told and passed over: one bad line must not hide the package behind it.
 */
#ifndef MODEL_DPKG_H
#define MODEL_DPKG_H

#include "lib/base/str.h"
#include "lib/model/package.h"

#define DPKG_LINE_MAX      ((size_t)256 << 10) /* a Depends: is a line */
#define DPKG_FIELDS_MAX    ((size_t)64 << 10)  /* of one stanza, those that are kept */
#define DPKG_CONFFILES_MAX ((size_t)1 << 20)   /* of one stanza */

enum dpkg_field {
	DPKG_PACKAGE,
	DPKG_STATUS,
	DPKG_VERSION,
	DPKG_ARCHITECTURE,
	DPKG_SOURCE,
	DPKG_MAINTAINER,
	DPKG_FIELDS,
};

/* The status file under way: a package is told when its stanza ends, then its conffiles. */
struct dpkg_status {
	const struct package_visitor *to;
	struct str fields, conffiles;
	struct {
		size_t at, len;
		bool is_there;
	} kept[DPKG_FIELDS];
	uint64_t line, stanza; /* number of this line, and of the stanza's first */
	bool in_stanza, in_conffiles;
};

void dpkg_status_init(struct dpkg_status *s, const struct package_visitor *to);
void dpkg_status_line(struct dpkg_status *s, const char *line, size_t len);
/* The end of the file: the last stanza need not end in an empty line. */
void dpkg_status_end(struct dpkg_status *s);
void dpkg_status_release(struct dpkg_status *s);

/*
 * One line of a package's md5sums ("<32 or 64 hex>  <path>") or list ("/path"). True and the file;
 * false, with *WHY a sentence, or NULL where there is nothing to say (an empty line, the root).
 */
bool dpkg_md5sums_line(const char *line, size_t len, struct package_file *out, const char **why);
bool dpkg_list_line(const char *line, size_t len, struct package_file *out, const char **why);

/* A diversion is three lines: what PACKAGE (":": nobody) does not own goes from FROM to TO. */
struct dpkg_diversion {
	struct scan from, to, package;
};
struct dpkg_diversions {
	struct str text;
	size_t ends[2]; /* of the first two lines in it */
	unsigned have;
};
void dpkg_diversions_init(struct dpkg_diversions *d);
void dpkg_diversions_release(struct dpkg_diversions *d);
/* True at each third line; *OUT lives until the next call. */
bool dpkg_diversions_line(struct dpkg_diversions *d, const char *line, size_t len,
			  struct dpkg_diversion *out);

/* "USER GROUP MODE PATH" of statoverride. */
struct dpkg_override {
	struct scan user, group, path;
	uint32_t mode;
};
bool dpkg_override_line(const char *line, size_t len, struct dpkg_override *out);

/* dpkg.cfg: "path-exclude=GLOB" or "path-include GLOB"; of several that match the last counts. */
struct dpkg_filter {
	bool is_exclude;
	struct scan glob;
};
bool dpkg_filter_line(const char *line, size_t len, struct dpkg_filter *out);

/*
 * The package that a file in info/ belongs to: of "libc6:amd64.md5sums" "libc6" and "amd64". False
 * if NAME does not end in ".SUFFIX".
 */
bool dpkg_info_name(const char *name, const char *suffix, struct scan *package, struct scan *arch);

#endif
