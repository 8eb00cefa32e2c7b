/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are hidden, and traces that are gone. */
#include <fnmatch.h>
#include <string.h>

#include "analyze/content.h"
#include "analyze/rules.h"
#include "lib/base/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A name that a listing does not show as it is. */
static const char *is_disguised(const char *name)
{
	size_t len = strlen(name), n;
	uint32_t point;

	if (!len)
		return NULL;
	if (name[strspn(name, ".")] == '\0')
		return "its name is nothing but dots";
	if (name[0] == ' ' || name[len - 1] == ' ')
		return "its name begins or ends with a blank";
	for (size_t i = 0; i < len; i += n) {
		n = text_decode(name + i, len - i, &point);
		if (!n)
			n = 1; /* other encodings are no disguise */
		else if (text_is_unsafe(point))
			return "its name has characters that do not show";
	}
	return NULL;
}

static bool is_usual(const char *path)
{
	static const char *const names[] = { "/tmp/.X*-lock",      "/tmp/.X11-unix",
					     "/tmp/.ICE-unix",     "/tmp/.font-unix",
					     "/tmp/.XIM-unix",     "/tmp/.Test-unix",
					     "/run/.containerenv", "/.dockerenv",
					     "/tmp/.s.PGSQL.*",    "/run/postgresql/.s.PGSQL.*" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!fnmatch(names[i], path, 0))
			return true;
	return false;
}

static void hidden(const struct changed *f, struct findings *out)
{
	static const char *const places[] = { "/tmp/*",    "/var/tmp/*", "/dev/*",  "/run/*",
					      "/usr/*",    "/bin/*",     "/sbin/*", "/lib/*",
					      "/lib64/*",  "/etc/*",     "/opt/*",  "/boot/*",
					      "/var/lib/*" };
	const char *name = strrchr(f->path.buf, '/') + 1, *how = is_disguised(name);
	struct finding *it;
	bool is_in_place = false;

	if (f->letter != 'A' || is_usual(f->path.buf))
		return;
	for (size_t i = 0; i < COUNT(places); i++)
		is_in_place |= !fnmatch(places[i], f->path.buf, 0);
	if (!how && name[0] == '.' && is_in_place)
		how = "its name begins with a dot, where nobody hides settings";
	if (how) {
		it = rules_found(out, RULE_FILE_HIDDEN, f);
		finding_evidence(it, "%s", how);
		if (content_is_elf(f->head, f->head_len) || is_disguised(name))
			it->severity = SEVERITY_HIGH;
	}
	/* Only devices and sockets belong there; memory that processes share lies in /dev/shm. */
	if (f->is_file && !strncmp(f->path.buf, "/dev/", 5) &&
	    strncmp(f->path.buf, "/dev/shm/", 9) != 0 &&
	    strncmp(f->path.buf, "/dev/mqueue/", 12) != 0)
		finding_evidence(rules_found(out, RULE_FILE_HIDDEN, f),
				 "it is a regular file among the devices");
}

/* Whether A is before B; times that are not known, or forged past the calendar, are neither. */
static bool is_before(const char *a, const char *b)
{
	return a && b && *a >= '0' && *a <= '9' && *b >= '0' && *b <= '9' && strcmp(a, b) < 0;
}

static void timestomped(const struct changed *f, const struct file_context *c, struct findings *out)
{
	struct finding *it;

	if (!f->is_file || f->letter != 'M' || !f->is_compared || !(f->differs & CHANGED_CONTENT))
		return;
	/* The content is another, and the time is the image's to the nanosecond. */
	if (!(f->differs & CHANGED_MTIME) && is_before(c->created, f->ctime)) {
		it = rules_found(out, RULE_FILE_TIMESTOMPED, f);
		finding_evidence(it, "its content was changed, and its mtime (%s) is the image's",
				 f->mtime);
		finding_evidence(it, "its inode was changed last at %s", f->ctime);
		it->severity = SEVERITY_HIGH;
	} else if (is_before(f->mtime, c->created) && is_before(c->created, f->ctime)) {
		it = rules_found(out, RULE_FILE_TIMESTOMPED, f);
		finding_evidence(it, "its mtime (%s) is before the container was made (%s)",
				 f->mtime, c->created);
	}
}

static bool is_log(const char *path)
{
	static const char *const names[] = {
		"/var/log/wtmp",      "/var/log/btmp",    "/var/log/lastlog", "/var/run/utmp",
		"/var/log/auth.log*", "/var/log/secure*", "/var/log/syslog*", "/var/log/messages*",
		"/var/log/audit/*",   "/var/log/faillog", "/var/log/cron*",   "/var/log/dpkg.log",
		"/var/log/apt/*",     "/var/log/yum.log", "/var/log/dnf*"
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (!fnmatch(names[i], path, 0))
			return true;
	return false;
}

static void wiped(const struct changed *f, struct findings *out)
{
	bool is_history = !fnmatch("*/.*_history", f->path.buf, 0);
	bool is_emptied = f->letter == 'M' && f->is_file && !f->size &&
			  (!f->is_compared || f->differs & CHANGED_CONTENT);
	struct finding *it;

	if (is_log(f->path.buf) && (f->letter == 'D' || is_emptied)) {
		it = rules_found(out, RULE_FILE_LOG_WIPED, f);
		finding_evidence(it, f->letter == 'D' ? "it was deleted" : "it was emptied");
	}
	if (is_history && (f->letter == 'D' || is_emptied ||
			   (f->is_symlink && !strcmp(f->link.buf, "/dev/null")))) {
		it = rules_found(out, RULE_FILE_HISTORY_WIPED, f);
		finding_evidence(it, f->letter == 'D' ? "it was deleted"
				     : f->is_symlink  ? "it is a link to /dev/null"
						      : "it was emptied");
	}
}

void rules_hiding(const struct changed *f, const struct file_context *c, struct findings *out)
{
	hidden(f, out);
	timestomped(f, c, out);
	wiped(f, out);
}
