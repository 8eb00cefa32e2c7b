/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey.h - which of the host's processes are the container's, and what of theirs may soon be
 * gone.
 *
 * The survey is small: what a process is in detail is read when its row is written. Deleted and
 * memory files are held by descriptors that only name them, so that they outlive their process.
 */
#ifndef COLLECT_SURVEY_H
#define COLLECT_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "collect/held.h"
#include "lib/base/err.h"
#include "lib/engine/proc.h"
#include "lib/engine/processes.h"
#include "lib/model/container.h"

#define SURVEY_PROCESSES_MAX  100000
#define SURVEY_SOCKETS_MAX    500000 /* descriptors that are sockets */
#define SURVEY_FINDS_MAX      20000  /* deleted and memory files */
#define SURVEY_MOUNTS_MAX     200000
#define SURVEY_HELD_MAX       256  /* of these held by a descriptor */
#define SURVEY_NAMESPACES_MAX 1024 /* of one type */

struct member {
	pid_t pid, ppid;
	uint64_t start_ticks;
	unsigned by;               /* enum process_by */
	uint64_t mount_ns, net_ns; /* inodes; 0 where unreadable: a zombie */
};

struct namespaces {
	uint64_t *inodes;
	size_t count, cap;
};

struct socket_owner {
	uint64_t inode;
	pid_t pid;
	int fd;
};

enum find_kind { FIND_EXE, FIND_FD, FIND_MAP };

/* A deleted or memory file that a process runs, has open, or has only mapped. */
struct find {
	enum find_kind kind;
	pid_t pid;
	uint64_t start_ticks; /* the process's, to know it again */
	int fd;
	uint64_t start, end; /* of the mapping */
	char *link;          /* raw, as /proc says it */
	size_t link_len;
	struct proc_node node;
	int held; /* -1: not held */
};
#define FIND_NAME_SIZE 64
/* The link below /proc/PID ("exe", "fd/3", "map_files/…") and the member's name in recovered.tar.
 */
void find_link(const struct find *f, char out[FIND_NAME_SIZE]);
void find_member(const struct find *f, char out[FIND_NAME_SIZE]);

struct survey {
	struct member *members; /* by pid */
	size_t count, cap;
	struct namespaces nets, mounts; /* distinct ones, in the order of the members */
	pid_t first;                    /* the container's first process, as the engine named it */
	size_t depth; /* how deep below ours its pid namespace lies: its place in NSpid */
	struct idmap uids, gids; /* of the first process's user namespace */
	uint64_t host_net_ns;
	struct timespec boot;        /* when ticks were 0 */
	struct socket_owner *owners; /* by inode, pid, fd */
	size_t owner_count, owner_cap;
	struct find *finds; /* in the order of the members */
	size_t find_count, find_cap;
	size_t held;
	uint64_t *
		mounts_known; /* ids of those that the container does not serve itself, ascending */
	size_t mounts_count, mounts_cap;
	uint32_t memory[2]; /* minor numbers of the kernel's own memory file systems */
	struct patience *patience;
	bool is_cut; /* one of the limits above passed */
};

/* Fails with ERR_ABSENT if the container has no process any more. */
int survey_make(const struct container *c, struct survey **out, struct err *e) must_check;
void survey_freep(struct survey **s);

/* The find behind this link of this process, or NULL. NUMBER: the descriptor, or the mapping's
 * start. */
const struct find *survey_find(const struct survey *s, pid_t pid, enum find_kind kind,
			       uint64_t number);
/*
 * Opens the directory of the first member that is (still) in this namespace; *PID is its pid. TYPE
 * is "net" or "mnt".
 */
int survey_open_in(const struct survey *s, const char *type, uint64_t inode, pid_t *pid,
		   struct err *e) must_check;
/* When a process started. */
struct timespec survey_started(const struct survey *s, uint64_t start_ticks);

/*
 * Whether the content behind NODE may be asked for; else an error. A FUSE file system that
 * the container serves itself can hold whoever reads from it, and then not even SIGKILL helps; one
 * that no mount shows may be one. (readable.c)
 */
int survey_may_read(const struct survey *s, const struct proc_node *node, struct err *e) must_check;
/* Fills the above from every mount namespace of the members. */
void survey_know_mounts(struct survey *s);

/* Looks at one member's executable, descriptors and mappings (finds.c). */
int survey_look(struct survey *s, struct member *m, struct err *e) must_check;

/*
 * (processes.c) The seizure's survey, made now if this is the first kind that needs it. A failure
 * of it alone is recorded for KIND there: then *OUT is NULL and the result 0. -1 only as take()
 * does.
 */
struct seizure;
int seizure_survey(struct seizure *s, const char *kind, const char *source, struct survey **out,
		   struct err *e) must_check;

#endif
