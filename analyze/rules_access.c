/* SPDX-License-Identifier: Apache-2.0 */
/* Files that let somebody in, or in again. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/content.h"
#include "analyze/rules.h"
#include "lib/base/own.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct finding *found(struct findings *out, enum rule_id rule, const struct changed *f)
{
	return rules_found(out, rule, f);
}

static bool is_file_with_content(const struct changed *f)
{
	return f->is_file && f->size > 0 && changed_is_new_content(f);
}

static void preload(const struct changed *f, struct findings *out)
{
	struct finding *it;

	if (strcmp(f->path.buf, "/etc/ld.so.preload") != 0 || !is_file_with_content(f))
		return;
	it = found(out, RULE_FILE_PRELOAD, f);
	if (f->head)
		finding_evidence(it, "it names %.*s", (int)strcspn(f->head, "\n"), f->head);
}

/* Patterns of fnmatch() in which '*' does not pass '/'; the first that matches counts. */
static const struct persistence {
	const char *pattern;
	const char *how, *attack;
} persistence[] = {
	{ "/etc/crontab", "a schedule of cron", "T1053.003" },
	{ "/etc/cron.*/*", "a schedule of cron", "T1053.003" },
	{ "/etc/anacrontab", "a schedule of anacron", "T1053.003" },
	{ "/var/spool/cron/*", "a user's schedule of cron", "T1053.003" },
	{ "/var/spool/cron/crontabs/*", "a user's schedule of cron", "T1053.003" },
	{ "/etc/crontabs/*", "a user's schedule of cron", "T1053.003" },
	{ "/var/spool/at/*", "a job of at", "T1053.002" },
	{ "/etc/systemd/system/*", "a unit of systemd", "T1543.002" },
	{ "/etc/systemd/system/*/*", "a unit of systemd", "T1543.002" },
	{ "/etc/systemd/user/*", "a unit of systemd", "T1543.002" },
	{ "/usr/lib/systemd/system/*", "a unit of systemd", "T1543.002" },
	{ "/lib/systemd/system/*", "a unit of systemd", "T1543.002" },
	{ "/root/.config/systemd/user/*", "a unit of systemd", "T1543.002" },
	{ "/home/*/.config/systemd/user/*", "a unit of systemd", "T1543.002" },
	{ "/etc/init.d/*", "a script of init", "T1037.004" },
	{ "/etc/rc*.d/*", "a script of init", "T1037.004" },
	{ "/etc/rc.local", "a script of init", "T1037.004" },
	{ "/etc/inittab", "the table of init", "T1037.004" },
	{ "/etc/profile", "run by every login shell", "T1546.004" },
	{ "/etc/profile.d/*", "run by every login shell", "T1546.004" },
	{ "/etc/bash.bashrc", "run by every shell", "T1546.004" },
	{ "/etc/bashrc", "run by every shell", "T1546.004" },
	{ "/etc/zsh/*", "run by every shell", "T1546.004" },
	{ "/etc/environment", "the environment of every login", "T1546.004" },
	{ "/root/.*rc", "run by root's shells", "T1546.004" },
	{ "/root/.*profile", "run by root's shells", "T1546.004" },
	{ "/root/.bash_login", "run by root's shells", "T1546.004" },
	{ "/root/.bash_logout", "run by root's shells", "T1546.004" },
	{ "/home/*/.*rc", "run by a user's shells", "T1546.004" },
	{ "/home/*/.*profile", "run by a user's shells", "T1546.004" },
	{ "/home/*/.bash_log*", "run by a user's shells", "T1546.004" },
	{ "/*/.ssh/rc", "run at each login by SSH", "T1546.004" },
	{ "/home/*/.ssh/rc", "run at each login by SSH", "T1546.004" },
	{ "/etc/ssh/sshrc", "run at each login by SSH", "T1546.004" },
	{ "/etc/update-motd.d/*", "run at each login", "T1546.004" },
	{ "/etc/apt/apt.conf.d/*", "can name commands that apt runs", "T1546" },
	{ "/etc/udev/rules.d/*", "a rule that runs for devices", "T1546.017" },
	{ "/etc/xdg/autostart/*", "started with each session", "T1547.013" },
	{ "/etc/ld.so.conf.d/*", "where libraries are looked for", "T1574.006" },
	{ "/etc/ld.so.conf", "where libraries are looked for", "T1574.006" },
	{ "/etc/supervisor/conf.d/*", "a program of supervisord", "T1543.002" },
	{ "/etc/logrotate.d/*", "can name commands that logrotate runs", "T1546" },
};

