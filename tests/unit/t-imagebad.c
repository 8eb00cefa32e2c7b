/* SPDX-License-Identifier: Apache-2.0 */
/* Images that are not what they say: each difference is found, said, and no more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyze/image.h"
#include "lib/base/own.h"
#include "tests/unit/picture.h"
#include "tests/unit/viewer.h"

static struct picture_file *blob(struct picture *p, const char *digest)
{
	char name[96];

	picture_blob_name(name, digest);
	return picture_file(p, name);
}

static void swap(struct picture_file *f, const char *from, const char *to)
{
	char *at = strstr(f->bytes.buf, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

/* A byte of the first member's data, so that it is a tar as before. */
static void other_layer(struct picture *p)
{
	blob(p, p->diff_ids[1])->bytes.buf[512] ^= 1;
}

static void other_manifest(struct picture *p)
{
	str_addc(&blob(p, p->manifest)->bytes, ' ');
}

static void other_config(struct picture *p)
{
	swap(blob(p, p->config), "A=b", "A=c");
}

static void other_diff_id(struct picture *p)
{
	swap(blob(p, p->config), p->diff_ids[0] + 9, p->diff_ids[1] + 9);
}

static void bad_diff_id(struct picture *p)
{
	swap(blob(p, p->config), "\"sha256:", "\"SHA256:");
}

static void no_diff_ids(struct picture *p)
{
	swap(blob(p, p->config), "diff_ids", "diff_Ids");
}

static void config_is_no_json(struct picture *p)
{
	swap(blob(p, p->config), "\"Env\":[", "\"Env\":(");
}

static void config_of_wrong_types(struct picture *p)
{
	swap(blob(p, p->config), "\"User\":\"1:1\"", "\"User\":[\"11\"");
	swap(blob(p, p->config), ",\"ExposedPorts\":", "],\"xposedPorts\":");
}

static void no_config(struct picture *p)
{
	blob(p, p->config)->name[0] = 'B';
}

static void no_layer(struct picture *p)
{
	blob(p, p->diff_ids[0])->name[0] = 'B';
}

static void foreign_layer(struct picture *p)
{
	no_layer(p);
	swap(blob(p, p->manifest), "image.layer.v1.tar", "layer.foreign.tar+");
}

static void other_size(struct picture *p)
{
	char *last = strrchr(blob(p, p->manifest)->bytes.buf, '}');

	while (*last < '0' || *last > '9')
		last--;
	*last ^= 1;
}

static void cut_layer(struct picture *p)
{
	blob(p, p->diff_ids[0])->bytes.len -= 1024;
}

static void more_behind_layer(struct picture *p)
{
	str_adds(&blob(p, p->diff_ids[0])->bytes, "more");
}

static void nothing(struct picture *p)
{
	(void)p;
}

/* What one change in an OCI archive of two plain layers leads to, however it is wrapped. */
static const struct {
	void (*change)(struct picture *p);
	const char *findings;
	enum image_state states[2];
} changes[] = {
	{ nothing, "", { IMAGE_VERIFIED, IMAGE_VERIFIED } },
	{ other_layer,
	  "image.layer-digest layer 2 ; image.layer-diffid layer 2 ; ",
	  { IMAGE_VERIFIED, IMAGE_MISMATCH } },
	{ other_manifest, "image.manifest-digest manifest; ", { IMAGE_VERIFIED, IMAGE_VERIFIED } },
	{ other_config, "image.config-digest config (; ", { IMAGE_VERIFIED, IMAGE_VERIFIED } },
	{ other_diff_id,
	  "image.config-digest config (; image.layer-diffid layer 1 ; ",
	  { IMAGE_MISMATCH, IMAGE_VERIFIED } },
	{ bad_diff_id,
	  "image.config-digest config (; image.diffid-unusable layer 1; ",
	  { IMAGE_AS_STORED, IMAGE_VERIFIED } },
	{ no_diff_ids,
	  "image.config-digest config (; image.layer-count layers; ",
	  { IMAGE_AS_STORED, IMAGE_AS_STORED } },
	{ config_is_no_json,
	  "image.config-digest config (; image.config-damaged config; ",
	  { IMAGE_AS_STORED, IMAGE_AS_STORED } },
	{ config_of_wrong_types,
	  "image.config-digest config (; image.config-damaged config; ",
	  { IMAGE_AS_STORED, IMAGE_AS_STORED } },
	{ no_config, "image.config-damaged config; ", { IMAGE_AS_STORED, IMAGE_AS_STORED } },
	{ no_layer, "image.layer-absent layer 1 ; ", { IMAGE_ABSENT, IMAGE_VERIFIED } },
	{ foreign_layer,
	  "image.manifest-digest manifest; image.layer-foreign layer 1 ; ",
	  { IMAGE_ABSENT, IMAGE_VERIFIED } },
	{ other_size,
	  "image.manifest-digest manifest; image.layer-size layer 2 ; ",
	  { IMAGE_VERIFIED, IMAGE_VERIFIED } },
	{ cut_layer,
	  "image.layer-size layer 1 ; image.layer-digest layer 1 ; image.layer-diffid layer 1 ; "
	  "image.layer-damaged layer 1 ; ",
	  { IMAGE_DAMAGED, IMAGE_VERIFIED } },
	{ more_behind_layer,
	  "image.layer-size layer 1 ; image.layer-digest layer 1 ; image.layer-diffid layer 1 ; "
	  "image.layer-damaged layer 1 ; ",
	  { IMAGE_DAMAGED, IMAGE_VERIFIED } },
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static void test_changes(void **state)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };

	(void)state;
	for (size_t i = 0; i < CHANGES * 3; i++) {
		size_t n = i / 3;
		AUTO(picture_end) struct picture p;
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		AUTO(freep) char *findings = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		picture_begin(&p, 2);
		picture_oci(&p, NULL, "name:1", NULL);
		picture_index(&p);
		changes[n].change(&p);
		fd = picture_open(&p, filters[i % 3]);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		if (!im)
			fail_msg("change %zu: %s", n, e.text);
		findings = viewer_findings(im);
		assert_string_equal(findings, changes[n].findings);
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(v.states[k], changes[n].states[k]);
			assert_int_equal(image_layer(im, k)->state, changes[n].states[k]);
			assert_int_equal(v.checked[k], 1);
			assert_int_equal(v.read[k], v.states[k] != IMAGE_ABSENT);
		}
		assert_int_equal(image_is_verified(im), n == 0);
	}
}

