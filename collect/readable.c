/* SPDX-License-Identifier: Apache-2.0 */
/* Which files' content can be read without waiting for the container. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/served.h"
#include "collect/survey.h"
#include "lib/base/own.h"
#include "lib/model/maps.h"

static void know(struct survey *s, int dir)
{
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	struct err ignored = { 0 };
	struct scan line;
	struct mount_line m;

	if (proc_lines_open(dir, "mountinfo", &l, &ignored) < 0)
		return;
	while (proc_lines_next(&l, &line, &ignored) > 0 && s->mounts_count < SURVEY_MOUNTS_MAX) {
		if (mount_parse(line.p, line.len, &m, &ignored) < 0 || mount_is_served(&m))
			continue;
		grow(s->mounts_known, s->mounts_count, s->mounts_cap);
		s->mounts_known[s->mounts_count++] = m.id;
	}
}

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void survey_know_mounts(struct survey *s)
{
	static const unsigned flags[] = { 0, MFD_HUGETLB };
	struct err ignored = { 0 };
	AUTO(fd_closep) int self = proc_open(getpid(), 0, NULL, &ignored);
	struct proc_node node;
	pid_t pid;

	/* Ours too: what entered the container from the host may run the host's files. */
	if (self >= 0)
		know(s, self);
	for (size_t i = 0; i < s->mounts.count; i++) {
		AUTO(fd_closep)
		int dir = survey_open_in(s, "mnt", s->mounts.inodes[i], &pid, &ignored);

		if (dir >= 0)
			know(s, dir);
	}
	if (s->mounts_count)
		qsort(s->mounts_known, s->mounts_count, sizeof(s->mounts_known[0]), by_id);
	/* Memory files lie on mounts of the kernel's own that no mountinfo shows. */
	for (size_t i = 0; i < 2; i++) {
		AUTO(fd_closep) int memory = memfd_create("impound", MFD_CLOEXEC | flags[i]);

		if (memory >= 0 && proc_node(memory, "", &node, &ignored) == 0)
			s->memory[i] = node.minor;
	}
}

int survey_may_read(const struct survey *s, const struct proc_node *node, struct err *e)
{
	if (node->major == 0 && (node->minor == s->memory[0] || node->minor == s->memory[1]))
		return 0;
	if (s->mounts_count &&
	    bsearch(&node->mount, s->mounts_known, s->mounts_count, sizeof(node->mount), by_id))
		return 0;
	return err_set(e, ERR_LIMIT,
		       "not read: it lies on a file system that the container may serve itself");
}
