/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/find.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/engine.h"
#include "lib/engine/service.h"

#define PROBE_MS       5000u /* for each of its two answers */
#define VERSION_MAX    ((size_t)1 << 20)
#define CANDIDATES_MAX 1000 /* sockets below /run/user: one thread each */
#define TRIED_MAX      ((size_t)1 << 20)

/* One address being tried; each on a thread of its own, so that a dead one delays no other. */
struct probe {
	struct engine *engine;
	char *identity; /* what it says of itself; NULL if nothing */
	struct err e;
	bool is_nobody; /* nothing listens there: no engine to be missed */
	bool has_socket;
	struct stat st;
	pthread_t thread;
};

struct probes {
	struct probe *items;
	size_t count, cap;
};

static void probes_release(struct probes *all)
{
	for (size_t i = 0; i < all->count; i++) {
		engine_freep(&all->items[i].engine);
		free(all->items[i].identity);
	}
	free(all->items);
	*all = (struct probes){ 0 };
}

static struct engine *engine_new(void)
{
	struct engine *g = xcalloc(1, sizeof(*g));

	g->link = xcalloc(1, sizeof(*g->link));
	return g;
}

static bool is_same(const struct probe *a, const struct probe *b)
{
	if (a->has_socket && b->has_socket)
		return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
	return !strcmp(a->engine->address, b->engine->address);
}

/* An address that is there already, also by another name, is not added again. */
static int add(struct probes *all, const char *word, bool is_named, struct err *e)
{
	struct probe p = { .engine = engine_new() };
	AUTO(engine_freep) struct engine *owner = p.engine;

	if (address_parse(word, p.engine->link, &p.engine->address, e) < 0)
		return -1;
	p.engine->is_named = is_named;
	if (p.engine->link->socket) {
		p.has_socket = stat(p.engine->link->socket, &p.st) == 0;
		if (!p.has_socket) {
			(void)err_sys(&p.e, "no socket");
			p.is_nobody = p.e.sys == ENOENT || p.e.sys == ENOTDIR;
		}
	}
	for (size_t i = 0; i < all->count; i++) {
		if (is_same(&p, &all->items[i])) {
			return 0;
		}
	}
	if (all->count >= CANDIDATES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d sockets to try", CANDIDATES_MAX);
	grow(all->items, all->count, all->cap);
	all->items[all->count++] = p;
	owner = NULL;
	return 0;
}

static void note(struct str *lines, const char *address, const char *why)
{
	if (lines->len)
		str_addc(lines, '\n');
	str_addf(lines, "%s: ", address);
	for (; *why; why++)
		str_addc(lines, *why == '\n' ? ' ' : *why);
}

static void add_default(struct probes *all, const char *word, struct engines *out)
{
	struct err e = { 0 };

	if (add(all, word, false, &e) < 0)
		note(&out->tried, word, e.text);
}

/* What the environment names and cannot be used is missing from the picture, not merely absent. */
static void add_environment(struct probes *all, const char *name, struct engines *out)
{
	const char *word = getenv(name);
	struct err e = { 0 };

	if (word && *word && add(all, word, false, &e) < 0) {
		note(&out->tried, name, e.text);
		note(&out->sick, name, e.text);
	}
}

static void add_runtime_dir(struct probes *all, const char *dir, struct engines *out)
{
	AUTO(freep) char *docker = xasprintf("%s/docker.sock", dir);
	AUTO(freep) char *podman = xasprintf("%s/podman/podman.sock", dir);

	add_default(all, docker, out);
	add_default(all, podman, out);
}

/* Root looks at every user's. Only those that are there: the list of what was tried stays readable.
 */
static void add_users(struct probes *all, struct engines *out)
{
	DIR *users = opendir("/run/user");
	struct dirent *entry;

	while (users && (entry = readdir(users))) {
		static const char *const sockets[] = { "docker.sock", "podman/podman.sock" };

		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		for (size_t i = 0; i < 2; i++) {
			AUTO(freep)
			char *path = xasprintf("/run/user/%s/%s", entry->d_name, sockets[i]);

			if (access(path, F_OK) == 0)
				add_default(all, path, out);
		}
	}
	if (users)
		(void)closedir(users);
}

static void add_defaults(struct probes *all, struct engines *out)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	AUTO(freep) char *own = xasprintf("/run/user/%u", (unsigned)geteuid());

	add_environment(all, "DOCKER_HOST", out);
	add_environment(all, "CONTAINER_HOST", out);
	add_default(all, "/run/docker.sock", out);
	/* The same almost everywhere: tried where it is, not complained of where it is not. */
	if (access("/var/run/docker.sock", F_OK) == 0)
		add_default(all, "/var/run/docker.sock", out);
	add_default(all, "/run/podman/podman.sock", out);
	if (runtime && *runtime == '/')
		add_runtime_dir(all, runtime, out);
	if (geteuid() == 0)
		add_users(all, out);
	else
		add_runtime_dir(all, own, out);
}

