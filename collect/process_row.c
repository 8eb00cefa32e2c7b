/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collect/process.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define EXEC_TEXT_MAX ((size_t)6 << 20) /* the most that execve takes of both together */

static const struct {
	const char *name;
	size_t max;
	enum {
		PLAIN,
		MEMORY,   /* of the process's memory or its map: the process can make that last */
		OPTIONAL, /* kernels without audit or a security module have none */
	} kind;
} table[TEXTS] = {
	[TEXT_STAT] = { "stat", 4096, PLAIN },
	[TEXT_STATUS] = { "status", (size_t)1 << 20, PLAIN }, /* 65536 groups */
	[TEXT_CMDLINE] = { "cmdline", EXEC_TEXT_MAX, MEMORY },
	[TEXT_ENVIRON] = { "environ", EXEC_TEXT_MAX, MEMORY },
	[TEXT_MAPS] = { "maps", (size_t)4 << 20, MEMORY },
	[TEXT_LIMITS] = { "limits", 16384, PLAIN },
	[TEXT_CGROUP] = { "cgroup", 65536, PLAIN },
	[TEXT_UID_MAP] = { "uid_map", 65536, PLAIN },
	[TEXT_GID_MAP] = { "gid_map", 65536, PLAIN },
	[TEXT_LABEL] = { "attr/current", 4096, OPTIONAL },
	[TEXT_LOGINUID] = { "loginuid", 64, OPTIONAL },
	[TEXT_OOM] = { "oom_score_adj", 64, OPTIONAL },
	[TEXT_FD] = { "fd", PROCESS_LISTING_MAX, PLAIN },
};

const char *process_text_name(enum process_text t)
{
	return table[t].name;
}

void process_init(struct process *p, const struct survey *s, struct hash_cache *hashes)
{
	*p = (struct process){ .survey = s, .hashes = hashes, .dir = -1 };
	for (size_t i = 0; i < TEXTS; i++)
		str_init(&p->texts[i], table[i].max);
}

static void forget(struct process *p)
{
	fd_closep(&p->dir);
	process_status_release(&p->status);
	for (size_t i = 0; i < TEXTS; i++) {
		str_reset(&p->texts[i]);
		p->has[i] = p->is_cut[i] = false;
		p->failed[i][0] = '\0';
	}
	p->has_stat = p->has_status = p->is_unhashed = false;
}

void process_release(struct process *p)
{
	forget(p);
	for (size_t i = 0; i < TEXTS; i++)
		str_release(&p->texts[i]);
}

static int read_text(struct process *p, enum process_text t, struct err *e)
{
	if (table[t].kind == MEMORY)
		return patience_text(p->survey->patience, p->dir, table[t].name, &p->texts[t],
				     &p->is_cut[t], e);
	return proc_read(p->dir, table[t].name, &p->texts[t], &p->is_cut[t], e);
}

void process_load(struct process *p, const struct member *m)
{
	struct err why = { 0 };

	forget(p);
	p->member = m;
	p->dir = proc_open(m->pid, m->start_ticks, NULL, &why);
	if (p->dir < 0)
		return;
	for (size_t i = 0; i < TEXT_FD; i++) {
		p->has[i] = read_text(p, (enum process_text)i, &why) == 0;
		/* ESRCH: a zombie has no memory left to read. */
		if (!p->has[i] && table[i].kind != OPTIONAL && why.sys != ESRCH)
			(void)snprintf(p->failed[i], sizeof(p->failed[i]), "%.79s", why.text);
	}
	p->has_stat = p->has[TEXT_STAT] &&
		      process_stat_parse(p->texts[TEXT_STAT].buf, p->texts[TEXT_STAT].len, &p->stat,
					 &why) == 0;
	p->has_status = p->has[TEXT_STATUS] &&
			process_status_parse(p->texts[TEXT_STATUS].buf, p->texts[TEXT_STATUS].len,
					     &p->status, &why) == 0;
}

/* A string that need not be UTF-8, as an element of an array: {"text_b64":"…"} where it is not. */
static void element(struct jsonw *w, const char *s, size_t len)
{
	AUTO(freep) char *copy = NULL;

	if (text_is_utf8(s, len)) {
		copy = xstrndup(s, len);
		jsonw_text(w, NULL, copy);
		return;
	}
	jsonw_object(w, NULL);
	jsonw_bytes(w, "text", s, len);
	jsonw_end(w);
}

/* NUL after each. A process can write over its own: then the last one may lack it. */
static void words(struct process *p, struct jsonw *w, const char *key, enum process_text t)
{
	struct scan s = scan_of(p->texts[t].buf, p->texts[t].len), word;

	if (!p->has[t])
		return;
	jsonw_array(w, key);
	while (scan_until(&s, '\0', &word))
		element(w, word.p, word.len);
	if (s.len)
		element(w, s.p, s.len);
	jsonw_end(w);
}

