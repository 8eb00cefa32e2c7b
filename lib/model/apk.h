/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apk.h - Alpine's package database, lib/apk/db/installed, a line at a time: "X:value", an empty
 * line behind each package.
 *
 * P name, V version, A architecture, o origin, m maintainer, L licence; then F a directory, R a
 * file in it, a its owner and mode, Z its digest. What is malformed is told and passed over.
 */
#ifndef MODEL_APK_H
#define MODEL_APK_H

#include "lib/base/str.h"
#include "lib/model/package.h"

#define APK_LINE_MAX   ((size_t)256 << 10) /* D: and p: are a line each */
#define APK_FIELDS_MAX ((size_t)64 << 10)  /* of one package, those that are kept */
#define APK_PATH_MAX   ((size_t)16 << 10)  /* a directory and a file's name */

enum apk_field {
	APK_NAME,
	APK_VERSION,
	APK_ARCH,
	APK_ORIGIN,
	APK_MAINTAINER,
	APK_LICENCE,
	APK_FIELDS,
};

struct apk_installed {
	const struct package_visitor *to;
	struct str fields;
	struct {
		size_t at, len;
	} kept[APK_FIELDS];
	struct str path; /* the directory, then the name of a file in it */
	size_t dir;      /* length of the former */
	struct package_file file;
	uint64_t line, stanza;
	bool in_stanza, is_told, in_dir, has_file;
};

/* A package is told before its files. */
void apk_installed_init(struct apk_installed *a, const struct package_visitor *to);
void apk_installed_line(struct apk_installed *a, const char *line, size_t len);
void apk_installed_end(struct apk_installed *a);
void apk_installed_release(struct apk_installed *a);

#endif
