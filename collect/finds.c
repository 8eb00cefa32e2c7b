/* SPDX-License-Identifier: Apache-2.0 */
/* What a process holds that no path leads to: the part of the survey that looks behind links. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/survey.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/model/maps.h"

#define MAPS_MAX ((size_t)8 << 20) /* 65530 mappings with ordinary paths */

void find_link(const struct find *f, char out[FIND_NAME_SIZE])
{
	switch (f->kind) {
	case FIND_EXE:
		(void)snprintf(out, FIND_NAME_SIZE, "exe");
		break;
	case FIND_FD:
		(void)snprintf(out, FIND_NAME_SIZE, "fd/%d", f->fd);
		break;
	case FIND_MAP:
		(void)snprintf(out, FIND_NAME_SIZE, "map_files/%" PRIx64 "-%" PRIx64, f->start,
			       f->end);
		break;
	}
}

void find_member(const struct find *f, char out[FIND_NAME_SIZE])
{
	switch (f->kind) {
	case FIND_EXE:
		(void)snprintf(out, FIND_NAME_SIZE, "%d/exe", (int)f->pid);
		break;
	case FIND_FD:
		(void)snprintf(out, FIND_NAME_SIZE, "%d/fd/%d", (int)f->pid, f->fd);
		break;
	case FIND_MAP:
		(void)snprintf(out, FIND_NAME_SIZE, "%d/map/%" PRIx64 "-%" PRIx64, (int)f->pid,
			       f->start, f->end);
		break;
	}
}

const struct find *survey_find(const struct survey *s, pid_t pid, enum find_kind kind,
			       uint64_t number)
{
	for (size_t i = 0; i < s->find_count; i++) {
		const struct find *f = &s->finds[i];

		if (f->pid != pid || f->kind != kind)
			continue;
		if (kind == FIND_EXE || (kind == FIND_FD && (uint64_t)f->fd == number) ||
		    (kind == FIND_MAP && f->start == number))
			return f;
	}
	return NULL;
}

/* Memory that is shared without being anybody's file has such a name too. */
static bool is_plain_memory(const struct scan *bare)
{
	return scan_is(bare, "/dev/zero") || scan_is(bare, "/[aio]") ||
	       scan_is(bare, "/anon_hugepage");
}

static bool is_worth_keeping(const struct scan *link)
{
	struct scan bare;

	return link->len && *link->p == '/' && path_is_deleted(link, &bare) &&
	       !is_plain_memory(&bare);
}

static bool has_in_process(const struct survey *s, pid_t pid, const struct proc_node *node)
{
	for (size_t i = s->find_count; i-- > 0 && s->finds[i].pid == pid;)
		if (node_is_same(&s->finds[i].node, node))
			return true;
	return false;
}

/* Takes note of what lies behind a link, if it is a regular file. What has vanished is no find. */
static void add_find(struct survey *s, int dir, const struct find *like, const struct scan *link)
{
	struct find f = *like;
	struct err gone = { 0 };
	char name[FIND_NAME_SIZE];

	find_link(&f, name);
	f.held = -1;
	if (proc_node(dir, name, &f.node, &gone) < 0 || !S_ISREG(f.node.mode))
		return;
	if (f.kind == FIND_MAP && has_in_process(s, f.pid, &f.node))
		return;
	if (s->find_count >= SURVEY_FINDS_MAX) {
		s->is_cut = true;
		return;
	}
	if (s->held < SURVEY_HELD_MAX && (f.held = proc_hold(dir, name, &gone)) >= 0)
		s->held++;
	f.link = xstrndup(link->p, link->len);
	f.link_len = link->len;
	grow(s->finds, s->find_count, s->find_cap);
	s->finds[s->find_count++] = f;
}

static void look_at_exe(struct survey *s, const struct member *m, int dir)
{
	const struct find f = { .kind = FIND_EXE, .pid = m->pid, .start_ticks = m->start_ticks };
	AUTO(str_release) struct str text = STR_INIT(65536);
	struct err gone = { 0 };
	struct scan link;

	if (proc_link(dir, "exe", &text, &gone) < 0)
		return;
	link = scan_of(text.buf, text.len);
	if (is_worth_keeping(&link))
		add_find(s, dir, &f, &link);
}

static void look_at_fd(struct survey *s, const struct member *m, int dir, int fd, struct str *text)
{
	const struct find f = {
		.kind = FIND_FD, .pid = m->pid, .start_ticks = m->start_ticks, .fd = fd
	};
	struct err gone = { 0 };
	char name[32];
	struct scan link, inside;
	uint64_t inode;

	(void)snprintf(name, sizeof(name), "fd/%d", fd);
	str_reset(text);
	if (proc_link(dir, name, text, &gone) < 0)
		return;
	link = inside = scan_of(text->buf, text->len);
	if (is_worth_keeping(&link)) {
		add_find(s, dir, &f, &link);
		return;
	}
	if (!scan_text(&inside, "socket:[") || !scan_u64(&inside, UINT64_MAX, &inode))
		return;
	if (s->owner_count >= SURVEY_SOCKETS_MAX) {
		s->is_cut = true;
		return;
	}
	grow(s->owners, s->owner_count, s->owner_cap);
	s->owners[s->owner_count++] =
		(struct socket_owner){ .inode = inode, .pid = m->pid, .fd = fd };
}

static void look_at_fds(struct survey *s, const struct member *m, int dir)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	struct proc_fds fds;
	struct err gone = { 0 };
	int fd;

	if (proc_fds_open(dir, &fds, &gone) < 0)
		return;
	while ((fd = proc_fds_next(&fds)) >= 0 && !stop_requested())
		look_at_fd(s, m, dir, fd, &text);
	proc_fds_close(&fds);
}

static void look_at_maps(struct survey *s, const struct member *m, int dir)
{
	AUTO(str_release) struct str text = STR_INIT(MAPS_MAX);
	struct err gone = { 0 };
	struct scan all, line;
	bool cut;

	if (patience_text(s->patience, dir, "maps", &text, &cut, &gone) < 0)
		return;
	s->is_cut |= cut;
	all = scan_of(text.buf, text.len);
	while (scan_line(&all, &line)) {
		struct find f = { .kind = FIND_MAP, .pid = m->pid, .start_ticks = m->start_ticks };
		struct map map;

		if (map_parse(line.p, line.len, &map, &gone) < 0 || !is_worth_keeping(&map.path))
			continue;
		f.start = map.start;
		f.end = map.end;
		add_find(s, dir, &f, &map.path);
	}
}

int survey_look(struct survey *s, struct member *m, struct err *e)
{
	struct err gone = { 0 };
	AUTO(fd_closep) int dir = proc_open(m->pid, m->start_ticks, NULL, &gone);

	if (stop_requested())
		return stop_err(e);
	if (dir < 0)
		return 0; /* its row will say so */
	m->mount_ns = proc_namespace(dir, "ns/mnt");
	m->net_ns = proc_namespace(dir, "ns/net");
	look_at_exe(s, m, dir);
	look_at_fds(s, m, dir);
	look_at_maps(s, m, dir);
	return 0;
}
