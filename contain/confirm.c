/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/confirm.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "contain/show.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define DIGITS    6
#define GLANCE_MS 100
#define TEXT_MAX  ((size_t)1 << 20)

bool confirm_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* One line, however long it is; what does not fit is no answer that is asked for. */
static int read_answer(char *out, size_t size, struct err *e)
{
	size_t len = 0;
	char c;

	for (;;) {
		struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
		ssize_t n;

		/* A signal that comes just before a read() would not end it. */
		if (stop_requested())
			return stop_err(e);
		if (poll(&input, 1, GLANCE_MS) <= 0)
			continue;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read the answer");
		if (n == 0 || c == '\n')
			break;
		if (len + 1 < size)
			out[len++] = c;
	}
	out[len] = '\0';
	return 0;
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && (text[len - 1] == ' ' || text[len - 1] == '\r'))
		text[--len] = '\0';
}

int confirm(const struct act *a, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(TEXT_MAX);
	bool destroys = a->action->gate == GATE_DESTROYS;
	char wanted[DIGITS + 1] = "yes", answer[64];

	if (a->order->yes || a->already)
		return 0;
	if (destroys)
		(void)snprintf(wanted, sizeof(wanted), "%.*s", DIGITS, a->id);
	show_plan(&text, a);
	if (destroys)
		str_addf(&text,
			 "\nTo %s it, type the first six digits of its id: ", a->action->word);
	else
		str_addf(&text, "\nTo %s it, type yes: ", a->action->word);
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	fputs(text.buf, stderr);
	(void)fflush(stderr);
	if (read_answer(answer, sizeof(answer), e) < 0)
		return -1;
	trim(answer);
	if (strcmp(answer, wanted) != 0)
		return err_set(e, ERR_ENGINE, "not confirmed, so nothing was done");
	return 0;
}
