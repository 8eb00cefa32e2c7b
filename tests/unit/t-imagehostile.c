/* SPDX-License-Identifier: Apache-2.0 */
/* Archives made to break their reader: cut, changed, endless, or full of names that lead elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/image.h"
#include "analyze/image_store.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/picture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/viewer.h"

/* A small image of each kind; false behind the last. */
static bool nth_picture(struct picture *p, unsigned n)
{
	picture_begin(p, 2);
	switch (n) {
	case 0:
		picture_oci(p, NULL, "1", NULL);
		picture_index(p);
		picture_docker(p, PICTURE_MODERN, "name:1");
		picture_rows(p);
		return true;
	case 1:
		picture_oci(p, "gzip", NULL, "linux/amd64");
		picture_nest(p, "name:1");
		picture_index(p);
		return true;
	case 2:
		picture_docker(p, PICTURE_PODMAN, "name:1");
		picture_rows(p);
		return true;
	default:
		return false;
	}
}

/* Whatever was done to it: read to the end or refused, and called verified only if it is. */
static void survives(const void *bytes, size_t len)
{
	AUTO(fd_closep) int fd = picture_fd(bytes, len);
	struct viewer v = { 0 };
	struct err e = { 0 };
	AUTO(image_freep) struct image *im = viewer_image(&v, fd, NULL, "linux/amd64", &e);

	if (!im) {
		assert_int_not_equal(e.kind, ERR_NONE);
		assert_int_not_equal(e.text[0], '\0');
		return;
	}
	for (size_t i = 0; i < image_layer_count(im) && i < VIEWER_LAYERS; i++)
		assert_int_equal(v.checked[i], 1);
	if (!image_is_verified(im))
		return;
	assert_int_equal(image_layer_count(im), 2);
	assert_string_equal(v.names[0], "0=0 both=0 ");
	assert_string_equal(v.names[1], "1=1 both=1 ");
}

static void test_cut_everywhere(void **state)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };
	struct picture p;

	(void)state;
	for (unsigned n = 0; nth_picture(&p, n); n++) {
		for (size_t i = 0; i < 3; i++) {
			AUTO(str_release) struct str bytes = STR_INIT(1 << 20);
			size_t step = filters[i] ? 23 : 256;

			picture_write(&p, filters[i], &bytes);
			for (size_t len = 0; len < bytes.len; len += step) {
				AUTO(fd_closep) int fd = picture_fd(bytes.buf, len);
				struct viewer v = { 0 };
				struct err e = { 0 };
				AUTO(image_freep)
				struct image *im = viewer_image(&v, fd, NULL, "linux/amd64", &e);

				assert_true(!im || !image_is_verified(im));
			}
			survives(bytes.buf, bytes.len);
		}
		picture_end(&p);
	}
	picture_end(&p);
}

static void test_changed_everywhere(void **state)
{
	struct picture p;
	unsigned seed = 1;

	(void)state;
	for (unsigned n = 0; nth_picture(&p, n); n++) {
		AUTO(str_release) struct str bytes = STR_INIT(1 << 20);

		picture_write(&p, NULL, &bytes);
		for (size_t at = 0; at < bytes.len; at += 5) {
			char before = bytes.buf[at];

			seed = seed * 1103515245 + 12345;
			bytes.buf[at] = (char)(before ^ (char)(1 + (seed >> 16) % 255));
			survives(bytes.buf, bytes.len);
			bytes.buf[at] = before;
		}
		picture_end(&p);
	}
	picture_end(&p);
}

static struct image *image_of(const struct picture *p, struct viewer *v, int *fd, struct err *e)
{
	*fd = picture_open(p, NULL);
	return viewer_image(v, *fd, NULL, "linux/amd64", e);
}

static void refused(struct picture *p, enum err_kind kind, const char *word)
{
	AUTO(fd_closep) int fd = -1;
	struct viewer v = { 0 };
	struct err e = { 0 };

	assert_null(image_of(p, &v, &fd, &e));
	if (e.kind != kind || !strstr(e.text, word))
		fail_msg("kind %d, %s", e.kind, e.text);
	picture_end(p);
}

