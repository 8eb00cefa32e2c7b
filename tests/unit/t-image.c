/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of saved image gives the same layers, and says which one it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "analyze/image.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/picture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/viewer.h"

static const char *const filters[] = { NULL, "gzip", "zstd" };
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

/* The two layers of picture_begin(2), verified, and nothing found. */
static struct image *sees_two(int fd, const char *ref)
{
	struct viewer v = { 0 };
	struct err e = { 0 };
	struct image *im = viewer_image(&v, fd, ref, NULL, &e);

	if (!im)
		fail_msg("%s", e.text);
	assert_int_equal(image_layer_count(im), 2);
	assert_string_equal(v.names[0], "0=0 both=0 ");
	assert_string_equal(v.names[1], "1=1 both=1 ");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(v.read[i], 1);
		assert_int_equal(v.checked[i], 1);
		assert_int_equal(v.states[i], IMAGE_VERIFIED);
	}
	assert_true(image_is_verified(im));
	assert_null(image_finding(im, 0));
	return im;
}

static void sees_config(const struct image *im, const struct picture *p)
{
	const struct image_config *c = image_config(im);

	assert_string_equal(c->digest, p->config);
	assert_string_equal(c->created, "2026-01-02T03:04:05Z");
	assert_string_equal(c->env[0], "A=b");
	assert_string_equal(c->env[1], "C=");
	assert_null(c->env[2]);
	assert_string_equal(c->cmd[0], "sh");
	assert_null(c->entrypoint[0]);
	assert_string_equal(c->ports[0], "80/tcp");
	assert_string_equal(c->labels[0], "k");
	assert_string_equal(c->labels[1], "v");
	assert_string_equal(c->user, "1:1");
	assert_int_equal(c->history_count, 2);
	assert_false(c->history[0].is_empty);
	assert_true(c->history[1].is_empty);
	assert_string_equal(image_layer(im, 1)->diff_id, p->diff_ids[1]);
}

/* However it is wrapped: plain, gzip, zstd. */
static void sees_archive(const struct picture *p, enum image_format format, const char *name)
{
	for (size_t i = 0; i < FILTERS; i++) {
		AUTO(fd_closep) int fd = picture_open(p, filters[i]);
		AUTO(image_freep) struct image *im = sees_two(fd, NULL);

		assert_int_equal(image_format(im), format);
		assert_string_equal(image_ref(im), name);
		sees_config(im, p);
	}
}

static void test_oci(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILTERS; i++) {
		AUTO(picture_end) struct picture p;

		picture_begin(&p, 2);
		picture_oci(&p, filters[i], "name:1", NULL);
		picture_index(&p);
		sees_archive(&p, IMAGE_OCI, "name:1");
	}
}

static void test_docker(void **state)
{
	static const enum picture_style styles[] = { PICTURE_LEGACY, PICTURE_PODMAN,
						     PICTURE_KANIKO };

	(void)state;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		AUTO(picture_end) struct picture p;

		picture_begin(&p, 2);
		picture_docker(&p, styles[i], "name:1");
		picture_rows(&p);
		sees_archive(&p, IMAGE_DOCKER, "name:1");
	}
}

/* Both at once, as Docker writes since 25: names come from manifest.json, and the two must agree.
 */
static void test_modern_docker(void **state)
{
	AUTO(picture_end) struct picture p;

	(void)state;
	picture_begin(&p, 2);
	picture_oci(&p, NULL, "1", NULL);
	picture_index(&p);
	picture_docker(&p, PICTURE_MODERN, "docker.io/library/name:1");
	picture_rows(&p);
	sees_archive(&p, IMAGE_OCI, "docker.io/library/name:1");
}

static void test_directory(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	AUTO(image_freep) struct image *im = NULL;
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 2);
	picture_oci(&p, "gzip", "name:1", NULL);
	picture_index(&p);
	picture_unpack(&p, scratch_fd);
	fd = image_path(scratch_dir, &e);
	assert_true(fd >= 0);
	im = sees_two(fd, "name:1");
	assert_string_equal(image_format_word(im), "OCI layout");
	assert_string_equal(image_digest(im), p.manifest);
}

