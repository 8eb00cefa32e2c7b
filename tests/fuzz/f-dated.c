/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses what kind of file it is; what is told lies within what was read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/dated.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_records(const uint8_t *data, size_t size, size_t each)
{
	for (size_t at = 0; at + each <= size; at += each) {
		AUTO(str_release) struct str what = STR_INIT(UTMP_SIZE_64 + 64);
		char time[WHEN_SIZE];
		struct when when;

		if (!utmp_record(data + at, each, data[at] & 1, &when, &what))
			continue;
		when_show(time, &when, 9);
		if (what.over || !*time)
			abort();
	}
}

static void try_line(struct dated *d, const char *line, size_t len)
{
	const char *text = NULL;
	size_t text_len = 0;
	char time[WHEN_SIZE];
	struct when when;

	if (!dated_line(d, line, len, &when, &text, &text_len))
		return;
	when_show(time, &when, 9);
	if (text != d->command.buf && (text < line || text + text_len > line + len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(dated_release) struct dated d;

	dated_init(&d, size ? (enum dated_kind)(data[0] % (DATED_DNF + 1)) : DATED_NONE);
	if (!size)
		return 0;
	for (const uint8_t *p = data + 1, *end = data + size; p < end;) {
		const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = lf ? (size_t)(lf - p) : (size_t)(end - p);
		AUTO(freep) char *line = xmalloc(len ? len : 1);

		if (len)
			memcpy(line, p, len);
		try_line(&d, line, len);
		p += len + (lf ? 1 : 0);
	}
	try_records(data + 1, size - 1, UTMP_SIZE_32);
	try_records(data + 1, size - 1, UTMP_SIZE_64);
	return 0;
}
