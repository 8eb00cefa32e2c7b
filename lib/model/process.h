/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - what /proc/PID/{stat,status,cgroup,uid_map} say about a process.
 *
 * Pure parsing of kernel texts whose names are the container's own choice: a comm holds blanks,
 * newlines and parentheses. Numbers are as the reader's own namespaces see them.
 */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/model/scan.h"

#define PROCESS_COMM_MAX   64    /* 15 bytes today; kernel workers have longer ones */
#define PROCESS_GROUPS_MAX 65536 /* NGROUPS_MAX */
#define PROCESS_DEPTH_MAX  33    /* pid namespaces nest 32 deep below the first */
#define PROCESS_RANGES_MAX 340   /* lines of uid_map, the kernel's own limit */

struct process_stat {
	pid_t pid, ppid, pgrp, session;
	char comm[PROCESS_COMM_MAX + 1]; /* raw bytes */
	size_t comm_len;
	char state;
	unsigned tty_major, tty_minor; /* 0:0 is none */
	uint64_t threads;
	uint64_t start_ticks; /* since boot */
};

int process_stat_parse(const char *text, size_t len, struct process_stat *out,
		       struct err *e) must_check;

enum process_cap {
	CAPS_INHERITABLE,
	CAPS_PERMITTED,
	CAPS_EFFECTIVE,
	CAPS_BOUNDING,
	CAPS_AMBIENT,
	CAPS
};

struct process_status {
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint32_t *groups;
	size_t group_count;
	pid_t ns_pids[PROCESS_DEPTH_MAX]; /* from the reader's namespace inwards */
	size_t ns_depth;
	uint64_t caps[CAPS];
	pid_t tracer;
	uint64_t rss_kib;
	int no_new_privs, seccomp; /* -1 where the kernel does not say */
	uint64_t seccomp_filters;
};

int process_status_parse(const char *text, size_t len, struct process_status *out,
			 struct err *e) must_check;
void process_status_release(struct process_status *s);

/* A user namespace's uid_map or gid_map, as its parent's reader sees it. */
struct idmap {
	struct {
		uint32_t inside, outside, count;
	} ranges[PROCESS_RANGES_MAX];
	size_t count;
};
int idmap_parse(const char *text, size_t len, struct idmap *out, struct err *e) must_check;
/* False where the namespace has no name for it. */
bool idmap_inside(const struct idmap *map, uint32_t outside, uint32_t *inside);

struct cgroup_line {
	uint64_t hierarchy; /* 0 is version 2 */
	struct scan controllers, path;
};
/* The next well-formed line of /proc/PID/cgroup; false at the end. */
bool cgroup_next(struct scan *text, struct cgroup_line *out);
/*
 * The part of PATH that is the container's own cgroup: up to and with the first component that
 * names ID
 * ("docker-<id>.scope", "libpod-<id>", "<id>"), whatever the container made below it. Empty if none
 * does; the monitor's ("libpod-conmon-<id>") does not count.
 */
struct scan cgroup_own(const struct scan *path, const char *id);
/* The id of the outermost container that PATH names; empty if it names none. */
struct scan cgroup_container(const struct scan *path);
/* Whether PATH is OWN or lies below it. */
bool cgroup_is_within(const struct scan *path, const struct scan *own);

#endif
