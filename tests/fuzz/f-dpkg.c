/* SPDX-License-Identifier: Apache-2.0 */
/* Every line through every parser of dpkg's files: what is told lies in what was given. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/model/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sum_text(uint64_t *sum, const struct scan *s)
{
	for (size_t i = 0; i < s->len; i++)
		*sum += (unsigned char)s->p[i];
}

static void on_package(void *data, const struct package *p)
{
	sum_text(data, &p->name);
	sum_text(data, &p->version);
	sum_text(data, &p->source);
	sum_text(data, &p->source_version);
	if (!p->name.len)
		abort();
}

/* No path that is told climbs, is absolute or empty. */
static void on_file(void *data, const struct package_file *f)
{
	if (!f->name.len || *f->name.p == '/' || memchr(f->name.p, '\0', f->name.len) ||
	    (f->name.len >= 3 && !memcmp(f->name.p, "../", 3)))
		abort();
	sum_text(data, &f->name);
}

static void lines(const struct package_visitor *to, struct dpkg_status *s,
		  struct dpkg_diversions *d, const char *text, size_t len)
{
	struct scan all = scan_of(text, len), line;
	struct dpkg_diversion diversion;
	struct dpkg_override override;
	struct dpkg_filter filter;
	struct package_file f;
	const char *why;

	while (scan_line(&all, &line)) {
		dpkg_status_line(s, line.p, line.len);
		if (dpkg_md5sums_line(line.p, line.len, &f, &why))
			to->file(to->data, &f);
		if (dpkg_list_line(line.p, line.len, &f, &why))
			to->file(to->data, &f);
		if (dpkg_diversions_line(d, line.p, line.len, &diversion))
			sum_text(to->data, &diversion.to);
		if (dpkg_override_line(line.p, line.len, &override))
			sum_text(to->data, &override.path);
		if (dpkg_filter_line(line.p, line.len, &filter))
			sum_text(to->data, &filter.glob);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(dpkg_diversions_release) struct dpkg_diversions d;
	AUTO(dpkg_status_release) struct dpkg_status s;
	uint64_t sum = 0;
	const struct package_visitor to = { .package = on_package, .file = on_file, .data = &sum };

	dpkg_status_init(&s, &to);
	dpkg_diversions_init(&d);
	lines(&to, &s, &d, (const char *)data, size);
	dpkg_status_end(&s);
	return 0;
}