/* What a harmless schedule seldom has. */
static const char *const verbs[] = { "/dev/tcp/",  "curl ",      "wget ",     "nc -",
				     "ncat ",      "socat ",     "bash -i",   "sh -i",
				     "base64 -d",  "base64 --d", "python -c", "python3 -c",
				     "perl -e",    "mkfifo ",    "/dev/shm/", "/tmp/",
				     "chmod +s",   "LD_PRELOAD", "nsenter ",  "eval $(",
				     "authorized", NULL };

/* Those of no one place: Python runs the lines of the first that begin with "import". */
static const struct persistence anywhere[] = {
	{ "*/*-packages/*.pth", "run by each start of Python", "T1546.018" },
	{ "*/.git/hooks/*", "run by git", "T1546" },
};

static const struct persistence *persists_how(const char *path)
{
	for (size_t i = 0; i < COUNT(persistence); i++)
		if (!fnmatch(persistence[i].pattern, path, FNM_PATHNAME))
			return &persistence[i];
	if (!fnmatch("*.sample", path, 0))
		return NULL;
	for (size_t i = 0; i < COUNT(anywhere); i++)
		if (!fnmatch(anywhere[i].pattern, path, 0))
			return &anywhere[i];
	return NULL;
}

static void persist(const struct changed *f, struct findings *out)
{
	const struct persistence *how = persists_how(f->path.buf);
	const char *base = strrchr(f->path.buf, '/'), *verb;
	bool is_link = f->is_symlink && changed_is_new_content(f);
	struct finding *it;

	if (!how || !(is_link || is_file_with_content(f)))
		return;
	it = found(out, RULE_FILE_PERSISTENCE, f);
	it->attack = how->attack;
	finding_evidence(it, "it is %s", how->how);
	verb = f->head ? content_first_of(f->head, f->head_len, verbs) : NULL;
	if (verb)
		finding_evidence(it, "it has '%s'", verb);
	/* Editors and shells hide none of these but those that lie at home. */
	if (base[1] == '.' && !strncmp(f->path.buf, "/etc/", 5)) {
		finding_evidence(it, "its name is hidden");
		verb = base;
	}
	if (verb)
		it->severity = SEVERITY_HIGH;
}

static void keys(const struct changed *f, struct findings *out)
{
	if ((fnmatch("*/.ssh/authorized_keys*", f->path.buf, 0) != 0 &&
	     fnmatch("/etc/ssh/*authorized_keys*", f->path.buf, 0) != 0) ||
	    !is_file_with_content(f))
		return;
	(void)found(out, RULE_FILE_AUTHORIZED_KEYS, f);
}

static void sshd(const struct changed *f, struct findings *out)
{
	if ((!strcmp(f->path.buf, "/etc/ssh/sshd_config") ||
	     !fnmatch("/etc/ssh/sshd_config.d/*", f->path.buf, FNM_PATHNAME)) &&
	    is_file_with_content(f))
		(void)found(out, RULE_FILE_SSHD_CONFIG, f);
}

/* Field N of a line that ':' divides; empty where there is none. */
static size_t field(const char *line, size_t len, unsigned n, const char **out)
{
	while (n-- > 0) {
		const char *colon = len ? memchr(line, ':', len) : NULL;

		if (!colon) {
			*out = line;
			return 0;
		}
		len -= (size_t)(colon - line) + 1;
		line = colon + 1;
	}
	*out = line;
	return len && memchr(line, ':', len) ? (size_t)((const char *)memchr(line, ':', len) - line)
					     : len;
}