/* The same tar, compressed in another way: the blob is another, the layer is not. */
static void test_other_compression(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	AUTO(image_freep) struct image *im = NULL;
	AUTO(freep) char *findings = NULL;
	struct viewer v = { 0 };
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 1);
	picture_oci(&p, "gzip", "name:1", NULL);
	picture_index(&p);
	str_reset(&p.files[1].bytes);
	picture_filter(&p.files[1].bytes, "zstd", p.layers[0].buf, p.layers[0].len);
	fd = picture_open(&p, NULL);
	im = viewer_image(&v, fd, NULL, NULL, &e);
	findings = viewer_findings(im);
	assert_string_equal(findings, "image.layer-size layer 1 ; image.layer-digest layer 1 ; ");
	assert_int_equal(v.states[0], IMAGE_MISMATCH);
	assert_string_equal(v.names[0], "0=0 both=0 ");
}

/* A compressed layer that is cut, or has something behind its end; a bomb is t-inflate's. */
static void test_damaged_compression(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		AUTO(picture_end) struct picture p;
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		picture_begin(&p, 2);
		picture_docker(&p, PICTURE_KANIKO, "name:1");
		picture_rows(&p);
		if (more)
			str_adds(&p.files[0].bytes, "more");
		else
			p.files[0].bytes.len -= 20;
		fd = picture_open(&p, NULL);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		assert_non_null(im);
		assert_int_equal(v.states[0], IMAGE_DAMAGED);
		assert_int_equal(v.states[1], IMAGE_VERIFIED);
	}
}

static void test_encrypted(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	struct viewer v = { 0 };
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 1);
	picture_oci(&p, "gzip", NULL, NULL);
	picture_index(&p);
	swap(blob(&p, p.manifest), "application/vnd.oci.image.layer.v1.tar+gzip",
	     "application/v.oci.image.layer.tar+encrypted");
	fd = picture_open(&p, NULL);
	assert_null(viewer_image(&v, fd, NULL, NULL, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.text, "layer 1 is encrypted"));
}

/* The config of a manifest.json is known by its name alone. */
static void test_docker_config(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	AUTO(image_freep) struct image *im = NULL;
	AUTO(freep) char *findings = NULL;
	struct viewer v = { 0 };
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 1);
	picture_docker(&p, PICTURE_LEGACY, "name:1");
	picture_rows(&p);
	swap(&p.files[1], "A=b", "A=c");
	fd = picture_open(&p, NULL);
	im = viewer_image(&v, fd, NULL, NULL, &e);
	findings = viewer_findings(im);
	assert_string_equal(findings, "image.config-digest config (; ");
	assert_string_not_equal(image_config(im)->digest, p.config);
}

