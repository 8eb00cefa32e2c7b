/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/export.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/member.h"
#include "collect/tree.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"

/* The engine reads through its own mount. */
static const char *const effects[] = { "access times of what the engine read were moved by it",
				       NULL };

/* Gives what it reads to a sink as well. */
struct tee {
	struct source source;
	struct source *from;
	struct sink *to;
};

static ssize_t tee_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct tee *t = (struct tee *)s;
	ssize_t n = stop_requested() ? stop_err(e) : source_read(t->from, p, len, e);

	if (n <= 0)
		return n;
	if (t->to && sink_write(t->to, p, (size_t)n, e) < 0)
		return -1;
	progress_bytes((uint64_t)n);
	return n;
}

static void tee_close(struct source *s)
{
	(void)s;
}

/* What the reader left behind the archive's end, or all of it when the archive is none. */
static int drain(struct tee *t, char *block, size_t len, struct err *e)
{
	ssize_t n;

	while ((n = tee_read(&t->source, block, len, e)) > 0)
		;
	return n < 0 ? -1 : 0;
}

static bool is_mounted_over(const struct container *c, const char *path)
{
	static const char *const own[] = { "etc/hosts", "etc/hostname", "etc/resolv.conf" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(path, own[i]))
			return true;
	for (size_t i = 0; i < c->mount_count; i++)
		if (c->mounts[i].destination && c->mounts[i].destination[0] == '/' &&
		    !strcmp(c->mounts[i].destination + 1, path))
			return true;
	return false;
}

static void note_mounts(const struct container *c, struct node *n)
{
	if (n->tar.size == 0 && (S_ISREG(n->tar.mode) || S_ISDIR(n->tar.mode)) &&
	    is_mounted_over(c, n->tar.path))
		n->note = "something is mounted over it, which an export does not show";
}

static int index_export(struct seizure *s, struct tee *t, struct members *m, struct err *e)
{
	AUTO(tar_reader_freep) struct tar_reader *reader = tar_reader_new(&t->source);
	struct tar_entry entry;
	struct node n;
	int got;

	while ((got = tar_next(reader, &entry, e)) > 0) {
		member_node(&n, &entry);
		note_mounts(&s->target, &n);
		if (members_put(m, &n, reader, e) < 0)
			return -1;
	}
	return got;
}

int export_rootfs(struct seizure *s, struct err *e)
{
	const struct request_args args = { .id = s->target.id };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_EXPORT, &args);
	struct artifact *tar = artifact_begin(s->bundle, "rootfs", source, "filesystem/rootfs.tar");
	struct artifact *rows =
		artifact_begin(s->bundle, "rootfs", source, "filesystem/rootfs.jsonl");
	AUTO(source_closep) struct source *answer = NULL;
	struct tee tee = { .source = { .read = tee_read, .close = tee_close },
			   .to = artifact_sink(tar) };
	AUTO(members_release) struct members m;
	struct err why = { 0 }, worse = { 0 };
	int failed, over;

	members_init(&m, artifact_sink(rows), NULL);
	failed = engine_ask(s->engine, ASK_EXPORT, &args, &answer, &why);
	if (!failed) {
		tee.from = answer;
		failed = index_export(s, &tee, &m, &why);
		/* An archive that we cannot read is still evidence: the rest of it is kept. */
		if ((!failed || why.kind == ERR_FORMAT || why.kind == ERR_LIMIT) &&
		    drain(&tee, m.block, 65536, failed ? &worse : &why) < 0)
			failed = -1;
		if (members_finish(&m, failed ? &worse : &why) < 0)
			failed = -1;
	}
	over = seizure_end(s, tar, failed, &why, effects, e);
	if (seizure_end(s, rows, failed, &why, effects, e) < 0)
		over = -1;
	return over;
}

struct picking {
	struct seizure *s;
	struct members m;
	bool *seen; /* for each of s->changes */
};

