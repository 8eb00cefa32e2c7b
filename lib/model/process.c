/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/process.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

#define PID_MAX   INT32_MAX
#define ID_DIGITS 64 /* of a container's id */

static const char *last(const char *text, size_t len, char c)
{
	return len ? memrchr(text, c, len) : NULL;
}

/* Fields 4 to 22 of stat(5), those after the state. */
static bool stat_numbers(struct scan *rest, int64_t field[19])
{
	for (size_t i = 0; i < 19; i++)
		if (!scan_i64(rest, &field[i]))
			return false;
	return true;
}

static bool is_pid(int64_t n)
{
	return n >= 0 && n <= PID_MAX;
}

int process_stat_parse(const char *text, size_t len, struct process_stat *out, struct err *e)
{
	/* The comm is raw and may hold ") R 1 1": it ends at the last parenthesis of all. */
	const char *open = len ? memchr(text, '(', len) : NULL, *close = last(text, len, ')');
	struct process_stat st = { 0 };
	struct scan head, rest, state;
	int64_t field[19];
	uint64_t pid;
	uint32_t tty;

	if (!open || !close || close < open)
		return err_set(e, ERR_FORMAT, "stat has no name in parentheses");
	head = scan_of(text, (size_t)(open - text));
	rest = scan_of(close + 1, len - (size_t)(close + 1 - text));
	st.comm_len = (size_t)(close - open) - 1;
	if (!scan_u64(&head, PID_MAX, &pid) || st.comm_len > PROCESS_COMM_MAX)
		return err_set(e, ERR_FORMAT, "stat has no pid or too long a name");
	if (!scan_word(&rest, &state) || state.len != 1 || !stat_numbers(&rest, field))
		return err_set(e, ERR_FORMAT, "stat is cut short");
	if (!is_pid(field[0]) || !is_pid(field[1]) || !is_pid(field[2]))
		return err_set(e, ERR_FORMAT, "stat has a pid that is none");
	memcpy(st.comm, open + 1, st.comm_len);
	st.pid = (pid_t)pid;
	st.state = *state.p;
	st.ppid = (pid_t)field[0];
	st.pgrp = (pid_t)field[1];
	st.session = (pid_t)field[2];
	tty = (uint32_t)field[3];
	st.tty_major = (tty >> 8) & 0xfff;
	st.tty_minor = (tty & 0xff) | ((tty >> 12) & 0xfff00);
	st.threads = field[16] < 0 ? 0 : (uint64_t)field[16];
	st.start_ticks = field[18] < 0 ? 0 : (uint64_t)field[18];
	*out = st;
	return 0;
}

static bool ids(struct scan *line, uint32_t out[4])
{
	for (size_t i = 0; i < 4; i++) {
		uint64_t id;

		if (!scan_u64(line, UINT32_MAX, &id))
			return false;
		out[i] = (uint32_t)id;
	}
	return true;
}

static bool groups(struct scan *line, struct process_status *st)
{
	size_t cap = st->group_count;
	uint64_t id;

	while (scan_u64(line, UINT32_MAX, &id)) {
		if (st->group_count >= PROCESS_GROUPS_MAX)
			return false;
		grow(st->groups, st->group_count, cap);
		st->groups[st->group_count++] = (uint32_t)id;
	}
	return true;
}

static bool pids(struct scan *line, struct process_status *st)
{
	uint64_t pid;

	st->ns_depth = 0;
	while (scan_u64(line, PID_MAX, &pid)) {
		if (st->ns_depth >= PROCESS_DEPTH_MAX)
			return false;
		st->ns_pids[st->ns_depth++] = (pid_t)pid;
	}
	return st->ns_depth > 0;
}

static bool small(struct scan *line, int *out)
{
	uint64_t n;

	if (!scan_u64(line, INT32_MAX, &n))
		return false;
	*out = (int)n;
	return true;
}

enum { HAS_UID = 1, HAS_GID = 2 };

/* False if a line that we know says what it must not. Lines that we do not know are nothing. */
static bool status_line(struct scan line, struct process_status *st, unsigned *has)
{
	static const char *const caps[CAPS] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	struct scan key;
	int n;

	if (!scan_until(&line, ':', &key))
		return true;
	for (size_t i = 0; i < CAPS; i++)
		if (scan_is(&key, caps[i]))
			return scan_hex(&line, UINT64_MAX, &st->caps[i]);
	if (scan_is(&key, "Uid")) {
		*has |= HAS_UID;
		return ids(&line, st->uid);
	}
	if (scan_is(&key, "Gid")) {
		*has |= HAS_GID;
		return ids(&line, st->gid);
	}
	if (scan_is(&key, "Groups"))
		return groups(&line, st);
	if (scan_is(&key, "NSpid"))
		return pids(&line, st);
	if (scan_is(&key, "VmRSS"))
		return scan_u64(&line, UINT64_MAX, &st->rss_kib);
	if (scan_is(&key, "NoNewPrivs"))
		return small(&line, &st->no_new_privs);
	if (scan_is(&key, "Seccomp"))
		return small(&line, &st->seccomp);
	if (scan_is(&key, "Seccomp_filters"))
		return scan_u64(&line, UINT64_MAX, &st->seccomp_filters);
	if (scan_is(&key, "TracerPid") && small(&line, &n))
		st->tracer = n;
	return true;
}

