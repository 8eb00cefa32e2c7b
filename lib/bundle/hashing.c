/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/hashing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

#define THREADS_MAX 64
#define BLOCK       ((size_t)256 << 10) /* fits the second-level cache of most cores */

/* What stands in the way of opening it is itself the fault: nothing there, or a way out of the
 * bundle. */
static int refuse(struct err *e)
{
	if (e->sys == ENOENT)
		return err_set(e, ERR_INTEGRITY, "is missing");
	if (e->sys == ELOOP || e->sys == EXDEV || e->sys == ENOTDIR)
		return err_set(e, ERR_INTEGRITY, "is not a plain file in the bundle");
	return -1;
}

int hashing_open(int dirfd, const char *path, struct stat *st, struct err *e)
{
	AUTO(fd_closep) int node = file_open_beneath(dirfd, path, O_PATH, e);
	char again[40];
	int fd;

	if (node < 0)
		return refuse(e);
	if (fstat(node, st) < 0)
		return err_sys(e, "stat '%s'", path);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_INTEGRITY, "is not a regular file");
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", node);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) /* a chroot without /proc */
		return file_open_beneath(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, e);
	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

static int hash_fd(struct hash_job *job, int fd, struct digest *d, char *block, struct err *e)
{
	digest_reset(d);
	for (;;) {
		ssize_t n = read(fd, block, BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read '%s'", job->path);
		if (n == 0)
			break;
		digest_add(d, block, (size_t)n);
		job->bytes += (uint64_t)n;
	}
	digest_end(d, job->sha256);
	return 0;
}

static int hash_one(int dirfd, struct hash_job *job, struct digest *d, char *block, struct err *e)
{
	struct stat before, after;
	AUTO(fd_closep) int fd = hashing_open(dirfd, job->path, &before, e);

	if (fd < 0)
		return -1;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (hash_fd(job, fd, d, block, e) < 0)
		return -1;
	if (fstat(fd, &after) < 0)
		return err_sys(e, "stat '%s'", job->path);
	job->was_written = before.st_size != after.st_size ||
			   job->bytes != (uint64_t)after.st_size ||
			   !file_same_time(&before.st_mtim, &after.st_mtim);
	job->was_touched = !file_same_time(&before.st_ctim, &after.st_ctim);
	return 0;
}

struct pool {
	int dirfd;
	struct hash_job *jobs;
	size_t count, next;
};

static void *work(void *data)
{
	struct pool *p = data;
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(BLOCK);

	for (;;) {
		size_t i = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED);
		struct err e = { 0 };

		if (i >= p->count)
			return NULL;
		if (hash_one(p->dirfd, &p->jobs[i], d, block, &e) < 0) {
			p->jobs[i].error = xstrdup(e.text);
			p->jobs[i].is_special = e.kind == ERR_INTEGRITY;
		}
	}
}

/* Asked of the scheduler: what it lets us have, and no file has to be opened for it in the sandbox.
 */
static size_t cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n > THREADS_MAX ? THREADS_MAX : n > 1 ? (size_t)n : 1;
}

static int biggest_first(const void *a, const void *b)
{
	const struct hash_job *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return strcmp(x->path, y->path);
}

void hashing_run(int dirfd, struct hash_job *jobs, size_t count)
{
	struct pool pool = { .dirfd = dirfd, .jobs = jobs, .count = count };
	pthread_t threads[THREADS_MAX];
	size_t want = cores(), made = 0;

	if (count)
		qsort(jobs, count, sizeof(jobs[0]), biggest_first);
	if (want > count)
		want = count;
	/* This thread works too, and alone if no other can be made. */
	while (made + 1 < want && pthread_create(&threads[made], NULL, work, &pool) == 0)
		made++;
	(void)work(&pool);
	while (made)
		(void)pthread_join(threads[--made], NULL);
}

void hashing_release(struct hash_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(jobs[i].error);
	free(jobs);
}
