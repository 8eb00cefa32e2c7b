/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target without a fuzzer: every file named on the command line goes through it once. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

#define INPUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		AUTO(str_release) struct str input = STR_INIT(INPUT_MAX);
		struct err e = { 0 };

		if (file_slurp(AT_FDCWD, argv[i], &input, &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		(void)LLVMFuzzerTestOneInput((const uint8_t *)input.buf, input.len);
	}
	return 0;
}
