/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t came;
static volatile sig_atomic_t accepted;

static void on_signal(int number)
{
	/* The second may be another than the first; SA_RESETHAND has made its effect the default
	 * one. */
	if (came)
		(void)raise(number);
	came = number;
}

void stop_install(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	(void)sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		/* nohup and a shell's background jobs ignore some of them on purpose. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &act, NULL);
	}
	act.sa_handler = SIG_IGN;
	act.sa_flags = 0;
	(void)sigaction(SIGPIPE, &act, NULL);
	(void)sigaction(SIGXFSZ, &act, NULL); /* too large a file is an error of write(): EFBIG */
}

bool stop_requested(void)
{
	return came && !accepted;
}

void stop_ask(void)
{
	if (!came)
		came = SIGTERM;
}

int stop_signal(void)
{
	return came;
}

int stop_err(struct err *e)
{
	(void)err_set(e, ERR_STOPPED, "stopped by %s", strsignal(came));
	e->sys = came;
	return -1;
}

void stop_accept(void)
{
	accepted = 1;
}

void stop_heed(void)
{
	accepted = 0;
}
