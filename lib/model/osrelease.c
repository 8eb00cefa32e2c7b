/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/osrelease.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/model/scan.h"

/* Quotes and backslashes taken off; false if it is not one word of a shell, or too long. */
static bool unquote(struct scan s, char out[OSRELEASE_VALUE])
{
	char value[OSRELEASE_VALUE];
	char quote = '\0';
	size_t len = 0;

	for (; s.len; s.p++, s.len--) {
		if (*s.p == '\0' || len + 1 == sizeof(value))
			return false;
		if (quote != '\'' && *s.p == '\\' && s.len > 1) {
			s.p++;
			s.len--;
		} else if (quote && *s.p == quote) {
			quote = '\0';
			continue;
		} else if (!quote && (*s.p == '"' || *s.p == '\'')) {
			quote = *s.p;
			continue;
		} else if (quote != '\'' && (*s.p == '$' || *s.p == '`')) {
			return false;
		}
		value[len++] = *s.p;
	}
	if (quote || !text_is_utf8(value, len))
		return false;
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

void osrelease_parse(const char *text, size_t len, struct osrelease *out)
{
	struct osrelease o = { 0 };
	const struct {
		const char *key;
		char *value;
	} known[] = {
		{ "ID", o.id },           { "VERSION_ID", o.version_id },
		{ "ID_LIKE", o.id_like }, { "VERSION_CODENAME", o.codename },
		{ "NAME", o.name },       { "PRETTY_NAME", o.pretty_name },
	};
	struct scan all = scan_of(text, len), line, key;

	while (scan_line(&all, &line)) {
		scan_blanks(&line);
		while (line.len && strchr(" \t\r", line.p[line.len - 1]))
			line.len--;
		if (!scan_until(&line, '=', &key))
			continue;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (scan_is(&key, known[i].key))
				(void)unquote(line, known[i].value);
	}
	*out = o;
}
