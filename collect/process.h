/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - one process while its evidence is taken: the texts of /proc/PID and the row made of
 * them.
 *
 * The texts are read first and together, then the row is made; what was read goes into proc.tar as
 * it was. Keys of the row: impound-bundle(5).
 */
#ifndef COLLECT_PROCESS_H
#define COLLECT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/held.h"
#include "collect/survey.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"
#include "lib/model/process.h"

#define PROCESS_ROW_MAX         ((size_t)8 << 20) /* a larger row is written without its lists */
#define PROCESS_DESCRIPTORS_MAX 16384             /* of one process, in its row */
#define PROCESS_LISTING_MAX     ((size_t)4 << 20) /* the text <pid>/fd in proc.tar */

enum process_text {
	TEXT_STAT,
	TEXT_STATUS,
	TEXT_CMDLINE,
	TEXT_ENVIRON,
	TEXT_MAPS,
	TEXT_LIMITS,
	TEXT_CGROUP,
	TEXT_UID_MAP,
	TEXT_GID_MAP,
	TEXT_LABEL,
	TEXT_LOGINUID,
	TEXT_OOM,
	TEXT_FD, /* not the kernel's: our own listing of the descriptors */
	TEXTS,
};

struct process {
	const struct survey *survey;
	const struct member *member;
	struct hash_cache *hashes;
	int dir;                 /* -1: ended before it could be read */
	struct str texts[TEXTS]; /* kept from one process to the next */
	bool has[TEXTS], is_cut[TEXTS];
	char failed[TEXTS][80]; /* why one could not be read; "" */
	struct process_stat stat;
	struct process_status status;
	bool has_stat, has_status;
	bool is_unhashed; /* the executable could not be read: its row says why */
};

void process_init(struct process *p, const struct survey *s, struct hash_cache *hashes);
void process_release(struct process *p);
/* The text's name below /proc/PID, and in proc.tar below <pid>. */
const char *process_text_name(enum process_text t);

/* Reads MEMBER's texts. One that has ended is no failure: p->dir is -1 or texts are missing. */
void process_load(struct process *p, const struct member *m);
/* Appends the row to ROW; LF at its end. */
void process_row(struct process *p, struct str *row);

/* Parts of the row that look behind links (process_files.c). */
void process_row_exe(struct process *p, struct jsonw *w);
void process_row_descriptors(struct process *p, struct jsonw *w);
void process_row_maps(struct process *p, struct jsonw *w);
/* KEY with where the link NAME points to, or nothing. */
void process_row_link(struct process *p, struct jsonw *w, const char *key, const char *name);
/* "dev", "inode", "size", "links". */
void process_row_node(struct jsonw *w, const struct proc_node *n);

#endif
