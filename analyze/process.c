/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/process.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define TEXT_MAX 4096

static void suspect_release(struct suspect *p)
{
	char *const texts[] = { p->exe_sha256, p->comm,   p->args,      p->argv0,
				p->started,    p->exe,    p->recovered, p->preload,
				p->histfile,   p->pid_ns, p->mnt_ns };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	*p = (struct suspect){ 0 };
}

void suspects_release(struct suspects *s)
{
	for (size_t i = 0; i < s->count; i++)
		suspect_release(&s->items[i]);
	for (size_t i = 0; i < s->socket_count; i++) {
		free(s->sockets[i].local);
		free(s->sockets[i].remote);
		free(s->sockets[i].owners);
	}
	free(s->items);
	free(s->sockets);
	*s = (struct suspects){ 0 };
}

/* KEY or KEY_b64, or NULL. What is longer than a path is not kept at all. */
static char *bytes_or_null(struct obj *o, const char *key)
{
	AUTO(str_release) struct str text = STR_INIT(TEXT_MAX);

	return obj_bytes(o, key, &text) && !text.over ? str_detach(&text) : NULL;
}

static char *text_or_null(struct obj *o, const char *key)
{
	const char *text = obj_text_or(o, key, NULL);

	return text ? xstrdup(text) : NULL;
}

/* An element of cmdline or environ: a text, or an object with the one key text_b64. */
static bool element(const struct cJSON *item, struct str *out)
{
	struct err unused = { 0 };
	const char *text = json_text(item);
	struct obj o;

	str_reset(out);
	if (text) {
		size_t len = strlen(text);

		str_add(out, text, len < out->max ? len : out->max);
		return true;
	}
	o = obj_begin(item, "a text", &unused);
	return obj_bytes(&o, "text", out) && obj_end(&o) == 0;
}

static void read_args(struct suspect *p, const struct cJSON *list)
{
	AUTO(str_release) struct str all = STR_INIT(SUSPECT_ARGS_MAX), one = STR_INIT(TEXT_MAX);

	for (const struct cJSON *item = json_first(list); item && !all.over;
	     item = json_next(item)) {
		if (!element(item, &one))
			continue;
		if (!p->argv0)
			p->argv0 = xstrdup(one.buf);
		if (all.len)
			str_addc(&all, ' ');
		str_add(&all, one.buf, one.len < all.max - all.len ? one.len : all.max - all.len);
		all.over |= all.len == all.max;
	}
	p->args = str_detach(&all);
}

static void read_environ(struct suspect *p, const struct cJSON *list)
{
	AUTO(str_release) struct str one = STR_INIT(TEXT_MAX);

	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (!element(item, &one))
			continue;
		if (!p->preload &&
		    (!strncmp(one.buf, "LD_PRELOAD=", 11) || !strncmp(one.buf, "LD_AUDIT=", 9)) &&
		    strchr(one.buf, '=')[1])
			p->preload = xstrdup(one.buf);
		if (!p->histfile && !strncmp(one.buf, "HISTFILE=", 9))
			p->histfile = xstrdup(one.buf);
	}
}

static void read_exe(struct suspect *p, struct obj *row)
{
	struct obj exe = obj_in_or(row, "exe");

	p->exe = bytes_or_null(&exe, "path");
	p->is_exe_deleted = obj_bool_or(&exe, "deleted", false);
	p->is_exe_memfd = obj_bool_or(&exe, "memfd", false);
	p->exe_sha256 = text_or_null(&exe, "sha256");
	p->recovered = text_or_null(&exe, "recovered");
}

static uint64_t hex_or_0(const char *text)
{
	struct err unused;
	unsigned char bytes[8];
	uint64_t n = 0;

	if (strlen(text) != 16 || text_unhex(bytes, sizeof(bytes), text, &unused) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		n = n << 8 | bytes[i];
	return n;
}

static void read_rights(struct suspect *p, struct obj *row)
{
	struct obj caps = obj_in_or(row, "capabilities"), uid = obj_in_or(row, "uid");

	p->has_caps = caps.node != NULL;
	p->effective = hex_or_0(obj_text_or(&caps, "effective", ""));
	p->bounding = hex_or_0(obj_text_or(&caps, "bounding", ""));
	p->uid = (uint32_t)obj_u64_or(&uid, "effective", UINT32_MAX);
}

static void read_place(struct suspect *p, struct obj *row)
{
	struct obj spaces = obj_in_or(row, "namespaces");
	const struct cJSON *by = obj_list_or(row, "by");

	p->pid_ns = text_or_null(&spaces, "pid");
	p->mnt_ns = text_or_null(&spaces, "mnt");
	p->ns_depth = json_count(obj_list_or(row, "ns_pids"));
	for (const struct cJSON *item = json_first(by); item; item = json_next(item)) {
		const char *word = json_text(item);

		p->is_first |= word && !strcmp(word, "engine");
		p->is_in_cgroup |= word && !strcmp(word, "cgroup");
	}
}

static void read_descriptors(struct suspect *p, const struct cJSON *list, struct err *e)
{
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		struct obj o = obj_begin(item, "descriptor", e);
		uint64_t fd = obj_u64_or(&o, "fd", UINT32_MAX), inode = 0;
		const char *type = obj_text_or(&o, "type", "");
		const char *link = obj_text_or(&o, "link", "");

		if (fd > 1)
			break; /* they are in order */
		if (!strcmp(type, "socket") &&
		    text_u64(obj_text_or(&o, "inode", "0"), UINT64_MAX, &inode, e) == 0)
			p->stdio_socket[fd] = inode;
		if (fd == 0 && !strcmp(type, "char"))
			p->has_terminal =
				!strncmp(link, "/dev/pts/", 9) || !strcmp(link, "/dev/console");
	}
}