struct system {
	struct engine *engine;
	struct str text;
	struct err e;
};

static void system_release(struct system *s)
{
	str_release(&s->text);
}

static void *ask_system(void *data)
{
	struct system *s = data;

	(void)!engine_fetch_within(s->engine, ASK_SYSTEM, NULL, PROBE_MS, &s->text, &s->e);
	return NULL;
}

/* Both at once: Podman runs programs for each of the two answers, a tenth of a second long. */
static int ask(struct probe *p, struct err *e)
{
	AUTO(str_release) struct str version = STR_INIT(VERSION_MAX);
	AUTO(system_release)
	struct system system = { .engine = p->engine, .text = STR_INIT(VERSION_MAX) };
	struct engine *g = p->engine;
	pthread_t thread;
	bool is_apart = pthread_create(&thread, NULL, ask_system, &system) == 0;
	int failed = engine_fetch_within(g, ASK_VERSION, NULL, PROBE_MS, &version, e);

	if (is_apart)
		(void)pthread_join(thread, NULL);
	if (failed < 0 || version_read(g, version.buf, version.len, e) < 0)
		return -1;
	if (!is_apart)
		(void)ask_system(&system);
	/* Only for telling it from the others: an engine whose info fails is still one. */
	if (system.e.kind == ERR_NONE)
		(void)!info_read(g, system.text.buf, system.text.len, &p->identity, &system.e);
	return 0;
}

static void *run_probe(void *data)
{
	struct probe *p = data;

	if (ask(p, &p->e) < 0 && p->e.kind == ERR_SYS)
		p->is_nobody = p->e.sys == ECONNREFUSED && p->engine->link->socket;
	return NULL;
}

static int run_probes(struct probes *all, struct err *e)
{
	size_t started = 0;

	for (; started < all->count; started++) {
		struct probe *p = &all->items[started];

		if (p->e.kind == ERR_NONE && pthread_create(&p->thread, NULL, run_probe, p) != 0)
			break;
	}
	for (size_t i = 0; i < started; i++)
		if (all->items[i].thread)
			(void)pthread_join(all->items[i].thread, NULL);
	if (started < all->count)
		return err_set(e, ERR_SYS, "no thread to try '%s'",
			       all->items[started].engine->address);
	return stop_requested() ? stop_err(e) : 0;
}

static bool label_is_taken(const struct engines *all, const char *label)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->items[i]->label, label))
			return true;
	return false;
}

static char *user_name(uid_t uid)
{
	char buffer[4096];
	struct passwd pw, *found = NULL;

	if (getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 && found)
		return xstrdup(found->pw_name);
	return xasprintf("%u", (unsigned)uid);
}

static void label(struct engine *g, const struct probe *p, const struct engines *taken)
{
	const char *kind = dialect_word(g->dialect);
	AUTO(freep) char *base = NULL;

	if (g->is_rootless && p->has_socket) {
		AUTO(freep) char *user = user_name(p->st.st_uid);

		base = xasprintf("%s-%s", kind, user);
	} else {
		base = xstrdup(kind);
	}
	freep(&g->label);
	g->label = xstrdup(base);
	for (unsigned n = 2; label_is_taken(taken, g->label); n++) {
		freep(&g->label);
		g->label = xasprintf("%s-%u", base, n);
	}
}

/* Whether another socket of the same engine was taken already. */
static bool is_double(const struct probes *all, size_t at)
{
	const struct probe *p = &all->items[at];

	if (p->engine->is_named || !p->identity)
		return false;
	for (size_t i = 0; i < at; i++) {
		const struct probe *other = &all->items[i];

		if (other->e.kind == ERR_NONE && other->identity &&
		    !strcmp(other->identity, p->identity))
			return true;
	}
	return false;
}

static void take(struct engines *out, struct probe *p)
{
	label(p->engine, p, out);
	out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
	out->items[out->count++] = steal(&p->engine);
}

/* Moves those that answer to OUT, notes the others. */
static int gather(struct probes *all, struct engines *out, struct err *e)
{
	for (size_t i = 0; i < all->count; i++) {
		struct probe *p = &all->items[i];

		if (p->e.kind == ERR_NONE)
			continue;
		if (p->engine->is_named) {
			*e = p->e;
			return err_wrap(e, "%s", p->engine->address);
		}
		note(&out->tried, p->engine->address, p->e.text);
		if (!p->is_nobody)
			note(&out->sick, p->engine->address, p->e.text);
	}
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].e.kind == ERR_NONE && !is_double(all, i))
			take(out, &all->items[i]);
	return 0;
}

static bool has_own_podman(const struct engines *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i]->dialect == DIALECT_PODMAN &&
		    all->items[i]->is_rootless == (geteuid() != 0))
			return true;
	return false;
}

