/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/dated.h"

#include <string.h>

#include "lib/base/text.h"

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(text, with, strlen(with));
}

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), tail = strlen(with);

	return len >= tail && !strcmp(text + len - tail, with);
}

/* NAME itself, or rotated: "wtmp", "wtmp.1", "dpkg.log.2.gz", "history.log-20240101". */
static bool is_log(const char *base, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(base, name, len) && (!base[len] || strchr(".-", base[len]));
}

enum dated_kind dated_kind_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	if (ends(base, "_history") || !strcmp(base, ".history"))
		return DATED_SHELL;
	if (is_log(base, "dpkg.log"))
		return DATED_DPKG;
	if (is_log(base, "history.log") && strstr(path, "/apt/"))
		return DATED_APT;
	if (is_log(base, "dnf.rpm.log"))
		return DATED_DNF;
	if (is_log(base, "wtmp") || !strcmp(base, "utmp"))
		return DATED_LOGINS;
	return is_log(base, "btmp") ? DATED_FAILED_LOGINS : DATED_NONE;
}

void dated_init(struct dated *d, enum dated_kind kind)
{
	*d = (struct dated){ .kind = kind, .command = STR_INIT(DATED_LINE_MAX) };
}

void dated_release(struct dated *d)
{
	str_release(&d->command);
}

/* Digits at P, as seconds; how many there are, 0 where it is no number of seconds. */
static size_t seconds_at(const char *p, size_t len, struct when *out)
{
	int64_t n = 0;
	size_t i = 0;

	for (; i < len && p[i] >= '0' && p[i] <= '9'; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (int64_t)(p[i] - '0'), &n))
			return 0;
	if (i)
		*out = (struct when){ .at = { .tv_sec = n } };
	return i;
}

/* ": 1700000000:0;command": zsh with EXTENDED_HISTORY. A backslash at the end goes on. */
static bool zsh_line(struct dated *d, const char *line, size_t len, size_t *skip)
{
	size_t n, at = 2;

	if (!begins(line, len, ": "))
		return false;
	n = seconds_at(line + at, len - at, &d->when);
	at += n;
	if (!n || at >= len || line[at] != ':')
		return false;
	for (at++; at < len && line[at] >= '0' && line[at] <= '9';)
		at++;
	if (at >= len || line[at] != ';')
		return false;
	*skip = at + 1;
	d->has_when = false; /* that would be bash's way */
	d->goes_on = line[len - 1] == '\\';
	return true;
}

/* "- cmd: …", then "  when: …". */
static bool fish_line(struct dated *d, const char *line, size_t len)
{
	static const char cmd[] = "- cmd: ", when[] = "  when: ";
	size_t skip = strlen(when);

	if (begins(line, len, cmd)) {
		str_reset(&d->command);
		str_add(&d->command, line + strlen(cmd), len - strlen(cmd));
		return false;
	}
	return d->command.len && begins(line, len, when) &&
	       seconds_at(line + skip, len - skip, &d->when) == len - skip;
}

static bool shell_line(struct dated *d, const char *line, size_t len, const char **text,
		       size_t *text_len)
{
	size_t skip = 0;
	bool is_more = d->goes_on;

	if (is_more) {
		d->goes_on = line[len - 1] == '\\';
	} else if (line[0] == '#' && seconds_at(line + 1, len - 1, &d->when) == len - 1 &&
		   len > 1) {
		d->has_when = true; /* of all the lines up to the next of these */
		return false;
	} else if (fish_line(d, line, len)) {
		*text = d->command.buf;
		*text_len = d->command.len;
		return true;
	} else if (!zsh_line(d, line, len, &skip) && !d->has_when) {
		return false;
	}
	*text = line + skip;
	*text_len = len - skip;
	return true;
}

/* "2023-11-14 22:13:20 install bash:amd64 <none> 5.2.15-2", and much about states in between. */
static bool dpkg_line(struct dated *d, const char *line, size_t len, const char **text,
		      size_t *text_len)
{
	static const char *const told[] = { "install ", "upgrade ", "remove ", "purge ",
					    "disappear " };
	struct err unsaid;

	if (len < 20 || when_parse_local(line, 19, &d->when, &unsaid) < 0)
		return false;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (!begins(line + 20, len - 20, told[i]))
			continue;
		*text = line + 20;
		*text_len = len - 20;
		return true;
	}
	return false;
}

/* "Start-Date: 2023-11-14  22:13:20", then what was asked for and done, a line each. */
static bool apt_line(struct dated *d, const char *line, size_t len, const char **text,
		     size_t *text_len)
{
	static const char start[] = "Start-Date: ", end[] = "End-Date:";
	size_t skip = strlen(start);
	struct err unsaid;

	if (begins(line, len, start)) {
		d->has_when = when_parse_local(line + skip, len - skip, &d->when, &unsaid) == 0;
		return false;
	}
	if (!d->has_when || begins(line, len, end))
		return false;
	*text = line;
	*text_len = len;
	return true;
}

/* "2023-11-14T22:13:20+0000 SUBDEBUG Installed: bash-5.2.15-1.x86_64"; its zone has no colon. */
static bool dnf_line(struct dated *d, const char *line, size_t len, const char **text,
		     size_t *text_len)
{
	static const char level[] = " SUBDEBUG ";
	char time[32];
	const char *at = memmem(line, len, level, strlen(level));
	size_t n = at ? (size_t)(at - line) : 0;
	struct err unsaid;

	if (n < 20 || n > 26 || memchr(line, '\0', n))
		return false;
	memcpy(time, line, n);
	time[n] = '\0';
	if (n == 24 && (time[19] == '+' || time[19] == '-')) {
		memmove(time + 23, time + 22, 3);
		time[22] = ':';
	}
	if (when_parse(time, &d->when, &unsaid) < 0)
		return false;
	*text = at + strlen(level);
	*text_len = len - n - strlen(level);
	return true;
}

bool dated_line(struct dated *d, const char *line, size_t len, struct when *when, const char **text,
		size_t *text_len)
{
	bool happened = false;

	if (!len)
		return false;
	if (d->kind == DATED_SHELL)
		happened = shell_line(d, line, len, text, text_len);
	else if (d->kind == DATED_DPKG)
		happened = dpkg_line(d, line, len, text, text_len);
	else if (d->kind == DATED_APT)
		happened = apt_line(d, line, len, text, text_len);
	else if (d->kind == DATED_DNF)
		happened = dnf_line(d, line, len, text, text_len);
	if (happened)
		*when = d->when;
	return happened && *text_len;
}