static bool is_jit(const char *path)
{
	static const char *const words[] = { "libjvm",    "libv8",   "/node",   "libcoreclr",
					     "libluajit", "libpcre", "libffi",  "libLLVM",
					     "libmono",   "ruby",    "opcache", "libjavascriptcore",
					     "libmozjs",  "/dotnet" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(path, words[i]))
			return true;
	return false;
}

static void read_maps(struct suspect *p, struct obj *row, struct err *e)
{
	struct obj maps = obj_in_or(row, "maps");
	const struct cJSON *files = obj_list_or(&maps, "files");

	if (maps.node && text_u64(obj_text_or(&maps, "anonymous_exec_bytes", "0"), UINT64_MAX,
				  &p->anonymous_exec_bytes, e) < 0)
		p->anonymous_exec_bytes = 0;
	for (const struct cJSON *item = json_first(files); item; item = json_next(item)) {
		struct obj o = obj_begin(item, "map", e);

		p->has_jit |= is_jit(obj_text_or(&o, "path", ""));
	}
}

int suspects_add(struct suspects *s, const struct cJSON *row, struct err *e)
{
	struct suspect p = { 0 };
	struct err part = { 0 };
	struct obj o = obj_begin(row, "a process", e);

	p.pid = obj_u64(&o, "pid");
	p.ppid = obj_u64_or(&o, "ppid", 0);
	p.ns_pid = obj_u64_or(&o, "ns_pid", 0);
	p.comm = bytes_or_null(&o, "comm");
	p.started = text_or_null(&o, "started");
	read_exe(&p, &o);
	read_rights(&p, &o);
	read_place(&p, &o);
	read_maps(&p, &o, &part);
	read_args(&p, obj_list_or(&o, "cmdline"));
	read_environ(&p, obj_list_or(&o, "environ"));
	read_descriptors(&p, obj_list_or(&o, "descriptors"), &part);
	if (obj_end(&o) < 0) {
		suspect_release(&p);
		return -1;
	}
	s->all++;
	if (s->count >= SUSPECTS_MAX) {
		suspect_release(&p);
		return 0;
	}
	grow(s->items, s->count, s->cap);
	s->items[s->count++] = p;
	return 0;
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strcmp(address, "::1") ||
	       !strncmp(address, "::ffff:127.", 11);
}

static char *end_text(struct obj *row, const char *key, bool *loopback, uint16_t *port)
{
	struct obj end = obj_in_or(row, key);
	const char *address = obj_text_or(&end, "address", "");
	uint64_t n = obj_u64_or(&end, "port", 0);

	*loopback = is_loopback(address);
	*port = n <= UINT16_MAX ? (uint16_t)n : 0;
	return xasprintf(strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, (unsigned)*port);
}

int suspects_add_socket(struct suspects *s, const struct cJSON *row, struct err *e)
{
	struct obj o = obj_begin(row, "a socket", e);
	const char *protocol = obj_text(&o, "protocol"), *state = obj_text_or(&o, "state", "");
	const struct cJSON *owners = obj_list_or(&o, "owners");
	struct suspect_socket k = { 0 };
	bool local_loopback, remote_loopback;
	uint16_t remote_port;

	/* Those that are named by an address, and those that hear everything; unix ones are
	 * neither. */
	k.is_packet = !strcmp(protocol, "packet");
	if (obj_end(&o) < 0)
		return -1;
	if (!k.is_packet && strncmp(protocol, "tcp", 3) != 0 && strncmp(protocol, "udp", 3) != 0)
		return 0;
	s->sockets_all++;
	if (s->socket_count >= SUSPECT_SOCKETS_MAX)
		return 0;
	k.is_stream = !strncmp(protocol, "tcp", 3);
	k.is_established = !strcmp(state, "established");
	k.is_listening = !strcmp(state, "listen");
	k.local = end_text(&o, "local", &local_loopback, &k.port);
	k.remote = end_text(&o, "remote", &remote_loopback, &remote_port);
	k.is_loopback = k.is_listening ? local_loopback : remote_loopback;
	k.inode = obj_u64_text(&o, "inode");
	k.owners = xcalloc(json_count(owners) + 1, sizeof(*k.owners));
	for (const struct cJSON *item = json_first(owners); item; item = json_next(item)) {
		struct obj owner = obj_begin(item, "an owner", e);

		k.owners[k.owner_count++] = obj_u64_or(&owner, "pid", 0);
	}
	grow(s->sockets, s->socket_count, s->socket_cap);
	s->sockets[s->socket_count++] = k;
	return obj_end(&o);
}

static int by_pid(const void *pa, const void *pb)
{
	const struct suspect *a = pa, *b = pb;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static int by_inode(const void *pa, const void *pb)
{
	const struct suspect_socket *a = pa, *b = pb;

	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

void suspects_sort(struct suspects *s)
{
	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), by_pid);
	if (s->socket_count)
		qsort(s->sockets, s->socket_count, sizeof(*s->sockets), by_inode);
}

const struct suspect *suspects_first(const struct suspects *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].is_first)
			return &s->items[i];
	return NULL;
}

const struct suspect *suspects_find(const struct suspects *s, uint64_t pid)
{
	const struct suspect key = { .pid = pid };

	return s->count ? bsearch(&key, s->items, s->count, sizeof(key), by_pid) : NULL;
}

const struct suspect_socket *suspects_socket(const struct suspects *s, uint64_t inode)
{
	const struct suspect_socket key = { .inode = inode };

	return inode && s->socket_count
		       ? bsearch(&key, s->sockets, s->socket_count, sizeof(key), by_inode)
		       : NULL;
}
