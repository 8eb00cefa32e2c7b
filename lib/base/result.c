/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/result.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

void result_begin(struct jsonw *w, struct str *out, const char *command, int status)
{
	jsonw_init(w, out);
	jsonw_object(w, NULL);
	jsonw_text(w, "schema", "impound-result/1");
	jsonw_text(w, "command", command);
	jsonw_i64(w, "exit_code", status);
	jsonw_text(w, "status", status_word(status));
	jsonw_text(w, "tool", "impound " IMPOUND_VERSION);
}

void result_flush(struct jsonw *w)
{
	(void)fwrite(w->out->buf, 1, w->out->len, stdout);
	str_reset(w->out);
}

void result_print(struct jsonw *w)
{
	jsonw_line(w);
	result_flush(w);
}

bool result_is_wanted(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

void result_error(const char *command, int status, const struct err *e)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	AUTO(str_release) struct str shown = STR_INIT(8 * sizeof(e->text));
	struct jsonw w;

	/* Foreign bytes may have come into the sentence; escaped it is UTF-8 for sure. */
	text_show(&shown, e->text, strlen(e->text));
	result_begin(&w, &out, command, status);
	jsonw_text(&w, "error", shown.buf);
	result_print(&w);
}
