/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's database, and os-release; what comes of them as a package URL is plain ASCII. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/model/apk.h"
#include "lib/model/purl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_package(void *data, const struct package *p)
{
	AUTO(str_release) struct str out = STR_INIT((size_t)1 << 20);

	purl_add(&out, p, data);
	for (size_t i = 0; i < out.len; i++)
		if (out.buf[i] <= ' ' || out.buf[i] > '~')
			abort();
}

static void on_file(void *data, const struct package_file *f)
{
	(void)data;
	if (!f->name.len || memchr(f->name.p, '/', f->name.len) || scan_is(&f->name, "..") ||
	    (f->dir.len >= 3 && !memcmp(f->dir.p, "../", 3)) || f->mode > 07777)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct osrelease os;
	const struct package_visitor to = { .package = on_package, .file = on_file, .data = &os };
	struct scan all = scan_of((const char *)data, size), line;
	AUTO(apk_installed_release) struct apk_installed a;

	osrelease_parse((const char *)data, size, &os);
	if (!text_is_utf8(os.id, strlen(os.id)))
		abort();
	apk_installed_init(&a, &to);
	while (scan_line(&all, &line))
		apk_installed_line(&a, line.p, line.len);
	apk_installed_end(&a);
	return 0;
}
