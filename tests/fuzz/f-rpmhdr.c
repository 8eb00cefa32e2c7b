/* SPDX-License-Identifier: Apache-2.0 */
/* An rpm header: every text that is told lies within the blob, and no more of them than it has
 * bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/rpmhdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct blob {
	const char *p;
	size_t len, files;
};

static void check(const struct blob *b, const struct scan *s)
{
	if (s->len && (s->p < b->p || s->len > b->len || s->p + s->len >= b->p + b->len))
		abort();
}

static void on_package(void *data, const struct package *p)
{
	check(data, &p->name);
	check(data, &p->version);
	check(data, &p->release);
	check(data, &p->arch);
	check(data, &p->source);
	check(data, &p->source_version);
	check(data, &p->maintainer);
}

static void on_file(void *data, const struct package_file *f)
{
	struct blob *b = data;

	check(b, &f->dir);
	check(b, &f->name);
	check(b, &f->link);
	if (!f->name.len || memchr(f->name.p, '/', f->name.len) || ++b->files > b->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob b = { .p = (const char *)data, .len = size };
	const struct package_visitor to = { .package = on_package, .file = on_file, .data = &b };
	struct err e = { 0 };

	(void)!rpmhdr_parse(data, size, &to, &e);
	return 0;
}