/* A layer in two places of the image is read once, and both are told. */
static void test_same_layer_twice(void **state)
{
	AUTO(str_release) struct str json = STR_INIT(4000), config = STR_INIT(4000);

	(void)state;
	for (size_t i = 0; i < FILTERS; i++) {
		AUTO(picture_end) struct picture p;
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };
		char name[96];

		picture_begin(&p, 1);
		picture_blob_name(name, p.diff_ids[0]);
		picture_add(&p, name, p.layers[0].buf, p.layers[0].len);
		str_reset(&config);
		str_addf(&config, "{\"rootfs\":{\"diff_ids\":[\"%s\",\"%s\"]}}", p.diff_ids[0],
			 p.diff_ids[0]);
		picture_digest(p.config, &config);
		picture_blob_name(name, p.config);
		picture_add(&p, name, config.buf, config.len);
		str_reset(&json);
		for (int k = 0; k < 2; k++)
			str_addf(&json, "%s{\"digest\":\"%s\",\"size\":%zu}", k ? "," : "",
				 p.diff_ids[0], p.layers[0].len);
		picture_manifest(&p, json.buf, "twice");
		picture_index(&p);
		fd = picture_open(&p, filters[i]);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		assert_non_null(im);
		assert_int_equal(image_layer(im, 1)->first, 0);
		assert_int_equal(v.read[0], 1);
		assert_int_equal(v.read[1], 0);
		assert_int_equal(v.checked[1], 1);
		assert_int_equal(v.states[1], IMAGE_VERIFIED);
		assert_true(image_is_verified(im));
	}
}

/* What is left unread is checked all the same; what is known is not read. */
static void test_partly_read(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;

	(void)state;
	picture_begin(&p, 3);
	picture_oci(&p, "gzip", "name:1", NULL);
	picture_index(&p);
	fd = picture_open(&p, NULL);
	{
		struct viewer v = { .reads_little = true };
		struct err e = { 0 };
		AUTO(image_freep) struct image *im = viewer_image(&v, fd, NULL, NULL, &e);

		assert_string_equal(v.names[2], "2=2 ");
		assert_true(image_is_verified(im));
	}
	{
		struct viewer v = { .known = 1 << 1 };
		struct err e = { 0 };
		AUTO(image_freep) struct image *im = viewer_image(&v, fd, NULL, NULL, &e);

		assert_int_equal(v.read[1], 0);
		assert_int_equal(v.states[1], IMAGE_CACHED);
		assert_int_equal(v.states[2], IMAGE_VERIFIED);
		assert_int_equal(v.checked[1], 1);
		assert_true(image_is_verified(im));
	}
}

/* A file system without an image around it is one layer that nobody vouches for. */
static void test_rootfs(void **state)
{
	AUTO(picture_end) struct picture p;

	(void)state;
	picture_begin(&p, 1);
	for (size_t i = 0; i < FILTERS; i++) {
		AUTO(str_release) struct str bytes = STR_INIT(1 << 20);
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		if (filters[i])
			picture_filter(&bytes, filters[i], p.layers[0].buf, p.layers[0].len);
		else
			str_add(&bytes, p.layers[0].buf, p.layers[0].len);
		fd = picture_fd(bytes.buf, bytes.len);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		assert_non_null(im);
		assert_int_equal(image_format(im), IMAGE_ROOTFS);
		assert_int_equal(image_layer_count(im), 1);
		assert_int_equal(v.states[0], IMAGE_AS_STORED);
		assert_string_equal(v.names[0], "0=0 both=0 ");
		assert_false(image_is_verified(im));
		assert_null(image_config(im));
		assert_string_equal(image_title(im), "a root file system");
		assert_null(viewer_image(&v, fd, "name:1", NULL, &e));
		assert_int_equal(e.kind, ERR_ABSENT);
	}
}

static const char *chosen(int fd, const char *ref, const char *platform, struct err *e)
{
	static char digest[PICTURE_DIGEST];
	const struct image_options options = { .ref = ref, .platform = platform };
	AUTO(image_freep) struct image *im = NULL;

	*e = (struct err){ 0 };
	if (image_open(fd, &options, &im, e) < 0)
		return "";
	(void)snprintf(digest, sizeof(digest), "%s", image_digest(im));
	return digest;
}

