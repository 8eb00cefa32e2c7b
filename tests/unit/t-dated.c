/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/dated.h"
#include "lib/base/own.h"

/* Lines in, "time text\n" for each thing that happened out. */
static char *told(enum dated_kind kind, const char *lines)
{
	AUTO(str_release) struct str out = STR_INIT(1 << 20);
	AUTO(dated_release) struct dated d;

	dated_init(&d, kind);
	while (*lines) {
		size_t len = strcspn(lines, "\n"), text_len = 0;
		/* So that a sanitizer sees what is read behind the end. */
		AUTO(freep) char *line = xmalloc(len ? len : 1);
		char time[WHEN_SIZE];
		const char *text = NULL;
		struct when when;

		memcpy(line, lines, len);
		if (dated_line(&d, line, len, &when, &text, &text_len)) {
			when_show(time, &when, 9);
			str_addf(&out, "%s %.*s\n", time, (int)text_len, text);
		}
		lines += len;
		lines += *lines == '\n';
	}
	return str_detach(&out);
}

static void tells(enum dated_kind kind, const char *lines, const char *want)
{
	AUTO(freep) char *got = told(kind, lines);

	assert_string_equal(got, want);
}

static void test_bash(void **state)
{
	(void)state;
	tells(DATED_SHELL,
	      "before\n#1700000000\nls -l\n#1700000001\nfor i in 1; do\necho\ndone\n# a comment\n",
	      "2023-11-14T22:13:20Z ls -l\n2023-11-14T22:13:21Z for i in 1; do\n"
	      "2023-11-14T22:13:21Z echo\n2023-11-14T22:13:21Z done\n"
	      "2023-11-14T22:13:21Z # a comment\n");
	tells(DATED_SHELL, "ls\n#\n#x\nrm\n", "");
	/* Forged: far away, and past all times. */
	tells(DATED_SHELL, "#99999999999999\na\n#99999999999999999999\nb\n",
	      "@99999999999999 a\n@99999999999999 #99999999999999999999\n@99999999999999 b\n");
}

static void test_zsh(void **state)
{
	(void)state;
	tells(DATED_SHELL, ": 1700000000:0;ls\n: 1700000001:12;echo a\\\nb\nnothing\n: 17:;x\n",
	      "2023-11-14T22:13:20Z ls\n2023-11-14T22:13:21Z echo a\\\n2023-11-14T22:13:21Z b\n"
	      "1970-01-01T00:00:17Z x\n");
	tells(DATED_SHELL, ": \n: x\n: 17\n: 17:\n: 17:0\n: 17:0;\n", "");
}

static void test_fish(void **state)
{
	(void)state;
	tells(DATED_SHELL,
	      "- cmd: ls\n  when: 1700000000\n  paths:\n    - x\n- cmd: rm\n  when: x\n",
	      "2023-11-14T22:13:20Z ls\n");
}

static void test_dpkg(void **state)
{
	(void)state;
	tells(DATED_DPKG,
	      "2023-11-14 22:13:19 startup archives unpack\n"
	      "2023-11-14 22:13:20 install nc:amd64 <none> 1.10\n"
	      "2023-11-14 22:13:20 status half-installed nc:amd64 1.10\n"
	      "2023-11-14 22:13:21 remove nc:amd64 1.10 <none>\n"
	      "2023-11-14 22:13:2\n2023-11-14 22:13:20\n2023-11-14 22:13:20 install\n"
	      "2023-99-14 22:13:20 install x\n",
	      "2023-11-14T22:13:20 install nc:amd64 <none> 1.10\n"
	      "2023-11-14T22:13:21 remove nc:amd64 1.10 <none>\n");
}

static void test_apt(void **state)
{
	(void)state;
	tells(DATED_APT,
	      "\nStart-Date: 2023-11-14  22:13:20\nCommandline: apt install nc\n"
	      "Install: nc:amd64 (1.10)\nEnd-Date: 2023-11-14  22:13:22\n\n"
	      "Start-Date: soon\nCommandline: apt purge nc\n",
	      "2023-11-14T22:13:20 Commandline: apt install nc\n"
	      "2023-11-14T22:13:20 Install: nc:amd64 (1.10)\n");
}

static void test_dnf(void **state)
{
	(void)state;
	tells(DATED_DNF,
	      "2023-11-14T22:13:20+0200 SUBDEBUG Installed: nc-1.10-1.x86_64\n"
	      "2023-11-14T22:13:20Z SUBDEBUG Erase: nc-1.10-1.x86_64\n"
	      "2023-11-14T22:13:20Z INFO --- logging initialized ---\n"
	      " SUBDEBUG x\nnonsense-nonsense-nonse SUBDEBUG x\n",
	      "2023-11-14T20:13:20Z Installed: nc-1.10-1.x86_64\n"
	      "2023-11-14T22:13:20Z Erase: nc-1.10-1.x86_64\n");
}

