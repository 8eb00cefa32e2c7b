/* SPDX-License-Identifier: Apache-2.0 */
/* osrelease.h - /etc/os-release: which distribution this is, as os-release(5) says. */
#ifndef MODEL_OSRELEASE_H
#define MODEL_OSRELEASE_H

#include <stddef.h>

#define OSRELEASE_MAX   ((size_t)64 << 10)
#define OSRELEASE_VALUE 256 /* a longer value counts as absent */

struct osrelease {
	char id[OSRELEASE_VALUE];         /* "debian"; "" where it is not said */
	char version_id[OSRELEASE_VALUE]; /* "12" */
	char id_like[OSRELEASE_VALUE];
	char codename[OSRELEASE_VALUE];
	char name[OSRELEASE_VALUE], pretty_name[OSRELEASE_VALUE];
};

/* Lines that are no assignment, and values that a shell would expand, are passed over. */
void osrelease_parse(const char *text, size_t len, struct osrelease *out);

#endif
