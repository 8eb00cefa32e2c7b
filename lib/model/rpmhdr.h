/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpmhdr.h - the header of an installed rpm package as its database holds it: two counts, an index
 * of tags, the data they point into; all big-endian, without the lead of a package file.
 *
 * Every offset and count is checked against the blob; what a tag should have and has not reads as
 * absent.
 */
#ifndef MODEL_RPMHDR_H
#define MODEL_RPMHDR_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/model/package.h"

#define RPMHDR_TAGS_MAX 65536
#define RPMHDR_MAX      ((size_t)32 << 20) /* the largest package has some 4 MiB */

/* Tells the package, then its files. ERR_FORMAT if it is no header or has no name. */
int rpmhdr_parse(const void *blob, size_t len, const struct package_visitor *to,
		 struct err *e) must_check;

#endif