static const char *bare(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

static int compare(const void *key, const void *item)
{
	return strcmp(key, bare(((const struct change *)item)->path));
}

static const struct change *find(const struct seizure *s, const char *path)
{
	return bsearch(path, s->changes, s->change_count, sizeof(*s->changes), compare);
}

static int pick(struct picking *p, const struct tar_entry *entry, const struct change *c,
		const char *path, struct tar_reader *reader, struct err *e)
{
	struct node n;

	member_node(&n, entry);
	if (path)
		n.tar.path = path;
	n.change.letter = c->letter;
	note_mounts(&p->s->target, &n);
	if (n.tar.is_hardlink && !find(p->s, bare(n.tar.link)))
		n.error = "its content is that of its link, which is not among the changed paths";
	p->seen[c - p->s->changes] = true;
	return members_put(&p->m, &n, reader, e);
}

static int pick_from_export(struct picking *p, struct err *e)
{
	const struct request_args args = { .id = p->s->target.id };
	AUTO(source_closep) struct source *answer = NULL;
	AUTO(tar_reader_freep) struct tar_reader *reader = NULL;
	struct tee tee = { .source = { .read = tee_read, .close = tee_close } };
	struct tar_entry entry;
	struct node n;
	int got;

	if (engine_ask(p->s->engine, ASK_EXPORT, &args, &answer, e) < 0)
		return -1;
	tee.from = answer;
	reader = tar_reader_new(&tee.source);
	while ((got = tar_next(reader, &entry, e)) > 0) {
		const struct change *c;

		member_node(&n, &entry);
		c = find(p->s, n.tar.path);
		if (c && c->letter != 'D' && !p->seen[c - p->s->changes] &&
		    pick(p, &entry, c, NULL, reader, e) < 0)
			return -1;
	}
	return got;
}

/* One path. The first member is the path itself; of a directory the rest is not wanted. */
static int pick_one(struct picking *p, const struct change *c, struct err *e)
{
	const struct request_args args = { .id = p->s->target.id, .path = c->path };
	AUTO(source_closep) struct source *answer = NULL;
	AUTO(tar_reader_freep) struct tar_reader *reader = NULL;
	const char *slash = strrchr(c->path, '/');
	const char *name = slash ? slash + 1 : c->path;
	struct tar_entry entry;
	struct node n;
	int got;

	if (engine_ask(p->s->engine, ASK_ARCHIVE, &args, &answer, e) < 0)
		return -1;
	reader = tar_reader_new(answer);
	got = tar_next(reader, &entry, e);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_ABSENT, "the engine's archive is empty");
	member_node(&n, &entry);
	if (*name && strcmp(bare(n.tar.path), name) != 0)
		return err_set(e, ERR_FORMAT, "the engine's archive holds another path");
	return pick(p, &entry, c, bare(c->path), reader, e);
}

static int put_missing(struct picking *p, const struct change *c, const char *why, struct err *e)
{
	struct node n = { .tar.path = bare(c->path), .btime.tv_nsec = -1, .error = why };

	n.change = (struct node_change){ .letter = c->letter, .whiteout.tv_nsec = -1 };
	return members_put(&p->m, &n, NULL, e);
}

static int pick_each(struct picking *p, struct err *e)
{
	for (size_t i = 0; i < p->s->change_count; i++) {
		const struct change *c = &p->s->changes[i];
		struct err why = { 0 };

		if (c->letter == 'D' || pick_one(p, c, &why) == 0)
			continue;
		if (seizure_is_over(p->s, &why) || (why.kind == ERR_ENGINE && why.sys == 0)) {
			*e = why;
			return -1;
		}
		p->seen[i] = true;
		if (put_missing(p, c, why.text, e) < 0)
			return -1;
	}
	return 0;
}

static int put_rest(struct picking *p, struct err *e)
{
	for (size_t i = 0; i < p->s->change_count; i++) {
		const struct change *c = &p->s->changes[i];
		const char *why = c->letter == 'D' ? NULL : "the engine's export does not hold it";

		if (!p->seen[i] && put_missing(p, c, why, e) < 0)
			return -1;
	}
	return 0;
}

/* Podman's archive gives a link's target in the place of the link: there the export alone is true.
 */
static bool use_archive(const struct seizure *s)
{
	return s->change_count <= EXPORT_FEW && s->engine->dialect == DIALECT_DOCKER;
}

int export_changes(struct seizure *s, struct err *e)
{
	const struct request_args args = { .id = s->target.id, .path = "PATH" };
	bool by_path = use_archive(s);
	AUTO(freep)
	char *source = engine_request_text(s->engine, by_path ? ASK_ARCHIVE : ASK_EXPORT, &args);
	struct picking p = { .s = s };
	struct artifact *tar, *rows;
	struct err why = { 0 };
	int failed, over;

	if (!s->changes)
		return tree_impossible(s, "files", source,
				       "the engine's list of changed paths was not had", e);
	tar = artifact_begin(s->bundle, "files", source, "filesystem/changes.tar");
	rows = artifact_begin(s->bundle, "files", source, "filesystem/changes.jsonl");
	p.seen = xcalloc(s->change_count, sizeof(*p.seen));
	members_init(&p.m, artifact_sink(rows), artifact_sink(tar));
	failed = by_path ? pick_each(&p, &why) : pick_from_export(&p, &why);
	if (!failed)
		failed = put_rest(&p, &why);
	if (!failed)
		failed = members_finish(&p.m, &why);
	if (!failed && p.m.errors)
		failed = err_set(&why, ERR_ABSENT, "%llu of %zu changed paths could not be had",
				 (unsigned long long)p.m.errors, s->change_count);
	members_release(&p.m);
	free(p.seen);
	over = seizure_end(s, tar, failed, &why, effects, e);
	if (seizure_end(s, rows, failed, &why, effects, e) < 0)
		over = -1;
	return over;
}
