/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define ROUNDS_MAX 5 /* of looking again for what was forked meanwhile */

static int member_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

static void sort_members(struct survey *s)
{
	if (s->count)
		qsort(s->members, s->count, sizeof(s->members[0]), member_order);
}

/* Returns how many were new. */
static size_t add_members(struct survey *s, const struct host_processes *all)
{
	size_t before = s->count;

	for (size_t i = 0; i < all->count; i++) {
		const struct host_process *c = &all->items[i];
		const struct member m = {
			.pid = c->pid, .ppid = c->ppid, .start_ticks = c->start_ticks, .by = c->by
		};

		if (!c->by || (before && bsearch(&m, s->members, before, sizeof(m), member_order)))
			continue;
		if (s->count >= SURVEY_PROCESSES_MAX) {
			s->is_cut = true;
			break;
		}
		grow(s->members, s->count, s->cap);
		s->members[s->count++] = m;
	}
	before = s->count - before;
	sort_members(s);
	return before;
}

static int owner_order(const void *a, const void *b)
{
	const struct socket_owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

static int read_idmap(int dir, const char *name, struct idmap *out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	bool cut;

	if (proc_read(dir, name, &text, &cut, e) < 0)
		return -1;
	return idmap_parse(text.buf, text.len, out, e);
}

/* What the container's first process says about the container. */
static int read_first(struct survey *s, int dir, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	AUTO(process_status_release) struct process_status st = { 0 };
	AUTO(fd_closep) int self = proc_open(getpid(), 0, NULL, e);
	bool cut;

	if (self < 0)
		return -1;
	s->host_net_ns = proc_namespace(self, "ns/net");
	if (proc_read(dir, "status", &text, &cut, e) < 0 ||
	    process_status_parse(text.buf, text.len, &st, e) < 0)
		return -1;
	s->depth = st.ns_depth ? st.ns_depth - 1 : 0;
	if (read_idmap(dir, "uid_map", &s->uids, e) < 0)
		return -1;
	return read_idmap(dir, "gid_map", &s->gids, e);
}

static int find_members(struct survey *s, const struct process_mark *mark, struct err *e)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		AUTO(host_processes_release) struct host_processes all = { 0 };

		if (host_processes_read(mark, &all, e) < 0)
			return -1;
		if (!add_members(s, &all))
			break;
	}
	if (!s->count)
		return err_set(e, ERR_ABSENT, "the container has no process any more");
	return 0;
}

static struct timespec boot_time(void)
{
	struct timespec now, up;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	now.tv_sec -= up.tv_sec;
	now.tv_nsec -= up.tv_nsec;
	if (now.tv_nsec < 0) {
		now.tv_nsec += 1000000000;
		now.tv_sec--;
	}
	return now;
}

static void note_namespace(struct survey *s, struct namespaces *all, uint64_t inode)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->inodes[i] == inode)
			return;
	if (!inode)
		return;
	if (all->count >= SURVEY_NAMESPACES_MAX) {
		s->is_cut = true;
		return;
	}
	grow(all->inodes, all->count, all->cap);
	all->inodes[all->count++] = inode;
}

int survey_open_in(const struct survey *s, const char *type, uint64_t inode, pid_t *pid,
		   struct err *e)
{
	char link[16];

	(void)snprintf(link, sizeof(link), "ns/%s", type);
	for (size_t i = 0; i < s->count; i++) {
		const struct member *m = &s->members[i];
		AUTO(fd_closep) int dir = -1;
		struct err gone = { 0 };

		if (m->net_ns != inode && m->mount_ns != inode)
			continue;
		dir = proc_open(m->pid, m->start_ticks, NULL, &gone);
		if (dir < 0 || proc_namespace(dir, link) != inode)
			continue;
		*pid = m->pid;
		return steal_fd(&dir);
	}
	return err_set(e, ERR_ABSENT, "the last process in %s namespace %" PRIu64 " has ended",
		       type, inode);
}

int survey_make(const struct container *c, struct survey **out, struct err *e)
{
	AUTO(survey_freep) struct survey *s = xcalloc(1, sizeof(*s));
	AUTO(process_mark_release) struct process_mark mark = { .cgroup = STR_INIT(0) };
	AUTO(fd_closep) int dir = -1;

	s->patience = patience_new(PATIENCE_MS);
	s->first = c->pid;
	s->boot = boot_time();
	dir = proc_open(c->pid, 0, NULL, e);
	if (dir < 0 || read_first(s, dir, e) < 0 ||
	    process_mark_read(dir, c->pid, c->id, &mark, e) < 0)
		return err_wrap(e, "the container's first process");
	if (find_members(s, &mark, e) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++) {
		if (survey_look(s, &s->members[i], e) < 0)
			return -1;
		note_namespace(s, &s->nets, s->members[i].net_ns);
		note_namespace(s, &s->mounts, s->members[i].mount_ns);
	}
	survey_know_mounts(s);
	if (s->owner_count)
		qsort(s->owners, s->owner_count, sizeof(s->owners[0]), owner_order);
	*out = steal(&s);
	return 0;
}

void survey_freep(struct survey **sp)
{
	struct survey *s = steal(sp);

	if (!s)
		return;
	for (size_t i = 0; i < s->find_count; i++) {
		fd_closep(&s->finds[i].held);
		free(s->finds[i].link);
	}
	free(s->mounts_known);
	patience_freep(&s->patience);
	free(s->nets.inodes);
	free(s->mounts.inodes);
	free(s->finds);
	free(s->owners);
	free(s->members);
	free(s);
}

struct timespec survey_started(const struct survey *s, uint64_t start_ticks)
{
	uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec t = s->boot;

	t.tv_sec += (time_t)(start_ticks / hertz);
	t.tv_nsec += (long)(start_ticks % hertz * (1000000000 / hertz));
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}
