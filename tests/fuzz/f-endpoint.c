/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of an inspect answer in both dialects: what is written of them reads as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/model/endpoint.h"

#define WRITTEN_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void written(const struct endpoints *all, struct str *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	endpoints_json(all, &w, "endpoints");
	jsonw_end(&w);
}

static void there_and_back(const struct endpoints *all)
{
	AUTO(str_release) struct str first = STR_INIT(WRITTEN_MAX), second = STR_INIT(WRITTEN_MAX);
	AUTO(endpoints_release) struct endpoints again = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err e = { 0 };

	written(all, &first);
	doc = json_parse(first.buf, first.len, &e);
	if (!doc || endpoints_from_json(json_member(doc, "endpoints"), &again, &e) < 0)
		abort();
	written(&again, &second);
	if (strcmp(first.buf, second.buf) != 0)
		abort();
	for (size_t i = 0; i < again.count; i++) {
		AUTO(str_release) struct str same = STR_INIT(WRITTEN_MAX);

		endpoint_compare(&all->items[i], &again.items[i], &same);
		if (same.len || strcmp(all->items[i].network, again.items[i].network) != 0)
			abort();
		endpoint_compare(&all->items[i], &all->items[0], &same);
		if (same.len && same.buf[same.len - 1] != '\n')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse((const char *)data, size, &e);

	for (int d = 0; doc && d < 2; d++) {
		AUTO(endpoints_release) struct endpoints all = { 0 };
		struct err why = { 0 };

		if (endpoints_from_inspect(d ? DIALECT_PODMAN : DIALECT_DOCKER, doc, &all, &why) ==
		    0)
			there_and_back(&all);
		else if (why.kind == ERR_NONE || all.items)
			abort();
	}
	if (doc) {
		AUTO(endpoints_release) struct endpoints all = { 0 };

		(void)endpoint_is_taken(DIALECT_DOCKER, doc, "x", "10.0.0.4");
		(void)endpoint_is_taken(DIALECT_PODMAN, doc, "x", "10.0.0.4");
		if (endpoints_from_json(doc, &all, &e) == 0)
			there_and_back(&all);
	}
	return 0;
}