static void test_kinds(void **state)
{
	static const struct {
		const char *path;
		enum dated_kind kind;
	} want[] = {
		{ "/root/.bash_history", DATED_SHELL },
		{ "/root/.local/share/fish/fish_history", DATED_SHELL },
		{ "/root/.history", DATED_SHELL },
		{ "/root/history", DATED_NONE },
		{ "/var/log/dpkg.log", DATED_DPKG },
		{ "/var/log/dpkg.log.2.gz", DATED_DPKG },
		{ "/var/log/dpkg.logs", DATED_NONE },
		{ "/var/log/apt/history.log", DATED_APT },
		{ "/srv/history.log", DATED_NONE },
		{ "/var/log/dnf.rpm.log-20231114", DATED_DNF },
		{ "/var/log/wtmp", DATED_LOGINS },
		{ "/run/utmp", DATED_LOGINS },
		{ "/var/log/btmp.1", DATED_FAILED_LOGINS },
		{ "/", DATED_NONE },
		{ "", DATED_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(dated_kind_of(want[i].path), want[i].kind);
}

static void put(unsigned char *record, bool is_long, unsigned char type, const char *line,
		const char *user, const char *host, uint64_t seconds, uint32_t micros)
{
	unsigned char *time = record + (is_long ? 344 : 340);
	size_t width = is_long ? 8 : 4;

	memset(record, 0, UTMP_SIZE_64);
	record[0] = type;
	memcpy(record + 8, line, strnlen(line, 32));
	memcpy(record + 44, user, strnlen(user, 32));
	memcpy(record + 76, host, strnlen(host, 256));
	for (size_t i = 0; i < width; i++) {
		time[i] = (unsigned char)(seconds >> 8 * i);
		time[width + i] = (unsigned char)((uint64_t)micros >> 8 * i);
	}
}

static void login(bool is_long, bool is_failed, const unsigned char *record, const char *want)
{
	AUTO(str_release) struct str what = STR_INIT(1000);
	char time[WHEN_SIZE];
	struct when when;

	if (!utmp_record(record, is_long ? UTMP_SIZE_64 : UTMP_SIZE_32, is_failed, &when, &what)) {
		assert_string_equal("", want);
		return;
	}
	when_show(time, &when, 6);
	str_addf(&what, " at %s", time);
	assert_string_equal(what.buf, want);
}

static void test_logins(void **state)
{
	unsigned char r[UTMP_SIZE_64];

	(void)state;
	for (int is_long = 0; is_long < 2; is_long++) {
		put(r, is_long, 7, "pts/0", "root", "10.0.0.1", 1700000000, 250000);
		login(is_long, false, r,
		      "login root on pts/0 from 10.0.0.1 at 2023-11-14T22:13:20.250000Z");
		login(is_long, true, r,
		      "failed login root on pts/0 from 10.0.0.1 at 2023-11-14T22:13:20.250000Z");
		put(r, is_long, 8, "pts/0", "", "", 1700000001, 0);
		login(is_long, false, r, "logout on pts/0 at 2023-11-14T22:13:21.000000Z");
		put(r, is_long, 2, "~", "reboot", "6.1.0", 0, 0);
		login(is_long, false, r,
		      "boot reboot on ~ from 6.1.0 at 1970-01-01T00:00:00.000000Z");
		put(r, is_long, 0, "", "", "", 0, 0);
		login(is_long, false, r, "");
		login(is_long, true, r, "");
		put(r, is_long, 77, "x", "x", "x", 1, 1);
		login(is_long, false, r, "");
	}
	/* A field without its NUL, and microseconds that are none. */
	put(r, false, 7, "0123456789012345678901234567890123", "root", "", UINT32_MAX, UINT32_MAX);
	login(false, false, r,
	      "login root on 01234567890123456789012345678901 at 2106-02-07T06:28:15.967295Z");
	assert_int_equal(utmp_size(384), 384);
	assert_int_equal(utmp_size(400), 400);
	assert_int_equal(utmp_size(9600), 384);
	assert_int_equal(utmp_size(100), 384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bash),  cmocka_unit_test(test_zsh),
		cmocka_unit_test(test_fish),  cmocka_unit_test(test_dpkg),
		cmocka_unit_test(test_apt),   cmocka_unit_test(test_dnf),
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
