/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/changed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "lib/base/text.h"

void changed_init(struct changed *f)
{
	*f = (struct changed){ 0 };
	str_init(&f->path, (size_t)2 * TAR_PATH_MAX);
	str_init(&f->link, TAR_PATH_MAX);
}

void changed_release(struct changed *f)
{
	str_release(&f->path);
	str_release(&f->link);
}

static void forget(struct changed *f)
{
	struct str path = f->path, link = f->link;

	str_reset(&path);
	str_reset(&link);
	*f = (struct changed){ .path = path, .link = link };
}

static void read_differs(struct changed *f, const struct cJSON *list)
{
	static const char *const words[] = { "type",  "content", "mode", "owner",
					     "mtime", "xattrs",  "link" };

	f->is_compared = list != NULL;
	for (const struct cJSON *item = json_first(list); item; item = json_next(item))
		for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (json_text(item) && !strcmp(json_text(item), words[i]))
				f->differs |= 1u << i;
}

/* What is too long to be a time is none. */
static void read_time(struct obj *o, const char *key, char out[40])
{
	const char *text = obj_text_or(o, key, "");

	if (strlen(text) < 40)
		(void)snprintf(out, 40, "%s", text);
}

static void read_type(struct changed *f, const char *type)
{
	f->is_hardlink = !strcmp(type, "hardlink");
	f->is_file = !strcmp(type, "file") || f->is_hardlink;
	f->is_dir = !strcmp(type, "dir");
	f->is_symlink = !strcmp(type, "symlink");
	f->is_device = !strcmp(type, "char") || !strcmp(type, "block");
}

static void read_path(struct changed *f, struct obj *o, const char *mount)
{
	AUTO(str_release) struct str path = STR_INIT(TAR_PATH_MAX);

	if (!obj_bytes(o, "path", &path))
		(void)obj_text(o, "path");
	if (mount)
		str_adds(&f->path, strcmp(mount, "/") != 0 ? mount : "");
	if (strcmp(path.buf, ".") != 0) {
		str_addc(&f->path, '/');
		str_add(&f->path, path.buf, path.len);
	} else if (!f->path.len) {
		str_addc(&f->path, '/');
	}
}

int changed_read(struct changed *f, const struct cJSON *row, const char *mount, struct err *e)
{
	struct obj o = obj_begin(row, "a row", e), xattrs = obj_in_or(&o, "xattrs");
	const char *mode, *size, *sha256;

	forget(f);
	read_path(f, &o, mount);
	f->is_tmpfs = mount != NULL;
	f->letter = mount ? 'A' : obj_text_or(&o, "change", "M")[0];
	read_type(f, obj_text_or(&o, "type", ""));
	mode = obj_text_or(&o, "mode", "0");
	f->mode = (unsigned)strtoul(mode, NULL, 8) & 07777;
	f->uid = obj_u64_or(&o, "uid", 0);
	f->gid = obj_u64_or(&o, "gid", 0);
	size = obj_text_or(&o, "size", "0");
	if (text_u64(size, UINT64_MAX, &f->size, e) < 0)
		return -1;
	(void)obj_bytes(&o, "link", &f->link);
	read_time(&o, "mtime", f->mtime);
	read_time(&o, "ctime", f->ctime);
	read_time(&o, "btime", f->btime);
	read_time(&o, "whiteout_ctime", f->deleted);
	sha256 = obj_text_or(&o, "sha256", "");
	if (text_is_hex(sha256, 64))
		memcpy(f->sha256, sha256, sizeof(f->sha256));
	f->has_capabilities = xattrs.node && json_member(xattrs.node, "security.capability");
	f->is_stored = f->is_file && *f->sha256 && !*obj_text_or(&o, "not_stored", "");
	read_differs(f, obj_list_or(&o, "differs"));
	if (obj_end(&o) < 0)
		return -1;
	return str_ok(&f->path, "a path", e);
}

bool changed_is_new_content(const struct changed *f)
{
	if (f->letter == 'A')
		return true;
	return f->letter == 'M' &&
	       (!f->is_compared || f->differs & (CHANGED_CONTENT | CHANGED_TYPE | CHANGED_LINK));
}