/* Podman installed and silent: its service is started. What goes wrong is noted with the rest. */
static int start_podman(struct engines *out, struct err *e)
{
	AUTO(podman_service_freep) struct podman_service *service = NULL;
	AUTO(probes_release) struct probes one = { 0 };
	struct engine *g;
	struct probe *p;

	if (podman_service_start(&service, e) < 0)
		return -1;
	if (add(&one, podman_service_socket(service), false, e) < 0 || run_probes(&one, e) < 0)
		return -1;
	p = &one.items[0];
	if (p->e.kind != ERR_NONE) {
		*e = p->e;
		return -1;
	}
	g = p->engine;
	take(out, p);
	freep(&g->address);
	g->address = xasprintf("unix://%s", podman_service_path(service));
	g->service = steal(&service);
	g->is_started_by_us = true;
	return 0;
}

static bool is_address(const char *word)
{
	return strchr(word, '/') != NULL;
}

static bool is_chosen(const struct engine *g, const char *word)
{
	return !strcmp(g->label, word) || !strcmp(dialect_word(g->dialect), word);
}

static bool is_wanted(const struct engine *g, const struct words *words)
{
	bool wanted = g->is_named;

	for (size_t w = 0; w < words->count && !wanted; w++)
		wanted = is_chosen(g, words->items[w]);
	return wanted;
}

/* What was tried, in one sentence. */
static int nothing(const struct engines *all, const char *what, struct err *e)
{
	AUTO(str_release) struct str tried = STR_INIT(TRIED_MAX * 2);

	for (const char *p = all->tried.buf; *p; p++)
		str_adds(&tried, *p == '\n' ? "; " : (char[]){ *p, '\0' });
	return err_set(e, ERR_ENGINE, "no %s answers; tried %s", what, tried.buf);
}

static int check_chosen(const struct engines *all, const char *word, struct err *e)
{
	AUTO(freep) char *what = xasprintf("engine '%s'", word);

	for (size_t i = 0; i < all->count; i++)
		if (is_chosen(all->items[i], word))
			return 0;
	return nothing(all, what, e);
}

/* Keeps what the words name: "docker", "podman", a label, or an address that was given. */
static int choose(struct engines *all, const struct words *words, struct err *e)
{
	size_t kept = 0;

	for (size_t w = 0; w < words->count; w++)
		if (!is_address(words->items[w]) && check_chosen(all, words->items[w], e) < 0)
			return -1;
	for (size_t i = 0; i < all->count; i++) {
		struct engine *g = steal(&all->items[i]);

		if (is_wanted(g, words))
			all->items[kept++] = g;
		else
			engine_freep(&g);
	}
	all->count = kept;
	return 0;
}

static bool wants_podman(const struct engine_choice *choice)
{
	bool wants = choice->names->count == 0;

	for (size_t w = 0; w < choice->names->count; w++)
		wants |= !strcmp(choice->names->items[w], "podman");
	return wants && !choice->no_start && podman_is_installed();
}

static int find(const struct engine_choice *choice, struct engines *out, struct err *e)
{
	AUTO(probes_release) struct probes all = { 0 };
	const struct words *words = choice->names;
	bool by_name = words->count == 0;

	for (size_t w = 0; w < words->count; w++) {
		if (!is_address(words->items[w]))
			by_name = true;
		else if (add(&all, words->items[w], true, e) < 0)
			return -1;
	}
	if (by_name)
		add_defaults(&all, out);
	if (run_probes(&all, e) < 0 || gather(&all, out, e) < 0)
		return -1;
	if (wants_podman(choice) && !has_own_podman(out) && start_podman(out, e) < 0) {
		if (e->kind == ERR_STOPPED)
			return -1;
		note(&out->tried, "podman system service", e->text);
		note(&out->sick, "podman system service", e->text);
		*e = (struct err){ 0 };
	}
	if (out->count == 0)
		return words->count ? check_chosen(out, words->items[0], e)
				    : nothing(out, "engine", e);
	return words->count ? choose(out, words, e) : 0;
}

int engines_find(const struct engine_choice *choice, struct engines *out, struct err *e)
{
	AUTO(engines_release)
	struct engines all = { .tried = STR_INIT(TRIED_MAX), .sick = STR_INIT(TRIED_MAX) };

	if (find(choice, &all, e) < 0)
		return -1;
	*out = all;
	all = (struct engines){ .tried = STR_INIT(TRIED_MAX), .sick = STR_INIT(TRIED_MAX) };
	return 0;
}

void engines_release(struct engines *all)
{
	for (size_t i = 0; i < all->count; i++)
		engine_freep(&all->items[i]);
	free(all->items);
	str_release(&all->tried);
	str_release(&all->sick);
	all->items = NULL;
	all->count = 0;
}
