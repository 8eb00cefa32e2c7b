/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define STAT_MAX       4096
#define LINK_MAX_BYTES 65536

int proc_open(pid_t pid, uint64_t start_ticks, struct process_stat *st, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(STAT_MAX);
	AUTO(fd_closep) int dir = -1;
	struct process_stat seen;
	char path[32];
	bool cut;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return err_set(e, ERR_ABSENT, "process %d has ended", (int)pid);
	if (dir < 0)
		return err_sys(e, "open '%s'", path);
	if (proc_read(dir, "stat", &text, &cut, e) < 0) {
		if (proc_has_ended(dir))
			return err_set(e, ERR_ABSENT, "process %d has ended", (int)pid);
		return err_wrap(e, "process %d", (int)pid);
	}
	if (process_stat_parse(text.buf, text.len, &seen, e) < 0)
		return err_wrap(e, "process %d", (int)pid);
	if (start_ticks && seen.start_ticks != start_ticks)
		return err_set(e, ERR_ABSENT, "process %d has ended and its number is another's",
			       (int)pid);
	if (st)
		*st = seen;
	return steal_fd(&dir);
}

bool proc_has_ended(int dir)
{
	return faccessat(dir, "stat", F_OK, 0) < 0;
}

int proc_read(int dir, const char *name, struct str *out, bool *cut, struct err *e)
{
	AUTO(fd_closep) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	*cut = false;
	if (fd < 0)
		return err_sys(e, "open '%s'", name);
	for (;;) {
		size_t room = out->max - out->len < 16384 ? out->max - out->len : 16384;
		char probe = 0, *to = room ? str_room(out, room) : &probe;
		ssize_t n = read(fd, to, room ? room : 1);

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "read '%s'", name);
		if (n > 0 && room) {
			str_grew(out, (size_t)n);
			continue;
		}
		*cut = n > 0;
		return 0;
	}
}

int proc_link(int dir, const char *name, struct str *out, struct err *e)
{
	char target[LINK_MAX_BYTES];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0)
		return err_sys(e, "read link '%s'", name);
	str_add(out, target, (size_t)n);
	return str_ok(out, "the target of a link", e);
}

uint64_t proc_namespace(int dir, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));
	struct scan s = scan_of(target, n > 0 ? (size_t)n : 0), type;
	uint64_t inode;

	if (!scan_until(&s, '[', &type) || !scan_u64(&s, UINT64_MAX, &inode))
		return 0;
	return inode;
}

int proc_lines_open(int dir, const char *name, struct proc_lines *out, struct err *e)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open '%s'", name);
	*out = (struct proc_lines){ .fd = fd, .buf = xmalloc(PROC_LINE_MAX) };
	return 0;
}

static int lines_fill(struct proc_lines *l, struct err *e)
{
	memmove(l->buf, l->buf + l->start, l->len);
	l->start = 0;
	for (;;) {
		ssize_t n = read(l->fd, l->buf + l->len, PROC_LINE_MAX - l->len);

		if (stop_requested())
			return stop_err(e);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		l->is_over = n == 0;
		l->len += (size_t)n;
		return 0;
	}
}

int proc_lines_next(struct proc_lines *l, struct scan *line, struct err *e)
{
	size_t looked = 0;

	for (;;) {
		const char *from = l->buf + l->start;
		const char *lf = memchr(from + looked, '\n', l->len - looked);
		size_t len = lf ? (size_t)(lf - from) : l->len;

		if (lf || (l->len && (l->is_over || l->len == PROC_LINE_MAX))) {
			*line = scan_of(from, len);
			l->start += len + (lf != NULL);
			l->len -= len + (lf != NULL);
			return 1;
		}
		if (l->is_over)
			return 0;
		looked = l->len;
		if (lines_fill(l, e) < 0)
			return -1;
	}
}

void proc_lines_close(struct proc_lines *l)
{
	fd_closep(&l->fd);
	freep(&l->buf);
}

int proc_fds_open(int dir, struct proc_fds *out, struct err *e)
{
	AUTO(fd_closep) int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list)
		return err_sys(e, "open 'fd'");
	(void)steal_fd(&fd);
	out->list = list;
	return 0;
}

int proc_fds_next(struct proc_fds *fds)
{
	const struct dirent *entry;

	while ((entry = readdir(fds->list))) {
		struct scan name = scan_of(entry->d_name, strlen(entry->d_name));
		uint64_t n;

		if (scan_u64(&name, INT32_MAX, &n))
			return (int)n;
	}
	return -1;
}

void proc_fds_close(struct proc_fds *fds)
{
	if (fds->list)
		(void)closedir(fds->list);
	fds->list = NULL;
}

uint64_t proc_socket(int dir, int fd)
{
	char link[32], target[64];
	struct scan s;
	uint64_t inode;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "fd/%d", fd);
	n = readlinkat(dir, link, target, sizeof(target));
	s = scan_of(target, n > 0 ? (size_t)n : 0);
	return scan_text(&s, "socket:[") && scan_u64(&s, UINT64_MAX, &inode) ? inode : 0;
}
