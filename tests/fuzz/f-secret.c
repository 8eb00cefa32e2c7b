/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: secrets come in order and lie within it, and a text without them stays as it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/model/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	AUTO(str_release) struct str out = STR_INIT(size * 64 + 64);
	struct secret found;
	size_t at = 0;
	unsigned count = 0;

	while (secret_next(text, size, at, &found)) {
		if (found.at < at || !found.len || found.at + found.len > size || !found.pattern)
			abort();
		at = found.at + found.len;
		count++;
	}
	secret_redact(&out, text, size);
	if (out.over || (!count && (out.len != size || memcmp(out.buf, text, size) != 0)))
		abort();
	return 0;
}
