/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a process's row that look behind its links: executable, descriptors, mappings. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collect/process.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/model/maps.h"

#define LINK_MAX_BYTES 65536
#define FDINFO_MAX     65536 /* of one descriptor: an epoll or inotify one lists what it watches */

void process_row_node(struct jsonw *w, const struct proc_node *n)
{
	char dev[32];

	(void)snprintf(dev, sizeof(dev), "%u:%u", n->major, n->minor);
	jsonw_text(w, "dev", dev);
	jsonw_u64_text(w, "inode", n->inode);
	jsonw_u64_text(w, "size", n->size);
	jsonw_u64(w, "links", n->links);
}

void process_row_link(struct process *p, struct jsonw *w, const char *key, const char *name)
{
	AUTO(str_release) struct str target = STR_INIT(LINK_MAX_BYTES);
	struct err why = { 0 };

	if (proc_link(p->dir, name, &target, &why) == 0)
		jsonw_bytes(w, key, target.buf, target.len);
}

static void recovered(struct jsonw *w, const struct find *f)
{
	char member[FIND_NAME_SIZE];

	if (!f)
		return;
	find_member(f, member);
	jsonw_text(w, "recovered", member);
}

static bool is_memfd(const struct scan *link)
{
	struct scan s = *link;

	return scan_text(&s, "/memfd:");
}

static void exe_hash(struct process *p, struct jsonw *w, const struct find *f)
{
	struct err why = { 0 };
	AUTO(fd_closep) int own = -1;
	int held = f ? f->held : -1;
	const char *hex;
	struct proc_node node;

	if (held < 0)
		held = own = proc_hold(p->dir, "exe", &why);
	p->is_unhashed = held < 0 || proc_node(held, "", &node, &why) < 0 ||
			 survey_may_read(p->survey, &node, &why) < 0 ||
			 proc_hash(p->hashes, held, &hex, &why) < 0;
	if (p->is_unhashed)
		jsonw_bytes(w, "error", why.text, strlen(why.text));
	else
		jsonw_text(w, "sha256", hex);
}

void process_row_exe(struct process *p, struct jsonw *w)
{
	AUTO(str_release) struct str target = STR_INIT(LINK_MAX_BYTES);
	const struct find *f = survey_find(p->survey, p->member->pid, FIND_EXE, 0);
	struct err why = { 0 };
	struct proc_node node;
	struct scan link, bare;
	bool is_deleted;

	/* A zombie and a kernel thread have none. */
	if (proc_link(p->dir, "exe", &target, &why) < 0)
		return;
	link = scan_of(target.buf, target.len);
	is_deleted = path_is_deleted(&link, &bare);
	jsonw_object(w, "exe");
	jsonw_bytes(w, "path", bare.p, bare.len);
	jsonw_bool(w, "deleted", is_deleted);
	jsonw_bool(w, "memfd", is_memfd(&link));
	if (proc_node(p->dir, "exe", &node, &why) == 0)
		process_row_node(w, &node);
	exe_hash(p, w, f);
	recovered(w, f);
	jsonw_end(w);
}

/* "socket:[12]", "pipe:[12]": type and inode; "anon_inode:[eventfd]": no more than the link. */
static void bare_descriptor(struct jsonw *w, struct scan link)
{
	struct scan type;
	uint64_t inode;

	if (!scan_until(&link, ':', &type))
		return;
	if (scan_is(&type, "anon_inode"))
		jsonw_text(w, "type", "anon");
	else
		jsonw_bytes(w, "type", type.p, type.len);
	if (scan_char(&link, '[') && scan_u64(&link, UINT64_MAX, &inode))
		jsonw_u64_text(w, "inode", inode);
}

static void path_descriptor(struct process *p, struct jsonw *w, int fd, const char *name,
			    const struct scan *link)
{
	struct err why = { 0 };
	struct scan bare;
	struct proc_node node;
	bool is_deleted = path_is_deleted(link, &bare);

	if (proc_node(p->dir, name, &node, &why) < 0)
		return;
	jsonw_text(w, "type", is_memfd(link) ? "memfd" : file_type_word(node.mode));
	jsonw_bool(w, "deleted", is_deleted);
	process_row_node(w, &node);
	if (is_deleted)
		recovered(w, survey_find(p->survey, p->member->pid, FIND_FD, (uint64_t)fd));
}

/* "pos:" and "flags:" of fdinfo into the row, all of it into the listing. */
static void fdinfo(struct jsonw *w, const struct str *text, struct str *listing)
{
	struct scan all = scan_of(text->buf, text->len), line, key;

	while (scan_line(&all, &line)) {
		struct scan value = line;

		str_addc(listing, '\t');
		text_show(listing, line.p, line.len);
		str_addc(listing, '\n');
		if (!scan_until(&value, ':', &key))
			continue;
		scan_blanks(&value);
		if (scan_is(&key, "pos"))
			jsonw_bytes(w, "pos", value.p, value.len);
		else if (scan_is(&key, "flags"))
			jsonw_bytes(w, "flags", value.p, value.len);
	}
}

static void descriptor(struct process *p, struct jsonw *w, int fd, struct str *target,
		       struct str *info)
{
	struct str *listing = &p->texts[TEXT_FD];
	struct err why = { 0 };
	struct scan link;
	char name[32];
	bool cut;

