/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changed.h - one path that is not as the image has it, and the beginning of its content.
 *
 * Read from a row of filesystem/changes.jsonl or tmpfs-<n>.jsonl and its member of the tar beside
 * it. What lies in memory (tmpfs) counts as added.
 */
#ifndef ANALYZE_CHANGED_H
#define ANALYZE_CHANGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

struct cJSON;

/* As much of a file as rules look at. */
#define CHANGED_HEAD_MAX ((size_t)1 << 20)

enum {
	CHANGED_TYPE = 1 << 0,
	CHANGED_CONTENT = 1 << 1,
	CHANGED_MODE = 1 << 2,
	CHANGED_OWNER = 1 << 3,
	CHANGED_MTIME = 1 << 4,
	CHANGED_XATTRS = 1 << 5,
	CHANGED_LINK = 1 << 6,
};

struct changed {
	struct str path; /* absolute, as in the container */
	char letter;     /* A, M, D */
	bool is_tmpfs;
	bool is_compared; /* `differs` is known; else an M may differ in anything */
	unsigned differs;
	bool is_file, is_hardlink, is_dir, is_symlink, is_device;
	unsigned mode; /* permission bits */
	uint64_t uid, gid, size;
	struct str link;
	/* RFC 3339, "" where not known. All of them sort as texts but those with '@' in front. */
	char mtime[40], ctime[40], btime[40], deleted[40];
	char sha256[65];
	bool has_capabilities; /* security.capability */
	bool is_stored;        /* its content is in the tar */
	/* The beginning of the content, valid during the rule; NULL where there is none. */
	const char *head;
	size_t head_len;
};

void changed_init(struct changed *f);
void changed_release(struct changed *f);
/* MOUNT is put before the path of a tmpfs row, NULL of another. ERR_FORMAT on what is no row. */
int changed_read(struct changed *f, const struct cJSON *row, const char *mount,
		 struct err *e) must_check;

/* Whether it is new, or its content is not what the image has. */
bool changed_is_new_content(const struct changed *f);

#endif
