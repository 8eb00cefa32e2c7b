/* SPDX-License-Identifier: Apache-2.0 */
/* Any archive, plain or compressed, walked to its end or refused; what is read can be written
 * again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/tar.h"

#define READ_MAX ((uint64_t)4 << 20) /* a hole can be of any size */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct tar_entry *n)
{
	if (strlen(n->path) > TAR_PATH_MAX || n->xattr_count > TAR_XATTRS_MAX ||
	    !(n->mode & S_IFMT))
		abort();
	for (size_t i = 0; i < n->xattr_count; i++)
		if (n->xattrs[i].len > TAR_XATTR_MAX || strlen(n->xattrs[i].name) == SIZE_MAX)
			abort();
}

static uint64_t drain(struct tar_reader *r, uint64_t left)
{
	struct err e = { 0 };
	char block[4096];
	ssize_t n = 1;

	while (left && n > 0) {
		n = tar_read(r, block, left < sizeof(block) ? (size_t)left : sizeof(block), &e);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(source_closep) struct source *from = source_of_memory(data, size);
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	AUTO(str_release) struct str out = STR_INIT((size_t)1 << 30);
	AUTO(sink_closep) struct sink *to = sink_to_str(&out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	uint64_t left = READ_MAX;
	struct tar_entry n;
	struct err e = { 0 };

	while (left && tar_next(r, &n, &e) > 0) {
		check(&n);
		str_reset(&out);
		if (n.size < READ_MAX && tar_put(w, &n, &e) == 0 &&
		    tar_pad(w, &(uint64_t){ 0 }, &e) < 0)
			abort();
		left = drain(r, left);
	}
	return 0;
}