static void add_text(struct picture *p, const char *name, const char *text)
{
	picture_add(p, name, text, strlen(text));
}

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_indexes(void **state)
{
	static const char round[] = "{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image."
				    "index.v1+json\",\"digest\":\"sha256:" HEX "\"}]}";
	AUTO(str_release) struct str wide = STR_INIT(1 << 20);
	struct picture p;

	(void)state;
	/* One that contains itself, and one that does so a thousand times over. */
	picture_begin(&p, 0);
	add_text(&p, "index.json", round);
	add_text(&p, "blobs/sha256/" HEX, round);
	refused(&p, ERR_LIMIT, "deep");
	str_adds(&wide, "{\"manifests\":[");
	for (int i = 0; i < 1000; i++)
		str_addf(&wide, "%s%.*s", i ? "," : "", (int)strlen(round) - 16, round + 14);
	str_adds(&wide, "]}");
	picture_begin(&p, 0);
	add_text(&p, "index.json", wide.buf);
	add_text(&p, "blobs/sha256/" HEX, "{\"manifests\":[]}");
	refused(&p, ERR_LIMIT, "more than 64 indexes");
	picture_begin(&p, 1);
	picture_oci(&p, NULL, NULL, "linux/amd64");
	for (int i = 0; i < IMAGE_DEPTH_MAX; i++)
		picture_nest(&p, NULL);
	picture_index(&p);
	refused(&p, ERR_LIMIT, "deep");
	picture_begin(&p, 0);
	add_text(&p, "index.json", "{\"manifests\":[]}");
	refused(&p, ERR_ABSENT, "no image");
	picture_begin(&p, 0);
	add_text(&p, "index.json", "{}");
	refused(&p, ERR_FORMAT, "no manifests");
	picture_begin(&p, 0);
	add_text(&p, "index.json", "{\"manifests\":[{\"digest\":\"sha256:../../../etc/passwd\"}]}");
	refused(&p, ERR_FORMAT, "not a sha256 digest");
	str_reset(&wide);
	for (int i = 0; i <= IMAGE_VALUES_MAX; i++)
		str_adds(&wide, i ? ",0" : "[0");
	str_addc(&wide, ']');
	picture_begin(&p, 0);
	add_text(&p, "manifest.json", wide.buf);
	refused(&p, ERR_LIMIT, "values");
	picture_begin(&p, 0);
	add_text(&p, "index.json", "{\"manifests\":[],\"manifests\":[]}");
	refused(&p, ERR_FORMAT, "index.json");
}

static void test_many_layers(void **state)
{
	AUTO(str_release) struct str rows = STR_INIT(4 << 20);

	(void)state;
	for (unsigned count = 10000; count; count = count == 10000 ? IMAGE_LAYERS_MAX : 0) {
		AUTO(fd_closep) int fd = -1;
		const struct image_options options = { .ref = NULL };
		AUTO(image_freep) struct image *im = NULL;
		struct picture p;
		struct err e = { 0 };

		picture_begin(&p, 1);
		picture_docker(&p, PICTURE_LEGACY, "name:1");
		str_reset(&rows);
		str_addf(&rows, "[{\"Config\":\"%s.json\",\"Layers\":[\"x\"", p.config + 7);
		for (unsigned i = 1; i < count; i++)
			str_adds(&rows, ",\"x\"");
		str_adds(&rows, "]}]");
		add_text(&p, "manifest.json", rows.buf);
		picture_add(&p, "x", p.layers[0].buf, p.layers[0].len);
		fd = picture_open(&p, NULL);
		if (image_open(fd, &options, &im, &e) < 0) {
			assert_int_equal(count, 10000);
			assert_int_equal(e.kind, ERR_LIMIT);
		} else {
			assert_int_equal(image_layer_count(im), IMAGE_LAYERS_MAX);
			assert_int_equal(image_layer(im, IMAGE_LAYERS_MAX - 1)->first, 0);
		}
		picture_end(&p);
	}
}