static bool is_zero(const char *p, size_t len)
{
	size_t i = 0;

	while (i < len && p[i] == '0')
		i++;
	return len > 0 && i == len;
}

struct accounts {
	const struct changed *file;
	struct findings *out;
};

static bool account(const char *line, size_t len, void *data)
{
	const struct accounts *a = data;
	const char *name, *uid;
	size_t name_len = field(line, len, 0, &name), uid_len = field(line, len, 2, &uid);

	if (is_zero(uid, uid_len) && name_len && !(name_len == 4 && !strncmp(name, "root", 4)))
		finding_evidence(found(a->out, RULE_FILE_SECOND_ROOT, a->file),
				 "the account '%.*s' has the uid 0", (int)name_len, name);
	return true;
}

static bool shadow(const char *line, size_t len, void *data)
{
	const struct accounts *a = data;
	const char *name, *password;
	size_t name_len = field(line, len, 0, &name), password_len = field(line, len, 1, &password);

	if (name_len && !password_len && memchr(line, ':', len)) {
		struct finding *it = found(a->out, RULE_FILE_ACCOUNTS, a->file);

		it->severity = SEVERITY_HIGH;
		finding_evidence(it, "the account '%.*s' needs no password", (int)name_len, name);
	}
	return true;
}

static void accounts(const struct changed *f, struct findings *out)
{
	static const char *const files[] = { "/etc/passwd",  "/etc/passwd-", "/etc/shadow",
					     "/etc/shadow-", "/etc/group",   "/etc/gshadow" };
	struct accounts a = { f, out };

	for (size_t i = 0; i < COUNT(files); i++) {
		if (strcmp(f->path.buf, files[i]) != 0 || !is_file_with_content(f))
			continue;
		(void)found(out, RULE_FILE_ACCOUNTS, f);
		if (f->head && i == 0)
			content_lines(f->head, f->head_len, account, &a);
		if (f->head && i == 2)
			content_lines(f->head, f->head_len, shadow, &a);
	}
}

static void sudo(const struct changed *f, struct findings *out)
{
	struct finding *it;

	if ((strcmp(f->path.buf, "/etc/sudoers") != 0 &&
	     strcmp(f->path.buf, "/etc/doas.conf") != 0 &&
	     fnmatch("/etc/sudoers.d/*", f->path.buf, FNM_PATHNAME) != 0) ||
	    !is_file_with_content(f))
		return;
	it = found(out, RULE_FILE_SUDOERS, f);
	if (f->head && content_has(f->head, f->head_len, "NOPASSWD"))
		finding_evidence(it, "it lets somebody in without a password (NOPASSWD)");
}

static bool has_open_pam(const struct changed *f)
{
	static const char *const words[] = { "pam_exec.so", "pam_permit.so", NULL };
	const char *word = f->head ? content_first_of(f->head, f->head_len, words) : NULL;

	/* pam_permit as the last "required" line is in every common-auth of Debian. */
	return word && (word == words[0] || content_has(f->head, f->head_len, "sufficient"));
}

static void pam(const struct changed *f, struct findings *out)
{
	bool is_module = !fnmatch("*/security/pam_*.so*", f->path.buf, 0);
	bool is_config = !fnmatch("/etc/pam.d/*", f->path.buf, FNM_PATHNAME) ||
			 !strcmp(f->path.buf, "/etc/pam.conf");
	struct finding *it;

	if ((!is_module && !is_config) || !is_file_with_content(f))
		return;
	it = found(out, RULE_FILE_PAM, f);
	if (is_module || has_open_pam(f)) {
		it->severity = SEVERITY_CRITICAL;
		finding_evidence(it, is_module ? "it is a module, which sees every password"
					       : "it runs a command or lets everybody in");
	}
}

void rules_access(const struct changed *f, const struct file_context *c, struct findings *out)
{
	(void)c;
	preload(f, out);
	persist(f, out);
	keys(f, out);
	sshd(f, out);
	accounts(f, out);
	sudo(f, out);
	pam(f, out);
}
