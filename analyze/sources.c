/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/sources.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/merge.h"
#include "lib/base/own.h"
#include "lib/base/stream.h"

int sources_open(struct sources *s, struct err *e)
{
	s->image.fd = s->container.fd = s->mounted.fd = -1;
	s->own_layer = UINT32_MAX;
	if (side_open(&s->image, RUN_MEMORY, e) < 0 || side_open(&s->container, RUN_MEMORY, e) < 0)
		return -1;
	return side_open(&s->mounted, RUN_MEMORY_LEAST, e);
}

void sources_release(struct sources *s)
{
	side_release(&s->image);
	side_release(&s->container);
	side_release(&s->mounted);
	image_freep(&s->archive);
	rows_head_release(&s->rows);
}

/* Rows are objects, and no archive begins with a brace. */
static bool begins_with_brace(int fd)
{
	struct stat st;
	char c = 0;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && pread(fd, &c, 1, 0) == 1 && c == '{';
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int read_archive(struct sources *s, int fd, struct err *e)
{
	const struct image_options options = { .ref = s->ref };

	if (image_open(fd, &options, &s->archive, e) < 0)
		return -1;
	s->image_from = image_title(s->archive);
	return side_read_image(&s->image, s->archive, s->cache, e);
}

static int read_rows_of(struct side *side, int fd, struct rows_head *head, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	int own = dup(fd);

	if (own < 0)
		return err_sys(e, "duplicate a descriptor");
	from = source_of_fd(own);
	return side_read_rows(side, from, head, e);
}

static int read_image(struct sources *s, int fd, struct err *e)
{
	if (begins_with_brace(fd)) {
		s->image_from = "an index of files";
		if (read_rows_of(&s->image, fd, &s->rows, e) < 0)
			return -1;
	} else if (read_archive(s, fd, e) < 0) {
		return -1;
	}
	return side_finish(&s->image, e);
}

static int read_container(struct sources *s, int fd, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	int own;

	if (is_directory(fd)) {
		s->container_from = "a directory";
		if (side_read_dir(&s->container, fd, e) < 0)
			return -1;
	} else if (begins_with_brace(fd)) {
		s->container_from = "an index of files";
		if (read_rows_of(&s->container, fd, NULL, e) < 0)
			return -1;
	} else {
		s->container_from = "an archive";
		own = dup(fd);
		if (own < 0)
			return err_sys(e, "duplicate a descriptor");
		from = source_of_fd(own);
		if (side_read_tar(&s->container, from, e) < 0)
			return -1;
	}
	return side_finish(&s->container, e);
}

/* The container's side in a thread of its own. */
struct reading {
	struct sources *s;
	int fd, result;
	struct err e;
};

static void *read_beside(void *data)
{
	struct reading *r = data;

	r->result = read_container(r->s, r->fd, &r->e);
	return NULL;
}

int sources_read_files(struct sources *s, int image, int container, struct err *e)
{
	struct reading beside = { .s = s, .fd = container };
	pthread_t thread;
	int result;

	if (pthread_create(&thread, NULL, read_beside, &beside) != 0)
		return err_set(e, ERR_SYS, "no thread can be made");
	result = read_image(s, image, e);
	(void)pthread_join(thread, NULL);
	if (result < 0)
		return -1;
	if (beside.result < 0)
		*e = beside.e;
	return beside.result;
}

static int rows_from(struct bundle_reader *b, const char *path, struct side *side,
		     struct rows_head *head, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;

	if (bundle_source(b, path, &from, e) < 0 || side_read_rows(side, from, head, e) < 0)
		return err_wrap(e, "'%s'", path);
	return 0;
}

static int image_from_bundle(struct sources *s, struct bundle_reader *b, struct err *e)
{
	if (bundle_has(b, "image/files.jsonl", NULL)) {
		s->image_from = "image/files.jsonl";
		return rows_from(b, s->image_from, &s->image, &s->rows, e);
	}
	if (bundle_has(b, "image/image.tar", NULL)) {
		AUTO(fd_closep) int fd = bundle_file(b, "image/image.tar", e);

		if (fd < 0 || read_archive(s, fd, e) < 0)
			return err_wrap(e, "'image/image.tar'");
		s->image_from = "image/image.tar";
	}
	return 0;
}

static int container_from_bundle(struct sources *s, struct bundle_reader *b, struct err *e)
{
	if (bundle_has(b, "filesystem/rootfs.jsonl", NULL) && s->image_from) {
		s->container_from = "filesystem/rootfs.jsonl";
		return rows_from(b, s->container_from, &s->container, NULL, e);
	}
	if (!bundle_has(b, "filesystem/changes.jsonl", NULL))
		return err_set(e, ERR_ABSENT,
			       "the bundle has no files to compare: neither "
			       "filesystem/changes.jsonl nor an image and filesystem/rootfs.jsonl");
	s->container_from = "filesystem/changes.jsonl";
	s->is_told = !s->image_from;
	if (s->image_from) {
		side_begin_upon(&s->container, &s->image);
		s->own_layer = s->image.layers;
	}
	return rows_from(b, s->container_from, &s->container, NULL, e);
}

struct mounts {
	struct sources *s;
	struct bundle_reader *b;
};

static int add_mounted(const char *path, uint64_t size, void *data, struct err *e)
{
	struct mounts *m = data;
	AUTO(rows_head_release) struct rows_head head = { .mount = STR_INIT(1) };
	size_t len = strlen(path);

	(void)size;
	if (len < 6 || strcmp(path + len - 6, ".jsonl") != 0)
		return 0;
	if (m->s->mounted.layers == MERGE_LAYERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d tmpfs", MERGE_LAYERS_MAX);
	return rows_from(m->b, path, &m->s->mounted, &head, e);
}

int sources_read_bundle(struct sources *s, struct bundle_reader *b, struct err *e)
{
	struct mounts mounts = { .s = s, .b = b };

	if (image_from_bundle(s, b, e) < 0 || side_finish(&s->image, e) < 0 ||
	    container_from_bundle(s, b, e) < 0 || side_finish(&s->container, e) < 0 ||
	    bundle_each_path(b, "filesystem/tmpfs-", add_mounted, &mounts, e) < 0 ||
	    side_finish(&s->mounted, e) < 0)
		return -1;
	/* Nothing is said of what is not what was sealed. */
	return bundle_check(b, e);
}

void sources_sides(const struct sources *s, struct classify *c)
{
	c->image = side_stack(&s->image);
	c->container = side_stack(&s->container);
	c->mounted = side_stack(&s->mounted);
	c->own_layer = s->own_layer;
	c->is_told = s->is_told;
}

bool sources_are_verified(const struct sources *s)
{
	if (s->archive)
		return image_is_verified(s->archive);
	return s->rows.layers > 0 && s->rows.verified == s->rows.layers;
}

bool sources_are_incomplete(const struct sources *s)
{
	return s->image.notes.is_incomplete || s->container.notes.is_incomplete ||
	       s->mounted.notes.is_incomplete;
}

void sources_json(const struct sources *s, struct jsonw *w)
{
	if (s->archive) {
		image_json(s->archive, w, "image");
	} else {
		jsonw_object(w, "image");
		jsonw_text(w, "source", s->image_from);
		jsonw_u64(w, "layers", s->rows.layers);
		jsonw_bool(w, "verified", sources_are_verified(s));
		jsonw_end(w);
	}
	jsonw_object(w, "container");
	jsonw_text(w, "source", s->container_from);
	jsonw_end(w);
	jsonw_object(w, "notes");
	notes_json(w, "image", &s->image.notes);
	notes_json(w, "container", &s->container.notes);
	notes_json(w, "tmpfs", &s->mounted.notes);
	jsonw_end(w);
}
