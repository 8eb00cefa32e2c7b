/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a custody log, hostile: whatever a line is, the chain goes on to the next. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/bundle/custody.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct custody_chain chain;

	custody_chain_init(&chain);
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = lf ? (size_t)(lf - at) + 1 : (size_t)(end - at);
		bool follows = false;
		struct err e = { 0 };
		char head[SHA256_HEX];
		AUTO(json_freep) struct cJSON *doc = NULL;

		doc = custody_follow(&chain, at, len, &follows, &e);
		if (!doc != (e.kind != ERR_NONE) || (!doc && follows) || (doc && !lf))
			abort();
		digest_of(at, len, head);
		if (strcmp(head, chain.head) != 0)
			abort();
		at += len;
	}
	return 0;
}
