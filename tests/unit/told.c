/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/told.h"

#include "lib/base/text.h"

static void add(struct str *out, const char *before, const struct scan *s)
{
	str_adds(out, before);
	str_add(out, s->p, s->len);
}

static void on_package(void *data, const struct package *p)
{
	struct str *out = data;

	add(out, "package ", &p->name);
	add(out, " ", &p->version);
	if (p->release.len)
		add(out, "-", &p->release);
	add(out, " ", &p->arch);
	add(out, " source ", &p->source);
	add(out, " ", &p->source_version);
	if (p->has_epoch)
		str_addf(out, " epoch %llu", (unsigned long long)p->epoch);
	str_addc(out, '\n');
}

static void on_file(void *data, const struct package_file *f)
{
	static const char *const words[] = { "config",   "doc",      "ghost", "optional",
					     "left-out", "obsolete", "listed" };
	char hex[2 * DIGEST_MAX + 1];
	struct str *out = data;

	str_adds(out, "file ");
	if (f->dir.len) {
		str_add(out, f->dir.p, f->dir.len);
		str_addc(out, '/');
	}
	str_add(out, f->name.p, f->name.len);
	text_hex(hex, f->digest, digest_size(f->kind));
	str_addf(out, " %s:%s", digest_word(f->kind), hex);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (f->flags & 1U << i)
			str_addf(out, " %s", words[i]);
	if (f->has_mode)
		str_addf(out, " %o", f->mode);
	if (f->link.len)
		add(out, " -> ", &f->link);
	str_addc(out, '\n');
}

static void on_bad(void *data, uint64_t line, const char *why)
{
	str_addf(data, "bad %llu %s\n", (unsigned long long)line, why);
}

struct package_visitor told_to(struct str *out)
{
	return (struct package_visitor){
		.package = on_package, .file = on_file, .bad = on_bad, .data = out
	};
}