static void test_choice(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	char one[PICTURE_DIGEST], two[PICTURE_DIGEST], config[PICTURE_DIGEST];
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 1);
	picture_oci(&p, NULL, "docker.io/library/one:latest", "linux/amd64");
	memcpy(one, p.manifest, sizeof(one));
	picture_oci(&p, "gzip", "two:2", "linux/arm64");
	memcpy(two, p.manifest, sizeof(two));
	memcpy(config, p.config, sizeof(config));
	picture_index(&p);
	fd = picture_open(&p, NULL);
	assert_string_equal(chosen(fd, NULL, "linux/amd64", &e), "");
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.text, "docker.io/library/one:latest (linux/amd64), two:2 "));
	assert_string_equal(chosen(fd, "one", NULL, &e), one);
	assert_string_equal(chosen(fd, "one:latest", NULL, &e), one);
	assert_string_equal(chosen(fd, "two:2", NULL, &e), two);
	assert_string_equal(chosen(fd, two, NULL, &e), two);
	assert_string_equal(chosen(fd, config, NULL, &e), two);
	two[15] = '\0';
	assert_string_equal(chosen(fd, two + 7, NULL, &e), p.manifest);
	assert_string_equal(chosen(fd, "linux/arm64", NULL, &e), p.manifest);
	assert_string_equal(chosen(fd, "two", NULL, &e), "");
	assert_int_equal(e.kind, ERR_ABSENT);
	assert_non_null(strstr(e.text, "no image 'two': there are: docker.io/library/one:latest "));
	assert_string_equal(chosen(fd, "sha256:", NULL, &e), "");
	assert_string_equal(chosen(fd, "", NULL, &e), "");
}

/* One name, an image for each platform: this machine's, or the one that is asked for. */
static void test_platforms(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	char amd[PICTURE_DIGEST], arm[PICTURE_DIGEST], index[PICTURE_DIGEST];
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 1);
	picture_oci(&p, NULL, NULL, "linux/amd64");
	memcpy(amd, p.manifest, sizeof(amd));
	picture_oci(&p, NULL, NULL, "linux/arm64");
	memcpy(arm, p.manifest, sizeof(arm));
	picture_nest(&p, "many:1");
	memcpy(index, p.manifest, sizeof(index));
	picture_index(&p);
	fd = picture_open(&p, "zstd");
	assert_string_equal(chosen(fd, NULL, "linux/amd64", &e), amd);
	assert_string_equal(chosen(fd, "many:1", "linux/arm64", &e), arm);
	assert_string_equal(chosen(fd, "linux/arm64", "linux/amd64", &e), arm);
	assert_string_equal(chosen(fd, index, "linux/arm64", &e), arm);
	assert_string_equal(chosen(fd, NULL, "linux/s390x", &e), "");
	assert_int_equal(e.kind, ERR_USAGE);
	{
		const struct image_options options = { .platform = "linux/arm64" };
		AUTO(image_freep) struct image *im = NULL;

		assert_int_equal(image_open(fd, &options, &im, &e), 0);
		assert_string_equal(image_platform(im), "linux/arm64");
		assert_string_equal(image_ref(im), "many:1");
		assert_string_equal(image_title(im), "many:1 for linux/arm64 (OCI archive)");
	}
	/* A platform that was not saved is no choice. */
	for (size_t i = 0; i < p.count; i++)
		if (strstr(p.files[i].name, amd + 7))
			memcpy(p.files[i].name, "blobs/sha512", 12);
	close(fd);
	fd = picture_open(&p, NULL);
	assert_string_equal(chosen(fd, NULL, "linux/amd64", &e), arm);
}

static void test_json(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(str_release) struct str out = STR_INIT(1 << 20), expected = STR_INIT(1 << 20);
	AUTO(fd_closep) int fd = -1;
	AUTO(image_freep) struct image *im = NULL;
	struct jsonw w;

	(void)state;
	picture_begin(&p, 2);
	picture_docker(&p, PICTURE_LEGACY, "name:1");
	picture_rows(&p);
	fd = picture_open(&p, NULL);
	im = sees_two(fd, NULL);
	jsonw_init(&w, &out);
	image_json(im, &w, NULL);
	jsonw_line(&w);
	str_addf(&expected,
		 "{\"format\":\"docker archive\",\"ref\":\"name:1\",\"digest\":\"%s\","
		 "\"config\":\"%s\",\"created\":\"2026-01-02T03:04:05Z\",\"verified\":true,"
		 "\"layers\":[{\"diff_id\":\"%s\",\"size\":\"%zu\",\"state\":\"verified\"},"
		 "{\"diff_id\":\"%s\",\"size\":\"%zu\",\"state\":\"verified\"}],\"findings\":[]}\n",
		 p.config, p.config, p.diff_ids[0], p.layers[0].len, p.diff_ids[1],
		 p.layers[1].len);
	assert_string_equal(out.buf, expected.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oci),
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_modern_docker),
		cmocka_unit_test_setup_teardown(test_directory, scratch_make, scratch_remove),
		cmocka_unit_test(test_same_layer_twice),
		cmocka_unit_test(test_partly_read),
		cmocka_unit_test(test_rootfs),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_platforms),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
