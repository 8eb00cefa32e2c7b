/* SPDX-License-Identifier: Apache-2.0 */
/* A seal that is read is written again the same but for what may be written otherwise. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/sealtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(str_release) struct str text = STR_INIT(SEALTEXT_MAX);
	struct sealtext s, again;
	struct err e = { 0 };

	if (sealtext_read((const char *)data, size, &s, &e) < 0) {
		if (e.kind == ERR_NONE || !e.text[0])
			abort();
		return 0;
	}
	sealtext_write(&s, &text);
	if (sealtext_read(text.buf, text.len, &again, &e) < 0)
		abort();
	if (strcmp(s.tagmanifest, again.tagmanifest) != 0 || strcmp(s.id, again.id) != 0 ||
	    strcmp(s.name, again.name) != 0 || strcmp(s.spki, again.spki) != 0 ||
	    s.bytes != again.bytes || s.files != again.files || s.complete != again.complete)
		abort();
	return 0;
}