static void id(struct jsonw *w, const char *key, const struct idmap *map, uint32_t host)
{
	uint32_t inside;

	if (!map)
		jsonw_u64(w, key, host);
	else if (idmap_inside(map, host, &inside))
		jsonw_u64(w, key, inside);
	else
		jsonw_null(w, key);
}

static bool differs(const struct idmap *map, const uint32_t *host, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t inside;

		if (!idmap_inside(map, host[i], &inside) || inside != host[i])
			return true;
	}
	return false;
}

static void four_ids(struct jsonw *w, const char *key, const struct idmap *map,
		     const uint32_t ids[4])
{
	static const char *const names[] = { "real", "effective", "saved", "fs" };

	jsonw_object(w, key);
	for (size_t i = 0; i < 4; i++)
		id(w, names[i], map, ids[i]);
	jsonw_end(w);
}

static void all_groups(struct jsonw *w, const char *key, const struct idmap *map,
		       const struct process_status *st)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < st->group_count; i++)
		id(w, NULL, map, st->groups[i]);
	jsonw_end(w);
}

static void who(const struct process *p, struct jsonw *w)
{
	const struct process_status *st = &p->status;
	const struct idmap *uids = &p->survey->uids, *gids = &p->survey->gids;

	four_ids(w, "uid", uids, st->uid);
	if (differs(uids, st->uid, 4))
		four_ids(w, "host_uid", NULL, st->uid);
	four_ids(w, "gid", gids, st->gid);
	if (differs(gids, st->gid, 4))
		four_ids(w, "host_gid", NULL, st->gid);
	all_groups(w, "groups", gids, st);
	if (differs(gids, st->groups, st->group_count))
		all_groups(w, "host_groups", NULL, st);
}

static void rights(const struct process_status *st, struct jsonw *w)
{
	static const char *const names[CAPS] = { "inheritable", "permitted", "effective",
						 "bounding", "ambient" };
	static const char *const modes[] = { "disabled", "strict", "filter" };

	jsonw_object(w, "capabilities");
	for (size_t i = 0; i < CAPS; i++) {
		char hex[17];

		(void)snprintf(hex, sizeof(hex), "%016" PRIx64, st->caps[i]);
		jsonw_text(w, names[i], hex);
	}
	jsonw_end(w);
	if (st->no_new_privs >= 0)
		jsonw_bool(w, "no_new_privs", st->no_new_privs != 0);
	if (st->seccomp >= 0 && st->seccomp < 3) {
		jsonw_text(w, "seccomp", modes[st->seccomp]);
		jsonw_u64(w, "seccomp_filters", st->seccomp_filters);
	}
}

static void namespaces(const struct process *p, struct jsonw *w)
{
	static const char *const names[] = { "cgroup", "ipc",  "mnt",  "net",
					     "pid",    "time", "user", "uts" };

	jsonw_object(w, "namespaces");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char link[16];
		uint64_t inode;

		(void)snprintf(link, sizeof(link), "ns/%s", names[i]);
		inode = proc_namespace(p->dir, link);
		if (inode)
			jsonw_u64_text(w, names[i], inode);
	}
	jsonw_end(w);
}

static void pids(const struct process *p, struct jsonw *w)
{
	const struct process_status *st = &p->status;
	size_t depth = p->survey->depth;

	if (depth < st->ns_depth)
		jsonw_i64(w, "ns_pid", st->ns_pids[depth]);
	jsonw_array(w, "ns_pids");
	for (size_t i = 0; i < st->ns_depth; i++)
		jsonw_i64(w, NULL, st->ns_pids[i]);
	jsonw_end(w);
}

/* What stat says, and of a process that ended first what the survey knew. */
static void identity(const struct process *p, struct jsonw *w)
{
	static const char *const by[] = { "engine", "cgroup", "pidns", "child" };
	const struct timespec started = survey_started(p->survey, p->member->start_ticks);
	char when[TEXT_TIME_SIZE], state[2] = { p->stat.state, '\0' }, tty[32];

	jsonw_i64(w, "pid", p->member->pid);
	jsonw_i64(w, "ppid", p->has_stat ? p->stat.ppid : p->member->ppid);
	jsonw_array(w, "by");
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		if (p->member->by & 1u << i)
			jsonw_text(w, NULL, by[i]);
	jsonw_end(w);
	text_time(when, &started);
	jsonw_text(w, "started", when);
	jsonw_u64_text(w, "start_ticks", p->member->start_ticks);
	if (!p->has_stat)
		return;
	jsonw_bytes(w, "comm", p->stat.comm, p->stat.comm_len);
	if (text_is_utf8(state, 1))
		jsonw_text(w, "state", state);
	jsonw_i64(w, "pgrp", p->stat.pgrp);
	jsonw_i64(w, "session", p->stat.session);
	(void)snprintf(tty, sizeof(tty), "%u:%u", p->stat.tty_major, p->stat.tty_minor);
	jsonw_text(w, "tty", p->stat.tty_major || p->stat.tty_minor ? tty : NULL);
	jsonw_u64(w, "threads", p->stat.threads);
}

