/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/processes.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"
#include "lib/model/process.h"

#define HOST_MAX 4194304 /* the kernel's own limit of pids */

int process_mark_read(int dir, pid_t first, const char *id, struct process_mark *out, struct err *e)
{
	AUTO(str_release) struct str cgroup = STR_INIT(PROCESSES_CGROUP_MAX);
	AUTO(fd_closep) int self = proc_open(getpid(), 0, NULL, e);
	uint64_t pid_ns = proc_namespace(dir, "ns/pid");
	bool cut;

	if (self < 0 || proc_read(dir, "cgroup", &cgroup, &cut, e) < 0)
		return -1;
	if (pid_ns == proc_namespace(self, "ns/pid"))
		pid_ns = 0;
	*out = (struct process_mark){
		.id = id, .first = first, .cgroup = cgroup, .pid_ns = pid_ns
	};
	str_init(&cgroup, 0);
	return 0;
}

void process_mark_id(const char *id, struct process_mark *out)
{
	*out = (struct process_mark){ .id = id, .cgroup = STR_INIT(0) };
}

void process_mark_release(struct process_mark *m)
{
	str_release(&m->cgroup);
}

/*
 * Whether the process lies in the container's own cgroup in any hierarchy that names the container.
 * The first process's path decides: another container may make a cgroup of this name below its own.
 */
static bool is_in_cgroup(const struct process_mark *mark, const struct str *text)
{
	struct scan theirs = scan_of(text->buf, text->len);
	struct cgroup_line line, ours;

	while (cgroup_next(&theirs, &line)) {
		struct scan first = scan_of(mark->cgroup.buf, mark->cgroup.len);

		if (!mark->first && cgroup_own(&line.path, mark->id).len)
			return true;
		while (cgroup_next(&first, &ours)) {
			struct scan own = cgroup_own(&ours.path, mark->id);

			if (ours.hierarchy == line.hierarchy && cgroup_is_within(&line.path, &own))
				return true;
		}
	}
	return false;
}

static unsigned judge(const struct process_mark *mark, pid_t pid, int dir, struct str *text)
{
	struct err ignored = { 0 };
	unsigned by = 0;
	bool cut;

	str_reset(text);
	/* The host view has proved the engine's word for the first one. */
	if (pid == mark->first)
		by |= BY_ENGINE;
	if (proc_read(dir, "cgroup", text, &cut, &ignored) == 0 && is_in_cgroup(mark, text))
		by |= BY_CGROUP;
	if (mark->pid_ns && proc_namespace(dir, "ns/pid") == mark->pid_ns)
		by |= BY_PIDNS;
	return by;
}

static int by_pid(const void *a, const void *b)
{
	const struct host_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

const struct host_process *host_processes_find(const struct host_processes *all, pid_t pid)
{
	const struct host_process key = { .pid = pid };

	return all->count ? bsearch(&key, all->items, all->count, sizeof(key), by_pid) : NULL;
}

/* Children of the container's are its own, however deep: until a pass over all adds none. */
static void mark_children(struct host_processes *all)
{
	bool added = true;

	while (added) {
		added = false;
		for (size_t i = 0; i < all->count; i++) {
			const struct host_process *parent;

			if (all->items[i].by)
				continue;
			parent = host_processes_find(all, all->items[i].ppid);
			if (parent && parent->by) {
				all->items[i].by = BY_CHILD;
				added = true;
			}
		}
	}
}

static int read_all(const struct process_mark *mark, struct host_processes *all, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(PROCESSES_CGROUP_MAX);
	DIR *list = opendir("/proc");
	struct dirent *entry;

	if (!list)
		return err_sys(e, "open '/proc'");
	while ((entry = readdir(list)) && all->count < HOST_MAX && !stop_requested()) {
		struct scan name = scan_of(entry->d_name, strlen(entry->d_name));
		struct err gone = { 0 };
		struct process_stat st;
		uint64_t pid;
		AUTO(fd_closep) int dir = -1;

		if (!scan_u64(&name, INT32_MAX, &pid) || name.len)
			continue;
		dir = proc_open((pid_t)pid, 0, &st, &gone);
		if (dir < 0)
			continue;
		grow(all->items, all->count, all->cap);
		all->items[all->count++] = (struct host_process){
			.pid = st.pid,
			.ppid = st.ppid,
			.start_ticks = st.start_ticks,
			.by = judge(mark, st.pid, dir, &text),
		};
	}
	(void)closedir(list);
	return stop_requested() ? stop_err(e) : 0;
}

int host_processes_read(const struct process_mark *mark, struct host_processes *out, struct err *e)
{
	AUTO(host_processes_release) struct host_processes all = { 0 };

	if (read_all(mark, &all, e) < 0)
		return -1;
	if (all.count)
		qsort(all.items, all.count, sizeof(all.items[0]), by_pid);
	mark_children(&all);
	*out = all;
	all = (struct host_processes){ 0 };
	return 0;
}

void host_processes_release(struct host_processes *all)
{
	freep(&all->items);
	all->count = all->cap = 0;
}
