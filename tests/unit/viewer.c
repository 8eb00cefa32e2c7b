/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/tar.h"

static bool wants(unsigned i, void *data)
{
	const struct viewer *v = data;

	return !(v->known & (1U << i));
}

static int layer(unsigned i, struct source *tar, void *data, struct err *e)
{
	struct viewer *v = data;
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(tar);
	AUTO(str_release) struct str names = STR_INIT(199);
	struct tar_entry n;
	int got;

	assert_true(i < VIEWER_LAYERS);
	v->read[i]++;
	if (v->fail.kind != ERR_NONE) {
		*e = v->fail;
		return -1;
	}
	while ((got = tar_next(r, &n, e)) > 0) {
		char text[20] = "";

		if (tar_read(r, text, sizeof(text) - 1, e) < 0)
			return -1;
		str_addf(&names, "%s=%s ", n.path, text);
		if (v->reads_little)
			break;
	}
	memcpy(v->names[i], names.buf, names.len + 1);
	return got < 0 ? -1 : 0;
}

static int checked(unsigned i, enum image_state state, void *data, struct err *e)
{
	struct viewer *v = data;

	(void)e;
	assert_true(i < VIEWER_LAYERS);
	v->checked[i]++;
	v->states[i] = state;
	return 0;
}

struct image_visitor viewer_visitor(struct viewer *v)
{
	return (struct image_visitor){
		.wants = wants, .layer = layer, .checked = checked, .data = v
	};
}

struct image *viewer_image(struct viewer *v, int fd, const char *ref, const char *platform,
			   struct err *e)
{
	const struct image_options options = { .ref = ref, .platform = platform };
	const struct image_visitor visitor = viewer_visitor(v);
	AUTO(image_freep) struct image *im = NULL;

	*e = (struct err){ 0 };
	if (image_open(fd, &options, &im, e) < 0 || image_read(im, &visitor, e) < 0)
		return NULL;
	return steal(&im);
}

char *viewer_findings(const struct image *im)
{
	AUTO(str_release) struct str out = STR_INIT(65536);
	const struct image_finding *f;

	for (size_t i = 0; (f = image_finding(im, i)) != NULL; i++)
		str_addf(&out, "%s %.8s; ", f->id, f->object);
	return str_detach(&out);
}
