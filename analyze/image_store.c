/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/image_store.h"

#include <string.h>

#include "analyze/image.h"
#include "lib/base/own.h"

void store_freep(struct store **s)
{
	struct store *it = steal(s);

	if (it)
		it->ops->free(it);
}

long store_find(struct store *s, const char *name, uint64_t *size)
{
	AUTO(freep) char *plain = store_name(name, NULL);
	uint64_t unused;

	return plain ? s->ops->find(s, plain, size ? size : &unused) : -1;
}

int store_document(struct store *s, const char *name, struct str *out, struct err *e)
{
	uint64_t size;
	long id = store_find(s, name, &size);

	if (id < 0)
		return err_set(e, ERR_ABSENT, "there is no '%s'", name);
	if (size > out->max)
		return err_set(e, ERR_LIMIT, "'%s' has more than %zu bytes", name, out->max);
	str_reset(out);
	return s->ops->document(s, id, out, e) < 0 ? err_wrap(e, "'%s'", name) : 0;
}

int store_each(struct store *s, const long *ids, size_t count,
	       int (*fn)(size_t i, struct source *from, void *data, struct err *e), void *data,
	       struct err *e)
{
	return s->ops->each(s, ids, count, fn, data, e);
}

/* Adds the parts of PATH to OUT; false where ".." leads out. */
static bool add_parts(struct str *out, const char *path)
{
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			if (!out->len)
				return false;
			while (out->len && out->buf[--out->len] != '/')
				;
			out->buf[out->len] = '\0';
		} else if (len && !(len == 1 && p[0] == '.')) {
			if (out->len)
				str_addc(out, '/');
			str_add(out, p, len);
		}
		p += len + (p[len] == '/');
	}
	return true;
}

char *store_name(const char *name, const char *from)
{
	AUTO(str_release) struct str out = STR_INIT(IMAGE_NAME_MAX);
	const char *slash = from ? strrchr(from, '/') : NULL;

	/* A target that begins at the root is looked for there: archives are read as roots. */
	if (slash && name[0] != '/')
		str_add(&out, from, (size_t)(slash - from));
	if (!add_parts(&out, name) || out.over || !out.len)
		return NULL;
	return str_detach(&out);
}