/* No name of a manifest is opened: it is a member's, or nothing's. */
static void test_names(void **state)
{
	static const char *const names[] = { "../../../../../../etc/passwd",
					     "/etc/passwd",
					     "",
					     ".",
					     "..",
					     "a/../../x",
					     "file:///etc/passwd" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO(str_release) struct str rows = STR_INIT(4000);
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };
		struct picture p;

		picture_begin(&p, 1);
		picture_docker(&p, PICTURE_LEGACY, "name:1");
		str_addf(&rows, "[{\"Config\":\"%s\",\"Layers\":[\"%s\"]}]", names[i], names[i]);
		add_text(&p, "manifest.json", rows.buf);
		im = image_of(&p, &v, &fd, &e);
		assert_non_null(im);
		assert_int_equal(v.states[0], IMAGE_ABSENT);
		assert_int_equal(v.read[0], 0);
		assert_string_equal(image_finding(im, 0)->id, "image.config-damaged");
		assert_string_equal(image_finding(im, 1)->id, "image.layer-absent");
		picture_end(&p);
	}
}

static void test_one_form_of_a_name(void **state)
{
	static const struct {
		const char *name, *from, *is;
	} cases[] = {
		{ "a/b", NULL, "a/b" },
		{ "./a//b/", NULL, "a/b" },
		{ "/a/b", NULL, "a/b" },
		{ "a/../b", NULL, "b" },
		{ "a/./b/..", NULL, "a" },
		{ "..", NULL, NULL },
		{ "a/../..", NULL, NULL },
		{ "", NULL, NULL },
		{ "./", NULL, NULL },
		{ "../x.tar", "id/layer.tar", "x.tar" },
		{ "y", "id/layer.tar", "id/y" },
		{ "../../x", "id/layer.tar", NULL },
		{ "/x", "id/layer.tar", "x" },
		{ "x", "top", "x" },
		{ "..x/...", NULL, "..x/..." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(freep) char *is = store_name(cases[i].name, cases[i].from);

		if (cases[i].is)
			assert_string_equal(is, cases[i].is);
		else
			assert_null(is);
	}
}

/* The last of one name counts; links lead to members, through a few others, and never out. */
static void test_members(void **state)
{
	static const struct {
		const char *target;
		bool is_hardlink, is_found;
	} links[] = {
		{ "../real", false, true },
		{ "dir/real", true, false },
		{ "real", true, true },
		{ "../../real", false, false },
		{ "/real", false, true },
		{ "layer.tar", false, false },
		{ "../../../etc/passwd", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		AUTO(str_release) struct str rows = STR_INIT(4000);
		struct viewer v = { 0 };
		struct err e = { 0 };
		struct picture p;

		picture_begin(&p, 1);
		picture_docker(&p, PICTURE_LEGACY, "name:1");
		picture_add(&p, "real", "not this one", 12);
		picture_add(&p, "./real", p.layers[0].buf, p.layers[0].len);
		picture_link(&p, "id/layer.tar", links[i].target, links[i].is_hardlink);
		str_addf(&rows, "[{\"Config\":\"%s.json\",\"Layers\":[\"id/layer.tar\"]}]",
			 p.config + 7);
		add_text(&p, "manifest.json", "[]");
		add_text(&p, "manifest.json", rows.buf);
		im = image_of(&p, &v, &fd, &e);
		assert_non_null(im);
		assert_int_equal(v.states[0], links[i].is_found ? IMAGE_VERIFIED : IMAGE_ABSENT);
		picture_end(&p);
	}
}

/* The zeros at a tar's end are a hole. */
static int put_sparse(struct tar_writer *w, const struct picture_file *f, struct err *e)
{
	size_t len = f->bytes.len, data = len > 1024 ? len - 1024 : len;
	const struct tar_extent extents[] = { { 0, 512 }, { 512, data - 512 }, { len, 0 } };
	struct tar_entry n = { .path = f->name,
			       .mode = S_IFREG | 0644,
			       .size = len,
			       .atime.tv_nsec = -1,
			       .ctime.tv_nsec = -1,
			       .extents = extents,
			       .extent_count = len > 1024 ? 3 : 0 };

	return tar_put(w, &n, e) < 0 ? -1 : tar_data(w, f->bytes.buf, data, e);
}

/* Members in pieces, as a tar with -S makes them, are not where their header says. */
static void test_sparse(void **state)
{
	AUTO(str_release) struct str bytes = STR_INIT(1 << 20);
	AUTO(sink_closep) struct sink *to = sink_to_str(&bytes);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	AUTO(fd_closep) int fd = -1;
	AUTO(image_freep) struct image *im = NULL;
	struct viewer v = { 0 };
	struct err e = { 0 };
	struct picture p;

	(void)state;
	picture_begin(&p, 2);
	picture_docker(&p, PICTURE_LEGACY, "name:1");
	picture_rows(&p);
	for (size_t i = 0; i < p.count; i++)
		assert_int_equal(put_sparse(w, &p.files[i], &e), 0);
	assert_int_equal(tar_writer_finish(w, &e), 0);
	fd = picture_fd(bytes.buf, bytes.len);
	im = viewer_image(&v, fd, NULL, NULL, &e);
	assert_non_null(im);
	assert_true(image_is_verified(im));
	picture_end(&p);
}

/* In a directory nothing is followed, woken or waited for. */
static void test_directory(void **state)
{
	char name[96];
	struct picture p;

	(void)state;
	picture_begin(&p, 2);
	picture_oci(&p, NULL, "name:1", NULL);
	picture_index(&p);
	picture_unpack(&p, scratch_fd);
	picture_blob_name(name, p.diff_ids[0]);
	scratch_write("outside", "a file that a link leads to");
	for (int kind = 0; kind < 3; kind++) {
		AUTO(image_freep) struct image *im = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		(void)unlinkat(scratch_fd, name, 0);
		(void)unlinkat(scratch_fd, name, AT_REMOVEDIR);
		if (kind == 0)
			assert_int_equal(symlinkat("../../outside", scratch_fd, name), 0);
		else if (kind == 1)
			assert_int_equal(mkfifoat(scratch_fd, name, 0600), 0);
		else
			assert_int_equal(mkdirat(scratch_fd, name, 0700), 0);
		im = viewer_image(&v, scratch_fd, NULL, NULL, &e);
		assert_non_null(im);
		assert_int_equal(v.states[0], IMAGE_ABSENT);
		assert_int_equal(v.states[1], IMAGE_VERIFIED);
	}
	picture_end(&p);
}

/* More members than an image has: what it is cannot be said, unless it has said so by then. */
static void test_crowd(void **state)
{
	(void)state;
	for (int has_manifest = 0; has_manifest < 2; has_manifest++) {
		AUTO(fd_closep) int fd = -1;
		const struct image_options options = { .ref = NULL };
		AUTO(image_freep) struct image *im = NULL;
		struct picture p;
		struct err e = { 0 };
		char name[24];

		picture_begin(&p, 1);
		if (has_manifest)
			picture_rows(&p);
		for (unsigned i = 0; i <= IMAGE_MEMBERS_MAX; i++) {
			(void)snprintf(name, sizeof(name), "%u", i);
			picture_add(&p, name, "", 0);
		}
		fd = picture_open(&p, NULL);
		if (has_manifest) {
			assert_int_equal(image_open(fd, &options, &im, &e), -1);
			assert_int_equal(e.kind, ERR_LIMIT);
		} else {
			assert_int_equal(image_open(fd, &options, &im, &e), 0);
			assert_int_equal(image_format(im), IMAGE_ROOTFS);
		}
		picture_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_changed_everywhere),
		cmocka_unit_test(test_indexes),
		cmocka_unit_test(test_many_layers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_form_of_a_name),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test_setup_teardown(test_directory, scratch_make, scratch_remove),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests_name("imagehostile", tests, NULL, NULL);
}
