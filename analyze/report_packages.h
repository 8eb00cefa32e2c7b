/* SPDX-License-Identifier: Apache-2.0 */
/* report_packages.h - packages and their files for people, and for machines. */
#ifndef ANALYZE_REPORT_PACKAGES_H
#define ANALYZE_REPORT_PACKAGES_H

#include <stdbool.h>
#include <stdio.h>

#include "analyze/packages.h"
#include "lib/base/jsonw.h"

/* "distribution", "packages", "notes"; if they were VERIFIED "verified" (numbers) and "files",
 * those that changed or are missing. What is made is printed as it goes. */
int report_packages_json(struct jsonw *w, struct packages *p, bool verified,
			 struct err *e) must_check;
/* A line for each file that changed or is missing, then the numbers. */
int report_packages_text(FILE *f, struct packages *p, struct err *e) must_check;

#endif