int process_status_parse(const char *text, size_t len, struct process_status *out, struct err *e)
{
	AUTO(process_status_release)
	struct process_status st = { .no_new_privs = -1, .seccomp = -1 };
	struct scan all = scan_of(text, len), line;
	unsigned has = 0;

	while (scan_line(&all, &line))
		if (!status_line(line, &st, &has))
			return err_set(e, ERR_FORMAT, "status has a malformed line");
	if (has != (HAS_UID | HAS_GID))
		return err_set(e, ERR_FORMAT, "status is cut short");
	*out = st;
	st.groups = NULL;
	return 0;
}

void process_status_release(struct process_status *s)
{
	freep(&s->groups);
	s->group_count = 0;
}

int idmap_parse(const char *text, size_t len, struct idmap *out, struct err *e)
{
	struct scan all = scan_of(text, len), line;

	out->count = 0;
	while (scan_line(&all, &line)) {
		uint64_t inside, outside, count;

		if (!scan_u64(&line, UINT32_MAX, &inside) ||
		    !scan_u64(&line, UINT32_MAX, &outside) || !scan_u64(&line, UINT32_MAX, &count))
			return err_set(e, ERR_FORMAT, "an id map has a malformed line");
		if (out->count >= PROCESS_RANGES_MAX)
			return err_set(e, ERR_LIMIT, "an id map has more than %d lines",
				       PROCESS_RANGES_MAX);
		out->ranges[out->count].inside = (uint32_t)inside;
		out->ranges[out->count].outside = (uint32_t)outside;
		out->ranges[out->count++].count = (uint32_t)count;
	}
	return 0;
}

bool idmap_inside(const struct idmap *map, uint32_t outside, uint32_t *inside)
{
	for (size_t i = 0; i < map->count; i++) {
		uint32_t into = outside - map->ranges[i].outside;

		if (outside < map->ranges[i].outside || into >= map->ranges[i].count)
			continue;
		*inside = map->ranges[i].inside + into;
		return true;
	}
	return false;
}

bool cgroup_next(struct scan *text, struct cgroup_line *out)
{
	struct scan line;

	while (scan_line(text, &line)) {
		struct cgroup_line cg;

		if (!scan_u64(&line, UINT32_MAX, &cg.hierarchy) || !scan_char(&line, ':') ||
		    !scan_until(&line, ':', &cg.controllers))
			continue;
		cg.path = line;
		*out = cg;
		return true;
	}
	return false;
}

static bool has_word(const struct scan *in, const char *word)
{
	return in->len && memmem(in->p, in->len, word, strlen(word)) != NULL;
}

struct scan cgroup_own(const struct scan *path, const char *id)
{
	struct scan rest = *path, part;

	while (rest.len && *id) {
		if (!scan_until(&rest, '/', &part)) {
			part = rest;
			rest = scan_of(rest.p + rest.len, 0);
		}
		if (has_word(&part, id) && !has_word(&part, "conmon"))
			return scan_of(path->p, (size_t)(part.p + part.len - path->p));
	}
	return scan_of(path->p, 0);
}

/* "docker-<id>.scope", "libpod-<id>", "<id>"; a pod's own cgroup and a monitor's are no container.
 */
static struct scan id_in(const struct scan *part)
{
	static const char *const prefixes[] = { "docker-", "libpod-", "crio-", "cri-containerd-" };
	static const char scope[] = ".scope";
	struct scan id = *part;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (scan_text(&id, prefixes[i]))
			break;
	if (id.len == ID_DIGITS + strlen(scope) && !memcmp(id.p + ID_DIGITS, scope, strlen(scope)))
		id.len = ID_DIGITS;
	if (id.len != ID_DIGITS)
		return scan_of(part->p, 0);
	for (size_t i = 0; i < ID_DIGITS; i++)
		if (!(id.p[i] >= '0' && id.p[i] <= '9') && !(id.p[i] >= 'a' && id.p[i] <= 'f'))
			return scan_of(part->p, 0);
	return id;
}

struct scan cgroup_container(const struct scan *path)
{
	struct scan rest = *path, part, id, parent = scan_of("", 0);

	while (rest.len) {
		if (!scan_until(&rest, '/', &part)) {
			part = rest;
			rest = scan_of(rest.p + rest.len, 0);
		}
		id = id_in(&part);
		/* Podman keeps the containers of a pod below "libpod_parent/<id of the pod>". */
		if (id.len && !(part.len == id.len && scan_is(&parent, "libpod_parent")))
			return id;
		parent = part;
	}
	return scan_of(path->p, 0);
}

bool cgroup_is_within(const struct scan *path, const struct scan *own)
{
	if (!own->len || path->len < own->len || memcmp(path->p, own->p, own->len) != 0)
		return false;
	return path->len == own->len || path->p[own->len] == '/';
}
