/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of inspect, in both dialects: a container with an id that is one, or an error. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/model/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse((const char *)data, size, &e);

	for (int d = 0; doc && d < 2; d++) {
		AUTO(container_release) struct container c = { 0 };
		struct err why = { 0 };
		int result =
			container_from_inspect(d ? DIALECT_PODMAN : DIALECT_DOCKER, doc, &c, &why);

		if (result == 0 ? !text_is_hex(c.id, 64) || !c.name || !c.status || c.pid < 0
				: why.kind == ERR_NONE || c.id)
			abort();
	}
	return 0;
}