	str_reset(target);
	str_reset(info);
	(void)snprintf(name, sizeof(name), "fd/%d", fd);
	if (proc_link(p->dir, name, target, &why) < 0)
		return;
	link = scan_of(target->buf, target->len);
	str_addf(listing, "%d ", fd);
	text_show(listing, target->buf, target->len);
	str_addc(listing, '\n');
	jsonw_object(w, NULL);
	jsonw_i64(w, "fd", fd);
	jsonw_bytes(w, "link", target->buf, target->len);
	if (link.len && *link.p == '/')
		path_descriptor(p, w, fd, name, &link);
	else
		bare_descriptor(w, link);
	(void)snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (proc_read(p->dir, name, info, &cut, &why) == 0)
		fdinfo(w, info, listing);
	jsonw_end(w);
}

void process_row_descriptors(struct process *p, struct jsonw *w)
{
	AUTO(str_release) struct str target = STR_INIT(LINK_MAX_BYTES);
	AUTO(str_release) struct str info = STR_INIT(FDINFO_MAX);
	struct err why = { 0 };
	struct proc_fds fds;
	size_t count = 0;
	int fd;

	if (proc_fds_open(p->dir, &fds, &why) < 0) {
		(void)snprintf(p->failed[TEXT_FD], sizeof(p->failed[TEXT_FD]), "%.79s", why.text);
		return;
	}
	p->has[TEXT_FD] = true;
	jsonw_array(w, "descriptors");
	while ((fd = proc_fds_next(&fds)) >= 0) {
		if (++count > PROCESS_DESCRIPTORS_MAX || p->texts[TEXT_FD].over || w->out->over) {
			p->is_cut[TEXT_FD] = true;
			break;
		}
		descriptor(p, w, fd, &target, &info);
	}
	jsonw_end(w);
	proc_fds_close(&fds);
}

/* Mappings of one file stand side by side and become one element. */
struct run {
	struct map first;
	bool is_executable, is_writable, is_shared;
};

static bool is_file(const struct map *m)
{
	return m->path.len && *m->path.p == '/';
}

static bool is_same_file(const struct map *a, const struct map *b)
{
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode &&
	       a->path.len == b->path.len && !memcmp(a->path.p, b->path.p, a->path.len);
}

static void run_end(struct process *p, struct jsonw *w, struct run *r, struct str *path)
{
	struct scan bare;
	char dev[32];
	bool is_deleted;

	if (!r->first.path.len)
		return;
	is_deleted = path_is_deleted(&r->first.path, &bare);
	str_reset(path);
	path_unescape_lf(path, &bare);
	jsonw_object(w, NULL);
	jsonw_bytes(w, "path", path->buf, path->len);
	(void)snprintf(dev, sizeof(dev), "%u:%u", r->first.major, r->first.minor);
	jsonw_text(w, "dev", dev);
	jsonw_u64_text(w, "inode", r->first.inode);
	jsonw_bool(w, "deleted", is_deleted);
	jsonw_bool(w, "exec", r->is_executable);
	jsonw_bool(w, "write", r->is_writable);
	jsonw_bool(w, "shared", r->is_shared);
	if (is_deleted)
		recovered(w, survey_find(p->survey, p->member->pid, FIND_MAP, r->first.start));
	jsonw_end(w);
	*r = (struct run){ 0 };
}

struct anonymous {
	uint64_t count, exec, exec_bytes, write_exec;
};

static void count_map(struct anonymous *a, const struct map *m)
{
	a->count++;
	if (!m->is_executable)
		return;
	a->write_exec += m->is_writable;
	if (is_file(m) || scan_is(&m->path, "[vdso]") || scan_is(&m->path, "[vsyscall]"))
		return;
	a->exec++;
	a->exec_bytes += m->end - m->start;
}

void process_row_maps(struct process *p, struct jsonw *w)
{
	AUTO(str_release) struct str path = STR_INIT(LINK_MAX_BYTES);
	struct scan all = scan_of(p->texts[TEXT_MAPS].buf, p->texts[TEXT_MAPS].len), line;
	struct anonymous a = { 0 };
	struct err why = { 0 };
	struct run r = { 0 };
	struct map m;

	if (!p->has[TEXT_MAPS])
		return;
	jsonw_object(w, "maps");
	jsonw_array(w, "files");
	while (scan_line(&all, &line)) {
		if (map_parse(line.p, line.len, &m, &why) < 0)
			continue;
		count_map(&a, &m);
		if (r.first.path.len && !is_same_file(&r.first, &m))
			run_end(p, w, &r, &path);
		if (!is_file(&m))
			continue;
		if (!r.first.path.len)
			r.first = m;
		r.is_executable |= m.is_executable;
		r.is_writable |= m.is_writable;
		r.is_shared |= m.is_shared;
	}
	run_end(p, w, &r, &path);
	jsonw_end(w);
	jsonw_u64(w, "count", a.count);
	jsonw_u64(w, "anonymous_exec", a.exec);
	jsonw_u64_text(w, "anonymous_exec_bytes", a.exec_bytes);
	jsonw_u64(w, "write_exec", a.write_exec);
	jsonw_end(w);
}
