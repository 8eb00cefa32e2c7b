/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/survey.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define CGROUP_MAX 65536
#define ROUNDS_MAX 5       /* of looking again for what was forked meanwhile */
#define HOST_MAX   4194304 /* the kernel's own limit of pids */

/* What makes a process the container's. */
struct mark {
	struct str *cgroup; /* the first process's whole text */
	const char *id;
	uint64_t pid_ns; /* 0: shared with the host, says nothing */
};

struct candidate {
	pid_t pid, ppid;
	uint64_t start_ticks;
	unsigned by;
};

struct candidates {
	struct candidate *items;
	size_t count, cap;
};

static void candidates_release(struct candidates *c)
{
	freep(&c->items);
}

/* Whether the process lies in the container's own cgroup in any hierarchy that names the container.
 */
static bool is_in_cgroup(const struct mark *mark, const struct str *text)
{
	struct scan theirs = scan_of(text->buf, text->len);
	struct cgroup_line line, ours;

	while (cgroup_next(&theirs, &line)) {
		struct scan first = scan_of(mark->cgroup->buf, mark->cgroup->len);

		while (cgroup_next(&first, &ours)) {
			struct scan own = cgroup_own(&ours.path, mark->id);

			if (ours.hierarchy == line.hierarchy && cgroup_is_within(&line.path, &own))
				return true;
		}
	}
	return false;
}

static unsigned judge(const struct mark *mark, int dir, struct str *text)
{
	struct err ignored = { 0 };
	unsigned by = 0;
	bool cut;

	str_reset(text);
	if (proc_read(dir, "cgroup", text, &cut, &ignored) == 0 && is_in_cgroup(mark, text))
		by |= BY_CGROUP;
	if (mark->pid_ns && proc_namespace(dir, "ns/pid") == mark->pid_ns)
		by |= BY_PIDNS;
	return by;
}

static int by_pid(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int read_candidates(const struct mark *mark, struct candidates *all, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(CGROUP_MAX);
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
		all->items[all->count++] = (struct candidate){
			.pid = st.pid,
			.ppid = st.ppid,
			.start_ticks = st.start_ticks,
			.by = judge(mark, dir, &text),
		};
	}
	(void)closedir(list);
	if (stop_requested())
		return stop_err(e);
	if (all->count)
		qsort(all->items, all->count, sizeof(all->items[0]), by_pid);
	return 0;
}

static const struct candidate *candidate_of(const struct candidates *all, pid_t pid)
{
	const struct candidate key = { .pid = pid };

	return all->count ? bsearch(&key, all->items, all->count, sizeof(key), by_pid) : NULL;
}

/* Children of members are members, however deep: until a pass over all adds none. */
static void mark_children(struct candidates *all)
{
	bool added = true;

	while (added) {
		added = false;
		for (size_t i = 0; i < all->count; i++) {
			const struct candidate *parent;

			if (all->items[i].by)
				continue;
			parent = candidate_of(all, all->items[i].ppid);
			if (parent && parent->by) {
				all->items[i].by = BY_CHILD;
				added = true;
			}
		}
	}
}

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
static size_t add_members(struct survey *s, const struct candidates *all)
{
	size_t before = s->count;

	for (size_t i = 0; i < all->count; i++) {
		const struct candidate *c = &all->items[i];
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
static int read_first(struct survey *s, int dir, struct mark *mark, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	AUTO(process_status_release) struct process_status st = { 0 };
	AUTO(fd_closep) int self = proc_open(getpid(), 0, NULL, e);
	bool cut;

	if (self < 0)
		return -1;
	s->host_net_ns = proc_namespace(self, "ns/net");
	mark->pid_ns = proc_namespace(dir, "ns/pid");
	if (mark->pid_ns == proc_namespace(self, "ns/pid"))
		mark->pid_ns = 0;
	if (proc_read(dir, "status", &text, &cut, e) < 0 ||
	    process_status_parse(text.buf, text.len, &st, e) < 0)
		return -1;
	s->depth = st.ns_depth ? st.ns_depth - 1 : 0;
	if (read_idmap(dir, "uid_map", &s->uids, e) < 0 ||
	    read_idmap(dir, "gid_map", &s->gids, e) < 0)
		return -1;
	return proc_read(dir, "cgroup", mark->cgroup, &cut, e);
}

static int find_members(struct survey *s, const struct mark *mark, struct err *e)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		AUTO(candidates_release) struct candidates all = { 0 };

		if (read_candidates(mark, &all, e) < 0)
			return -1;
		/* The host view has proved the engine's word for the first one. */
		for (size_t i = 0; i < all.count; i++)
			if (all.items[i].pid == s->first)
				all.items[i].by |= BY_ENGINE;
		mark_children(&all);
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
	AUTO(str_release) struct str cgroup = STR_INIT(CGROUP_MAX);
	struct mark mark = { .cgroup = &cgroup, .id = c->id };
	AUTO(fd_closep) int dir = -1;

	s->patience = patience_new(PATIENCE_MS);
	s->first = c->pid;
	s->boot = boot_time();
	dir = proc_open(c->pid, 0, NULL, e);
	if (dir < 0 || read_first(s, dir, &mark, e) < 0)
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
