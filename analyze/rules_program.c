/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are programs, and programs that are not what they were. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/content.h"
#include "analyze/rules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool matches(const char *path, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!fnmatch(patterns[i], path, 0))
			return true;
	return false;
}

/*
 * A package delivered it so: that is how it came. Where the packages' own lists were changed in the
 * container, somebody may have made them say so.
 */
static void excuse(struct finding *it, const struct file_context *c)
{
	if (!c->has_owner || !c->is_as_delivered)
		return;
	it->severity = c->has_new_packages ? SEVERITY_LOW : SEVERITY_INFO;
	finding_evidence(it, "the package %s delivered it as it is", c->owner);
}

static void privileges(const struct changed *f, const struct file_context *c, struct findings *out)
{
	struct finding *it;

	bool has_bits = f->mode & 06000 && f->mode & 0111;
	bool are_new = f->letter == 'A' || !f->is_compared ||
		       f->differs & (CHANGED_CONTENT | CHANGED_TYPE | CHANGED_MODE | CHANGED_OWNER);

	if (!f->is_file || f->letter == 'D')
		return;
	if (has_bits && are_new) {
		it = rules_found(out, RULE_FILE_SETUID, f);
		finding_evidence(it, "its mode is %04o, its owner %" PRIu64 ":%" PRIu64, f->mode,
				 f->uid, f->gid);
		excuse(it, c);
	}
	if (f->has_capabilities && (f->letter == 'A' || !f->is_compared ||
				    f->differs & (CHANGED_XATTRS | CHANGED_CONTENT)))
		finding_evidence(rules_found(out, RULE_FILE_CAPABILITY, f),
				 "it has file capabilities");
}

/* Where programs and libraries of the system lie. */
static bool is_system_place(const char *path)
{
	static const char *const places[] = { "/bin/*",       "/sbin/*",      "/lib/*",
					      "/lib64/*",     "/usr/bin/*",   "/usr/sbin/*",
					      "/usr/lib/*",   "/usr/lib64/*", "/usr/libexec/*",
					      "/usr/local/*", "/opt/*/bin/*" };

	return matches(path, places, COUNT(places));
}

static bool is_open_place(const char *path)
{
	static const char *const places[] = { "/tmp/*", "/var/tmp/*", "/dev/*", "/run/*",
					      "/var/run/*" };

	return matches(path, places, COUNT(places));
}

/* What programs write for themselves all day long. */
static bool is_cache(const char *path)
{
	static const char *const caches[] = {
		"*/__pycache__/*",      "*.pyc",    "*/node_modules/.cache/*",
		"*/.cache/*",           "*/.npm/*", "*/site-packages/*",
		"*/.git/hooks/*.sample"
	};

	return matches(path, caches, COUNT(caches));
}

static void dropped(const struct changed *f, const struct file_context *c, struct findings *out)
{
	bool is_elf = content_is_elf(f->head, f->head_len);
	struct finding *it;
	const char *how;

	if (f->letter != 'A' || (!is_elf && !content_is_script(f->head, f->head_len)))
		return;
	it = rules_found(out, RULE_FILE_DROPPED, f);
	finding_evidence(it, is_elf ? "it is an ELF program or library" : "it is a script");
	if (is_system_place(f->path.buf) || is_open_place(f->path.buf) || f->is_tmpfs)
		it->severity = SEVERITY_HIGH;
	if (is_cache(f->path.buf)) {
		it->severity = SEVERITY_INFO;
	} else if (c->has_new_packages && is_system_place(f->path.buf)) {
		it->severity = SEVERITY_LOW;
		finding_evidence(it, "packages were installed in the container: it may be of one");
	}
	if (c->knows_packages && !c->has_owner)
		finding_evidence(it, "no package owns it");
	excuse(it, c);
	if (content_is_packed(f->head, f->head_len, &how))
		finding_evidence(rules_found(out, RULE_FILE_PACKED, f), "%s", how);
}

