/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes on the command line: what is taken is exact, what overflows is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/opt.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(freep) char *text = xcalloc(1, size + 1);
	uint64_t n = 77;
	struct err e = { 0 };

	memcpy(text, data, size);
	if (opt_size(text, &n, &e) < 0) {
		if (n != 77 || e.kind != ERR_USAGE)
			abort();
		return 0;
	}
	if (strtoull(text, NULL, 10) > n)
		abort();
	return 0;
}
