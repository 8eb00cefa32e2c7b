/* SPDX-License-Identifier: Apache-2.0 */
/* Any archive taken for an image: read to its end or refused, and nothing is verified that was not
 * read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyze/image.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"

#define ENTRIES_MAX 10000
#define JSON_MAX    ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned told;

static int layer(unsigned i, struct source *tar, void *data, struct err *e)
{
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(tar);
	struct tar_entry n;
	unsigned count = 0;
	int got;

	(void)i;
	(void)data;
	while ((got = tar_next(r, &n, e)) > 0)
		if (count++ > ENTRIES_MAX)
			return 0;
	return got;
}

static int checked(unsigned i, enum image_state state, void *data, struct err *e)
{
	const struct image *im = *(struct image **)data;
	const struct image_layer *l = image_layer(im, i);

	(void)e;
	if (l->state != state || state == IMAGE_UNREAD || l->first > i ||
	    (state == IMAGE_VERIFIED && !l->diff_id))
		abort();
	told++;
	return 0;
}

static void check_findings(const struct image *im)
{
	const struct image_finding *f;

	for (size_t i = 0; (f = image_finding(im, i)) != NULL; i++)
		if (strncmp(f->id, "image.", 6) != 0 || !f->object ||
		    (f->expected && f->found && !strcmp(f->expected, f->found)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(fd_closep) int fd = memfd_create("image", MFD_CLOEXEC);
	AUTO(str_release) struct str out = STR_INIT(JSON_MAX);
	AUTO(image_freep) struct image *im = NULL;
	const struct image_options options = { .platform = "linux/amd64" };
	const struct image_visitor visitor = { .layer = layer, .checked = checked, .data = &im };
	struct err e = { 0 };
	struct jsonw w;

	if (fd < 0 || file_write(fd, data, size, &e) < 0)
		abort();
	told = 0;
	if (image_open(fd, &options, &im, &e) < 0)
		return 0;
	if (image_read(im, &visitor, &e) == 0 && told != image_layer_count(im))
		abort();
	check_findings(im);
	jsonw_init(&w, &out);
	image_json(im, &w, NULL);
	jsonw_line(&w);
	return 0;
}
