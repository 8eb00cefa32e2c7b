/* SPDX-License-Identifier: Apache-2.0 */
/*
 * processes.h - the processes of this host, and which of them are one container's.
 *
 * A process is the container's if its cgroup is the container's or below it, if it lives in the pid
 * namespace of the container's first process (unless that is the host's own), or if its parent is
 * one of them.
 */
#ifndef ENGINE_PROCESSES_H
#define ENGINE_PROCESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

#define PROCESSES_CGROUP_MAX 65536 /* bytes of one process's /proc/PID/cgroup */

enum process_by {
	BY_ENGINE = 1 << 0, /* the first process, by the engine's word */
	BY_CGROUP = 1 << 1,
	BY_PIDNS = 1 << 2,
	BY_CHILD = 1 << 3, /* by its parent alone */
};

/* What makes a process the container's. */
struct process_mark {
	const char *id;    /* the container's; borrowed */
	pid_t first;       /* proved by the host view; 0: it has none */
	struct str cgroup; /* the first process's whole text */
	uint64_t pid_ns;   /* 0: shared with the host, says nothing */
};
/* DIR is FIRST's directory in /proc. */
int process_mark_read(int dir, pid_t first, const char *id, struct process_mark *out,
		      struct err *e) must_check;
/* For a container without a first process: any cgroup that names ID. */
void process_mark_id(const char *id, struct process_mark *out);
void process_mark_release(struct process_mark *m);

struct host_process {
	pid_t pid, ppid;
	uint64_t start_ticks;
	unsigned by; /* 0: not the container's */
};

struct host_processes {
	struct host_process *items; /* all of them, by pid */
	size_t count, cap;
};
int host_processes_read(const struct process_mark *mark, struct host_processes *out,
			struct err *e) must_check;
void host_processes_release(struct host_processes *all);
/* NULL where there is none of this pid. */
const struct host_process *host_processes_find(const struct host_processes *all, pid_t pid);

#endif
