/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every process of the host: the container's own for the namespaces they are in and the
 * sockets they hold, all others for whether they share its network namespace.
 *
 * Threads count, not only processes: rootlessport's first thread stays in the namespace of the
 * container whose ports it forwards while the others listen outside.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/look.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"

#define TASKS_MAX  100000 /* threads of one process */
#define ROUNDS_MAX 5      /* of looking again for what was forked meanwhile */

static void note_space(struct look *l, uint64_t inode, pid_t pid, pid_t task)
{
	for (size_t i = 0; i < l->space_count; i++)
		if (l->spaces[i].inode == inode)
			return;
	if (l->space_count >= SPACES_MAX) {
		look_lost(l, "its processes are in more than %d network namespaces", SPACES_MAX);
		return;
	}
	grow(l->spaces, l->space_count, l->space_cap);
	l->spaces[l->space_count++] = (struct space){ .inode = inode, .pid = pid, .task = task };
}

/* Whether one of the threads is in the namespace; those of the container that are not are noted. */
static bool look_at_tasks(struct look *l, const struct host_process *p, int dir)
{
	AUTO(fd_closep) int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool is_in = false;
	size_t count = 0;

	if (!list)
		return false;
	(void)steal_fd(&fd);
	while ((entry = readdir(list)) && (p->by || !is_in)) {
		struct scan name = scan_of(entry->d_name, strlen(entry->d_name));
		char link[64];
		uint64_t task, inode;

		if (!scan_u64(&name, INT32_MAX, &task))
			continue;
		if (++count > TASKS_MAX) {
			look_lost(l, "process %d has more than %d threads", (int)p->pid, TASKS_MAX);
			break;
		}
		(void)snprintf(link, sizeof(link), "task/%d/ns/net", (int)task);
		inode = proc_namespace(dir, link);
		if (inode == l->view->netns)
			is_in = true;
		else if (inode && p->by)
			note_space(l, inode, p->pid, (pid_t)task);
	}
	(void)closedir(list);
	return is_in;
}

static void note_held(struct look *l, const struct host_process *p, int dir)
{
	AUTO(proc_fds_close) struct proc_fds fds = { 0 };
	struct err gone = { 0 };
	int fd;

	if (proc_fds_open(dir, &fds, &gone) < 0)
		return;
	while ((fd = proc_fds_next(&fds)) >= 0) {
		uint64_t inode = proc_socket(dir, fd);

		if (!inode)
			continue;
		if (l->held_count >= HELD_MAX) {
			look_lost(l, "its processes hold more than %d sockets", HELD_MAX);
			return;
		}
		grow(l->held, l->held_count, l->held_cap);
		l->held[l->held_count++] = (struct held){ .inode = inode, .pid = p->pid, .fd = fd };
	}
}

/* The id of the container that the process is in by its cgroup; the caller frees; NULL for none. */
static char *container_of(int dir)
{
	AUTO(str_release) struct str text = STR_INIT(PROCESSES_CGROUP_MAX);
	struct err ignored = { 0 };
	struct cgroup_line line;
	struct scan all, id;
	bool cut;

	if (proc_read(dir, "cgroup", &text, &cut, &ignored) < 0)
		return NULL;
	all = scan_of(text.buf, text.len);
	while (cgroup_next(&all, &line)) {
		id = cgroup_container(&line.path);
		if (id.len)
			return xstrndup(id.p, id.len);
	}
	return NULL;
}

static void add_sharer(struct look *l, const struct host_process *p, const char *comm, int dir)
{
	AUTO(freep) char *id = container_of(dir);

	if (id)
		look_add(l, &l->view->sharers, "container %s", id);
	else
		look_add(l, &l->view->sharers, "process %d (%s)", (int)p->pid, comm);
}

static int held_order(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

static void look_at_process(struct look *l, const struct host_process *p)
{
	struct err gone = { 0 };
	struct process_stat st;
	AUTO(fd_closep) int dir = proc_open(p->pid, p->start_ticks, &st, &gone);
	bool is_in;

	if (dir < 0)
		return;
	is_in = look_at_tasks(l, p, dir);
	if (p->by)
		note_held(l, p, dir);
	else if (is_in && !l->view->is_hosts)
		add_sharer(l, p, st.comm, dir);
}

/* Those that were not there before: by pid and start, for a number is given again. */
static size_t look_at_new(struct look *l, const struct host_processes *now)
{
	size_t count = 0;

	for (size_t i = 0; i < now->count && !stop_requested(); i++) {
		const struct host_process *p = &now->items[i];
		const struct host_process *before = host_processes_find(&l->all, p->pid);

		if (before && before->start_ticks == p->start_ticks && before->by == p->by)
			continue;
		look_at_process(l, p);
		count++;
	}
	return count;
}

int look_at_processes(struct look *l, struct err *e)
{
	size_t found = 1;

	for (unsigned round = 0; round < ROUNDS_MAX && found; round++) {
		AUTO(host_processes_release) struct host_processes now = { 0 };

		if (host_processes_read(&l->mark, &now, e) < 0)
			return -1;
		found = look_at_new(l, &now);
		host_processes_release(&l->all);
		l->all = now;
		now = (struct host_processes){ 0 };
	}
	if (l->held_count)
		qsort(l->held, l->held_count, sizeof(l->held[0]), held_order);
	return 0;
}

bool look_meet(struct look *l, uint64_t inode)
{
	size_t low = 0, high = l->held_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->held[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == l->held_count || l->held[low].inode != inode)
		return false;
	for (; low < l->held_count && l->held[low].inode == inode; low++)
		l->held[low].is_met = true;
	return true;
}
