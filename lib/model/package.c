/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/package.h"

#include <string.h>

#include "lib/base/text.h"

bool package_digest_hex(const struct scan *hex, enum digest_kind *kind,
			unsigned char digest[DIGEST_MAX])
{
	char text[2 * DIGEST_MAX + 1];
	struct err e = { 0 };

	if (!hex->len || hex->len > 2 * DIGEST_MAX)
		return false;
	memcpy(text, hex->p, hex->len);
	text[hex->len] = '\0';
	for (enum digest_kind k = DIGEST_MD5; k < DIGEST_KINDS; k++) {
		if (hex->len != 2 * digest_size(k))
			continue;
		*kind = k;
		return text_unhex(digest, digest_size(k), text, &e) == 0;
	}
	return false;
}
