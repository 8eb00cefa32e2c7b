/* SPDX-License-Identifier: Apache-2.0 */
/* What json_parse() takes must be what a strict reader takes, and be walked without surprise. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX. */
static void walk(const struct cJSON *node, unsigned depth)
{
	struct err e = { 0 };
	struct obj o = obj_begin(node, "it", &e);

	if (depth > JSON_DEPTH_MAX)
		abort();
	(void)obj_u64_or(&o, "Pid", 0);
	(void)obj_i64_or(&o, "Pid", 0);
	(void)strlen(obj_text_or(&o, "Id", ""));
	(void)obj_in_or(&o, "State");
	if (obj_end(&o) < 0 && e.kind != ERR_FORMAT)
		abort();
	for (const struct cJSON *c = json_first(node); c; c = json_next(c)) {
		if (json_is_object(node) && json_member(node, json_key(c)) != c)
			abort();
		walk(c, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse((const char *)data, size, &e);

	if ((doc == NULL) != (e.kind == ERR_FORMAT || e.kind == ERR_LIMIT))
		abort();
	if (doc)
		walk(doc, 0);
	return 0;
}
