/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/hashing.h"
#include "lib/bundle/verifying.h"

static void keep(struct verifying *v, const char *path, struct digest *d)
{
	struct seen *s = &v->seen[v->seen_count];

	if (v->seen_count >= SEEN_MAX)
		return;
	*s = (struct seen){ .path = path };
	if (d)
		digest_end(d, s->sha256);
	v->seen_count++;
}

void verifying_failed(struct verifying *v, const char *id, const char *path, const struct err *e)
{
	keep(v, path, NULL);
	v->is_blind = v->is_blind || e->kind == ERR_SYS || e->kind == ERR_LIMIT;
	report_err(v->r, id, CHECK_TAMPERED, path, e);
}

static void walk(struct verifying *v)
{
	tree_walk(&v->tree, v->dir, v->is_unsealed, v->r);
	v->is_blind = v->is_blind || v->tree.is_cut;
}

int verifying_open(struct verifying *v, const char *id, const char *path, struct stat *st)
{
	struct err e = { 0 };
	int fd = hashing_open(v->dir, path, st, &e);

	if (fd >= 0)
		return fd;
	verifying_failed(v, id, path, &e);
	return -1;
}

void verifying_saw(struct verifying *v, const char *id, const char *path, int fd,
		   const struct stat *before, struct digest *d)
{
	struct stat after;

	if (fstat(fd, &after) < 0 || after.st_size != before->st_size ||
	    !file_same_time(&after.st_mtim, &before->st_mtim))
		report_add(v->r, id, CHECK_TAMPERED, path, "was written to while it was read");
	v->r->files++;
	v->r->bytes += (uint64_t)before->st_size;
	keep(v, path, d);
}

int verifying_read(struct verifying *v, const char *id, const char *path, struct str *out)
{
	struct stat st;
	AUTO(fd_closep) int fd = verifying_open(v, id, path, &st);
	AUTO(digest_freep) struct digest *d = NULL;
	struct err e = { 0 };

	if (fd < 0)
		return -1;
	if (file_read(fd, out, path, &e) < 0) {
		verifying_failed(v, id, path, &e);
		return -1;
	}
	d = digest_new();
	digest_add(d, out->buf, out->len);
	verifying_saw(v, id, path, fd, &st, d);
	return 0;
}

static bool has(const struct verifying *v, const char *path)
{
	struct stat st;

	return fstatat(v->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool ends_in_partial(const char *name)
{
	size_t len = strlen(name), tail = strlen(BUNDLE_PARTIAL);

	return len >= tail && !strcmp(name + len - tail, BUNDLE_PARTIAL);
}

static void check_name(struct verifying *v)
{
	size_t len = strlen(v->r->seal.name);

	if (!v->r->has_seal || !strcmp(v->name, v->r->seal.name))
		return;
	if (!strncmp(v->name, v->r->seal.name, len) && !strcmp(v->name + len, BUNDLE_PARTIAL))
		report_add(
			v->r, "name", CHECK_NOTE, NULL,
			"it is sealed, but did not get its final name: the last step was cut off");
	else
		report_add(v->r, "name", CHECK_NOTE, NULL,
			   "the directory was renamed: it was sealed as '%s'", v->r->seal.name);
}

static void verify_unsealed(struct verifying *v)
{
	v->is_unsealed = true;
	report_add(v->r, "seal", CHECK_UNSEALED, NULL,
		   "it was never sealed: nothing vouches for what is in it");
	walk(v);
	if (has(v, BUNDLE_CUSTODY))
		verify_custody(v);
	else
		report_add(v->r, "custody", CHECK_NOTE, BUNDLE_CUSTODY, "was not begun");
	verify_journal(v);
	verify_rows(v);
}

static void verify_sealed(struct verifying *v)
{
	uint64_t errors;

	verify_seal(v);
	/* A later format has its own rules: what it says of itself cannot be held against it. */
	errors = v->r->counts[CHECK_ERROR];
	if (errors && !v->r->has_seal)
		return;
	walk(v);
	verify_custody(v);
	verify_journal(v);
	verify_files(v);
	check_name(v);
}

char *verify_name(const char *path)
{
	AUTO(freep) char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;

	return xstrdup(slash ? slash + 1 : path);
}

void verify_bundle(int dirfd, const char *name, const struct verify_options *opt, struct report *r)
{
	struct verifying v = { .dir = dirfd, .name = name, .opt = opt, .r = r };

	manifest_init(&v.tags);
	manifest_init(&v.payload);
	manifest_init(&v.rows);
	if (ends_in_partial(name) && !has(&v, "seal"))
		verify_unsealed(&v);
	else if (has(&v, BUNDLE_CUSTODY) || has(&v, BUNDLE_SEAL) || has(&v, BUNDLE_SIG))
		verify_sealed(&v);
	else
		report_add(r, "type", CHECK_LIMIT, NULL,
			   "is not an evidence bundle: it has neither a seal nor a custody log");
	tree_release(&v.tree);
	manifest_release(&v.tags);
	manifest_release(&v.payload);
	manifest_release(&v.rows);
}
