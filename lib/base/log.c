/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define LINE_LIMIT ((size_t)4 << 10) /* longer lines are cut */

static const char *name;
static enum log_level level_now = LOG_NORMAL;
static void (*before_line)(void);

void log_setup(const char *command, enum log_level level)
{
	name = command;
	level_now = level;
}

enum log_level log_level(void)
{
	return level_now;
}

void log_on_line(void (*fn)(void))
{
	before_line = fn;
}

printf_like(2, 0) static void line(const char *word, const char *fmt, va_list ap)
{
	AUTO(str_release) struct str out = STR_INIT(8 * LINE_LIMIT);
	char raw[LINE_LIMIT];

	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	str_addf(&out, "impound: %s%s%s", name ? name : "", name ? ": " : "", word);
	text_show(&out, raw, strlen(raw));
	str_addc(&out, '\n');
	if (before_line)
		before_line();
	(void)fwrite(out.buf, 1, out.len, stderr);
}

#define LEVEL_LINE(fn, least, word)                                                                \
	void fn(const char *fmt, ...)                                                              \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (level_now < (least))                                                           \
			return;                                                                    \
		va_start(ap, fmt);                                                                 \
		line((word), fmt, ap);                                                             \
		va_end(ap);                                                                        \
	}

LEVEL_LINE(log_error, LOG_QUIET, "")
LEVEL_LINE(log_warn, LOG_NORMAL, "warning: ")
LEVEL_LINE(log_info, LOG_NORMAL, "")
LEVEL_LINE(log_debug, LOG_VERBOSE, "")