static void cgroups(const struct process *p, struct jsonw *w)
{
	struct scan all = scan_of(p->texts[TEXT_CGROUP].buf, p->texts[TEXT_CGROUP].len), line;

	jsonw_array(w, "cgroups");
	while (scan_line(&all, &line))
		element(w, line.p, line.len);
	jsonw_end(w);
}

static void number_of(const struct process *p, struct jsonw *w, const char *key,
		      enum process_text t)
{
	struct scan s = scan_of(p->texts[t].buf, p->texts[t].len);
	int64_t n;

	if (p->has[t] && scan_i64(&s, &n))
		jsonw_i64(w, key, n);
}

/* The audit session's user; the kernel's -1 is none. */
static void login(const struct process *p, struct jsonw *w)
{
	struct scan s = scan_of(p->texts[TEXT_LOGINUID].buf, p->texts[TEXT_LOGINUID].len);
	uint64_t uid;

	if (!p->has[TEXT_LOGINUID] || !scan_u64(&s, UINT32_MAX, &uid))
		return;
	if (uid == UINT32_MAX)
		jsonw_null(w, "loginuid");
	else
		jsonw_u64(w, "loginuid", uid);
}

static void label(const struct process *p, struct jsonw *w)
{
	const struct str *text = &p->texts[TEXT_LABEL];
	size_t len = text->len;

	while (len && (text->buf[len - 1] == '\n' || text->buf[len - 1] == '\0'))
		len--;
	if (p->has[TEXT_LABEL] && len)
		jsonw_bytes(w, "lsm", text->buf, len);
}

/* Last, since making the lists can still pass a limit or find the process gone. */
static void losses(const struct process *p, struct jsonw *w, bool is_brief)
{
	bool is_gone = p->dir < 0 || proc_has_ended(p->dir);
	bool is_cut = is_brief, is_failed = false;

	for (size_t i = 0; i < TEXTS; i++) {
		is_cut |= p->is_cut[i];
		is_failed |= p->failed[i][0] != '\0';
	}
	if (is_cut) {
		jsonw_array(w, "cut");
		for (size_t i = 0; i < TEXTS; i++)
			if (p->is_cut[i])
				jsonw_text(w, NULL, table[i].name);
		if (is_brief)
			jsonw_text(w, NULL, "row");
		jsonw_end(w);
	}
	if (is_failed) {
		jsonw_object(w, "errors");
		for (size_t i = 0; i < TEXTS; i++)
			if (p->failed[i][0])
				jsonw_bytes(w, table[i].name, p->failed[i], strlen(p->failed[i]));
		jsonw_end(w);
	}
	if (is_gone)
		jsonw_bool(w, "gone", true);
}

static void one_row(struct process *p, struct str *row, bool is_brief)
{
	struct jsonw w;

	jsonw_init(&w, row);
	jsonw_object(&w, NULL);
	identity(p, &w);
	if (p->has_status) {
		pids(p, &w);
		who(p, &w);
		rights(&p->status, &w);
		if (p->status.tracer)
			jsonw_i64(&w, "tracer_pid", p->status.tracer);
		jsonw_u64_text(&w, "rss_kib", p->status.rss_kib);
	}
	if (p->dir >= 0) {
		if (!is_brief) {
			words(p, &w, "cmdline", TEXT_CMDLINE);
			words(p, &w, "environ", TEXT_ENVIRON);
		}
		process_row_exe(p, &w);
		process_row_link(p, &w, "cwd", "cwd");
		process_row_link(p, &w, "root", "root");
		namespaces(p, &w);
		cgroups(p, &w);
		login(p, &w);
		number_of(p, &w, "oom_score_adj", TEXT_OOM);
		label(p, &w);
		if (!is_brief) {
			process_row_descriptors(p, &w);
			process_row_maps(p, &w);
		}
	}
	losses(p, &w, is_brief);
	jsonw_line(&w);
}

void process_row(struct process *p, struct str *row)
{
	size_t before = row->len;

	one_row(p, row, false);
	if (!row->over)
		return;
	row->len = before;
	row->buf[before] = '\0';
	row->over = false;
	one_row(p, row, true);
}
