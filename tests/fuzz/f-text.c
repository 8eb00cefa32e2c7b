/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that comes out of the escapers is dangerous, and the readers of small things stay in
 * bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define INPUT_MAX ((size_t)64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shown(const char *text, size_t len)
{
	uint32_t c;

	for (size_t n; len; text += n, len -= n)
		if (!(n = text_decode(text, len, &c)) || text_is_unsafe(c))
			abort();
}

static void check_json(const char *text, size_t len)
{
	AUTO(str_release) struct str out = STR_INIT(16 * INPUT_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err e = { 0 };
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "path", text, len);
	jsonw_text(&w, "text", text);
	jsonw_line(&w);
	check_shown(out.buf, out.len - 1);
	doc = json_parse(out.buf, out.len, &e);
	if (!doc || json_count(doc) != 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(str_release) struct str out = STR_INIT(16 * INPUT_MAX);
	AUTO(freep) char *text = NULL, *fit = NULL;
	struct err e = { 0 };
	struct timespec t;
	uint64_t n;

	if (size > INPUT_MAX)
		return 0;
	text = xcalloc(1, size + 1);
	memcpy(text, data, size);
	text_show(&out, text, size);
	check_shown(out.buf, out.len);
	fit = text_fit(text, 20);
	check_shown(fit, strlen(fit));
	if (text_width(fit) > 20)
		abort();
	check_json(text, size);
	if (text_parse_time(text, &t, &e) == 0 && (t.tv_nsec < 0 || t.tv_nsec > 999999999))
		abort();
	if (text_u64(text, 1000, &n, &e) == 0 && n > 1000)
		abort();
	(void)text_distance(text, "a name");
	return 0;
}
