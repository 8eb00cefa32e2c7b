/* SPDX-License-Identifier: Apache-2.0 */
/* What manifest_parse() takes is in order, is ours, and is found again; what it leaves out it
 * tells. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *data, size_t line, const char *why)
{
	if (!line || !*why)
		abort();
	++*(size_t *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(manifest_release) struct manifest m;
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);
	AUTO(str_release) struct str again = STR_INIT(MANIFEST_MAX);
	size_t bad = 0;

	manifest_init(&m);
	str_add(&text, data, size);
	manifest_parse(&m, &text, count, &bad);
	for (size_t i = 0; i < m.count; i++) {
		if (!bundle_path_is_ours(m.items[i].path) ||
		    (i && strcmp(m.items[i - 1].path, m.items[i].path) >= 0) ||
		    manifest_find(&m, m.items[i].path) != &m.items[i])
			abort();
		str_add(&again, m.items[i].sha256, 64);
		str_addf(&again, "  %s\n", m.items[i].path);
	}
	/* Nothing told: then it is to the byte what would be written. */
	if (!bad && (again.len != size || (size && memcmp(again.buf, data, size) != 0)))
		abort();
	return 0;
}
