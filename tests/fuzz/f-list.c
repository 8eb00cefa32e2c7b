/* SPDX-License-Identifier: Apache-2.0 */
/* The engines' other answers that are read: list, version, info. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/engine/find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	for (int d = 0; d < 2; d++) {
		AUTO(container_list_release) struct container_list list = { 0 };
		struct engine g = { .dialect = d ? DIALECT_PODMAN : DIALECT_DOCKER };
		AUTO(freep) char *identity = NULL;
		struct err e = { 0 };

		if (container_list_parse(g.dialect, text, size, &list, &e) < 0 && list.count)
			abort();
		for (size_t i = 0; i < list.count; i++)
			if (!text_is_hex(list.items[i].id, 64) || !list.items[i].ports)
				abort();
		(void)!info_read(&g, text, size, &identity, &e);
		if (version_read(&g, text, size, &e) == 0 && (!g.api || !g.version))
			abort();
		free(g.api);
		free(g.version);
	}
	return 0;
}