static void replaced(const struct changed *f, const struct file_context *c, struct findings *out)
{
	struct finding *it;

	if (f->letter != 'M' || !(f->differs & CHANGED_CONTENT) || !is_system_place(f->path.buf) ||
	    (!content_is_elf(f->head, f->head_len) && !content_is_script(f->head, f->head_len)))
		return;
	it = rules_found(out, RULE_FILE_REPLACED, f);
	finding_evidence(it, "its content is not what the image has (now %s)", f->sha256);
	if (c->has_new_packages) {
		it->severity = SEVERITY_MEDIUM;
		finding_evidence(it, "packages were installed in the container: an upgrade may "
				     "have replaced it");
	}
	excuse(it, c);
}

static void trojaned(const struct changed *f, const struct file_context *c, struct findings *out)
{
	if (f->is_file && f->letter == 'M' && c->is_not_as_delivered && changed_is_new_content(f))
		finding_evidence(rules_found(out, RULE_FILE_TROJANED, f),
				 "the package %s delivered another content", c->owner);
}

static void webshell(const struct changed *f, struct findings *out)
{
	static const char *const names[] = { "*.php",  "*.php[3457]", "*.phtml", "*.phar",
					     "*.jsp",  "*.jspx",      "*.asp",   "*.aspx",
					     "*.ashx", "*.cgi",       "*.cfm" };
	static const char *const inputs[] = { "$_GET",        "$_POST",       "$_REQUEST",
					      "$_COOKIE",     "php://input",  "getParameter(",
					      "Request.Item", "Request.Form", "Request[",
					      "HTTP_",        "QUERY_STRING", NULL };
	static const char *const runs[] = { "eval(",
					    "assert(",
					    "system(",
					    "shell_exec(",
					    "passthru(",
					    "proc_open(",
					    "popen(",
					    "create_function(",
					    "getRuntime()",
					    "ProcessBuilder",
					    "Process.Start",
					    "pcntl_exec(",
					    "exec(",
					    "`",
					    NULL };
	static const char *const hides[] = { "base64_decode(", "gzinflate(",        "str_rot13(",
					     "gzuncompress(",  "FromBase64String(", NULL };
	const char *how[3];
	unsigned features = 0;
	struct finding *it;

	if (!matches(f->path.buf, names, COUNT(names)))
		return;
	how[0] = content_first_of(f->head, f->head_len, inputs);
	how[1] = content_first_of(f->head, f->head_len, runs);
	how[2] = content_first_of(f->head, f->head_len, hides);
	for (unsigned i = 0; i < COUNT(how); i++)
		features += how[i] != NULL;
	/* A page that reads its parameters is an ordinary page. */
	if (!how[1] || features < 2)
		return;
	it = rules_found(out, RULE_FILE_WEBSHELL, f);
	for (unsigned i = 0; i < COUNT(how); i++)
		if (how[i])
			finding_evidence(it, "it has '%s'", how[i]);
	if (!how[0] || !fnmatch("*/cache/*", f->path.buf, 0) ||
	    !fnmatch("*/templates_c/*", f->path.buf, 0))
		it->severity = SEVERITY_MEDIUM;
}

static void miner(const struct changed *f, struct findings *out)
{
	static const char *const pools[] = { "stratum+tcp://", "stratum+ssl://", "stratum+tls://",
					     NULL };
	static const char *const marks[] = { "donate-level", "\"rx/0\"", "randomx", "RandomX",
					     "cryptonight",  "nicehash", "xmrig",   NULL };
	const char *pool = content_first_of(f->head, f->head_len, pools);
	const char *mark = content_first_of(f->head, f->head_len, marks);
	struct finding *it;

	/* Scanners and their rules name one or the other. */
	if (!pool || !mark)
		return;
	it = rules_found(out, RULE_FILE_MINER, f);
	finding_evidence(it, "it has '%s' and '%s'", pool, mark);
}

void rules_program(const struct changed *f, const struct file_context *c, struct findings *out)
{
	privileges(f, c, out);
	trojaned(f, c, out);
	if (!f->head || !changed_is_new_content(f))
		return;
	dropped(f, c, out);
	replaced(f, c, out);
	webshell(f, out);
	miner(f, out);
}