/* An image whose list is cut off is not a file system that has blobs in it. */
static void test_no_list(void **state)
{
	static const enum picture_style styles[] = { PICTURE_LEGACY, PICTURE_PODMAN,
						     PICTURE_KANIKO };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO(picture_end) struct picture p;
		AUTO(fd_closep) int fd = -1;
		struct viewer v = { 0 };
		struct err e = { 0 };

		picture_begin(&p, 1);
		if (i == 3)
			picture_oci(&p, "gzip", "name:1", NULL);
		else
			picture_docker(&p, styles[i], "name:1");
		fd = picture_open(&p, i & 1 ? "gzip" : NULL);
		assert_null(viewer_image(&v, fd, NULL, NULL, &e));
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_non_null(strstr(e.text, "neither index.json nor manifest.json"));
	}
}

/* Docker says where a layer comes from that it must not give away. */
static void test_docker_foreign(void **state)
{
	(void)state;
	for (int is_foreign = 0; is_foreign < 2; is_foreign++) {
		AUTO(picture_end) struct picture p;
		AUTO(str_release) struct str rows = STR_INIT(4000);
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		AUTO(freep) char *findings = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		picture_begin(&p, 2);
		picture_docker(&p, PICTURE_LEGACY, "name:1");
		str_addf(&rows, "[{\"Config\":\"%s.json\",\"Layers\":[\"gone\",\"%s\"]%s}]",
			 p.config + 7, p.files[1].name,
			 is_foreign ? ",\"LayerSources\":{\"sha256:0\":{\"size\":1}}" : "");
		picture_add(&p, "manifest.json", rows.buf, rows.len);
		fd = picture_open(&p, NULL);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		findings = viewer_findings(im);
		assert_string_equal(findings, is_foreign ? "image.layer-foreign layer 1 ; "
							 : "image.layer-absent layer 1 ; ");
		assert_int_equal(v.states[0], IMAGE_ABSENT);
		assert_int_equal(v.states[1], IMAGE_VERIFIED);
	}
}

/* What Docker would load is another image than what other tools see. */
static void test_two_answers(void **state)
{
	(void)state;
	for (int other_image = 0; other_image < 2; other_image++) {
		AUTO(picture_end) struct picture p;
		AUTO(fd_closep) int fd = -1;
		AUTO(image_freep) struct image *im = NULL;
		AUTO(freep) char *findings = NULL;
		struct viewer v = { 0 };
		struct err e = { 0 };

		picture_begin(&p, 2);
		picture_oci(&p, NULL, "name:1", NULL);
		picture_index(&p);
		picture_docker(&p, PICTURE_MODERN, "name:1");
		picture_rows(&p);
		if (other_image)
			swap(picture_file(&p, "manifest.json"), p.config + 7, p.diff_ids[0] + 7);
		else
			swap(picture_file(&p, "manifest.json"), p.diff_ids[0] + 7,
			     p.diff_ids[1] + 7);
		fd = picture_open(&p, NULL);
		im = viewer_image(&v, fd, NULL, NULL, &e);
		findings = viewer_findings(im);
		assert_string_equal(findings, "image.two-answers manifest; ");
		assert_false(image_is_verified(im));
	}
}

/* A layer's own fault does not end it; ours does. */
static void test_visitor_fails(void **state)
{
	AUTO(picture_end) struct picture p;
	AUTO(fd_closep) int fd = -1;
	struct err e = { 0 };

	(void)state;
	picture_begin(&p, 2);
	picture_oci(&p, "zstd", "name:1", NULL);
	picture_index(&p);
	fd = picture_open(&p, "gzip");
	{
		struct viewer v = { .fail = { .kind = ERR_LIMIT, .text = "too deep" } };
		AUTO(image_freep) struct image *im = viewer_image(&v, fd, NULL, NULL, &e);

		assert_int_equal(v.states[0], IMAGE_DAMAGED);
		assert_int_equal(v.states[1], IMAGE_DAMAGED);
		assert_string_equal(image_finding(im, 0)->id, "image.layer-damaged");
		assert_string_equal(image_finding(im, 0)->found, "too deep");
	}
	{
		struct viewer v = { .fail = { .kind = ERR_SYS, .sys = ENOSPC, .text = "full" } };

		assert_null(viewer_image(&v, fd, NULL, NULL, &e));
		assert_int_equal(e.sys, ENOSPC);
		assert_int_equal(v.read[0] + v.read[1], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_other_compression),
		cmocka_unit_test(test_damaged_compression),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_docker_config),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_docker_foreign),
		cmocka_unit_test(test_two_answers),
		cmocka_unit_test(test_visitor_fails),
	};

	return cmocka_run_group_tests_name("imagebad", tests, NULL, NULL);
}
