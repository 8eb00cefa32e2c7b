/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyze/rules.h"
#include "lib/base/own.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct finding *rules_found_process(struct findings *out, enum rule_id rule,
				    const struct suspect *p)
{
	AUTO(freep)
	char *object = xasprintf("process %" PRIu64 " (%s)", p->pid, p->comm ? p->comm : "?");
	struct finding *f = findings_add(out, rule, object);

	if (f->evidence_all)
		return f;
	finding_when(f, p->started);
	finding_evidence(f, "pid %" PRIu64 " in the container: %s", p->ns_pid,
			 p->args && *p->args ? p->args : "(no command line)");
	if (p->exe)
		finding_evidence(f, "runs %s", p->exe);
	return f;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether NAME is WORD, or WORD and a version: "python3.11". */
static bool is_word_or_version(const char *name, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(name, word, len) && !name[len + strspn(name + len, "0123456789.")];
}

static bool is_interpreter(const struct suspect *p)
{
	static const char *const words[] = { "sh",   "bash", "dash", "ash",     "zsh",  "ksh",
					     "mksh", "fish", "tcsh", "busybox", "perl", "python",
					     "ruby", "php",  "lua",  "tclsh",   "node", "pwsh" };
	const char *names[] = { p->exe ? base_name(p->exe) : "", p->comm ? p->comm : "" };

	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t i = 0; i < COUNT(words); i++)
			if (is_word_or_version(names[n], words[i]))
				return true;
	return false;
}

static bool is_shell(const struct suspect *p)
{
	static const char *const words[] = { "sh",  "bash", "dash", "ash", "zsh",
					     "ksh", "mksh", "fish", "tcsh" };

	for (size_t i = 0; p->comm && i < COUNT(words); i++)
		if (!strcmp(p->comm, words[i]))
			return true;
	return false;
}

static void shell_on_socket(const struct suspects *s, const struct suspect *p, struct findings *out)
{
	const struct suspect_socket *k = suspects_socket(s, p->stdio_socket[0]);
	struct finding *f;

	if (!k || !k->is_stream || !k->is_established || p->stdio_socket[1] != p->stdio_socket[0] ||
	    !is_interpreter(p))
		return;
	f = rules_found_process(out, RULE_PROCESS_SHELL_ON_SOCKET, p);
	finding_evidence(f, "descriptors 0 and 1 are the connection %s to %s", k->local, k->remote);
	if (k->is_loopback)
		f->severity = SEVERITY_HIGH;
}

/* runc and crun copy themselves to memory before they enter a container. */
static bool is_runtime(const struct suspect *p)
{
	return p->exe &&
	       (!strncmp(p->exe, "/memfd:runc_cloned:", 19) ||
		!strncmp(p->exe, "/memfd:/proc/self/exe", 21)) &&
	       p->args && strstr(p->args, "init");
}

static void executable(const struct suspect *p, struct findings *out)
{
	struct finding *f;

	if (p->is_exe_memfd) {
		f = rules_found_process(out, RULE_PROCESS_MEMFD_EXECUTABLE, p);
		if (is_runtime(p))
			f->severity = SEVERITY_INFO;
	} else if (p->is_exe_deleted) {
		f = rules_found_process(out, RULE_PROCESS_DELETED_EXECUTABLE, p);
	} else {
		return;
	}
	if (p->recovered)
		finding_evidence(f, "the program is in recovered.tar as %s", p->recovered);
}

static void location(const struct suspect *p, struct findings *out)
{
	static const char *const places[] = { "/dev/", "/tmp/", "/var/tmp/", "/run/user/",
					      "/proc/" };
	const char *exe = p->exe;

	if (!exe || p->is_exe_memfd)
		return;
	for (size_t i = 0; i < COUNT(places); i++)
		if (!strncmp(exe, places[i], strlen(places[i]))) {
			finding_evidence(rules_found_process(out, RULE_PROCESS_EXECUTABLE_LOCATION,
							     p),
					 "it lies below %s", places[i]);
			return;
		}
	if (strstr(exe, "/."))
		finding_evidence(rules_found_process(out, RULE_PROCESS_EXECUTABLE_LOCATION, p),
				 "a part of its path is hidden");
}

static void injected(const struct suspect *p, struct findings *out)
{
	struct finding *f;

	if (!p->anonymous_exec_bytes)
		return;
	f = rules_found_process(out, RULE_PROCESS_INJECTED_CODE, p);
	finding_evidence(f, "%" PRIu64 " bytes of executable memory belong to no file",
			 p->anonymous_exec_bytes);
	if (p->has_jit) {
		f->severity = SEVERITY_INFO;
		finding_evidence(f, "a just-in-time compiler is mapped, which makes such memory");
	}
}

static void kernel_name(const struct suspect *p, struct findings *out)
{
	static const char *const names[] = {
		"kthreadd",  "kworker/",    "ksoftirqd/", "migration/", "rcu_",
		"kswapd",    "kcompactd",   "khugepaged", "kdevtmpfs",  "kauditd",
		"watchdog/", "watchdogd",   "irq/",       "jbd2/",      "kblockd",
		"cpuhp/",    "idle_inject", "oom_reaper", "kintegrityd"
	};
	size_t len = p->argv0 ? strlen(p->argv0) : 0;
	bool is_bracketed = len > 2 && p->argv0[0] == '[' && p->argv0[len - 1] == ']';
	bool is_named = false;

	for (size_t i = 0; p->comm && i < COUNT(names); i++)
		is_named |= !strncmp(p->comm, names[i], strlen(names[i]));
	if (!p->exe || (!is_bracketed && !is_named))
		return;
	finding_evidence(rules_found_process(out, RULE_PROCESS_KERNEL_THREAD_NAME, p),
			 "it calls itself %s, and has a program",
			 is_bracketed ? p->argv0 : p->comm);
}

static void preload(const struct suspect *p, const struct configured *c, struct findings *out)
{
	static const char *const known[] = { "libjemalloc",  "libtcmalloc", "libmimalloc",
					     "libeatmydata", "libfaketime", "libnss_wrapper",
					     "libgosu",      "libasan" };
	struct finding *f;

	if (!p->preload)
		return;
	f = rules_found_process(out, RULE_PROCESS_PRELOAD, p);
	finding_evidence(f, "%s", p->preload);
	for (size_t i = 0; i < c->preload_count; i++)
		if (!strcmp(c->preload[i], p->preload)) {
			f->severity = SEVERITY_INFO;
			finding_evidence(f, "the image asks for it");
			return;
		}
	for (size_t i = 0; i < COUNT(known); i++)
		if (!strncmp(base_name(p->preload), known[i], strlen(known[i])))
			f->severity = SEVERITY_LOW;
}

static void rights(const struct suspect *p, const struct suspect *first, struct findings *out)
{
	uint64_t more;
	struct finding *f;

	if (!first || p == first)
		return;
	more = (p->effective | p->bounding) & ~(first->effective | first->bounding);
	if (p->has_caps && first->has_caps && more) {
		f = rules_found_process(out, RULE_PROCESS_MORE_CAPABILITIES, p);
		finding_evidence(f, "capabilities beyond those of the container: %016" PRIx64,
				 more);
	}
	if (p->uid == 0 && first->uid != 0 && first->uid != UINT32_MAX) {
		f = rules_found_process(out, RULE_PROCESS_ESCALATED, p);
		finding_evidence(f, "effective uid 0; the container's first process has %" PRIu32,
				 first->uid);
	}
}

static void foreign(const struct suspect *p, const struct suspect *first, struct findings *out)
{
	if (!first || p == first || !first->pid_ns || !p->pid_ns)
		return;
	if (first->is_in_cgroup && !p->is_in_cgroup)
		finding_evidence(rules_found_process(out, RULE_PROCESS_FOREIGN, p),
				 "it is not in the container's control group");
	/* A sandbox inside makes deeper ones; the host's own is not deeper. */
	if (strcmp(p->pid_ns, first->pid_ns) != 0 && p->ns_depth <= first->ns_depth)
		finding_evidence(rules_found_process(out, RULE_PROCESS_FOREIGN, p),
				 "its pid namespace is %s, the container's %s", p->pid_ns,
				 first->pid_ns);
}

static void person(const struct suspect *p, const struct configured *c, struct findings *out)
{
	const char *history = p->histfile ? strchr(p->histfile, '=') + 1 : NULL;

	if (!is_shell(p))
		return;
	if (p->has_terminal && c->container && !c->has_terminal)
		finding_evidence(rules_found_process(out, RULE_PROCESS_INTERACTIVE, p),
				 "descriptor 0 is a terminal");
	if (history && (!*history || !strcmp(history, "/dev/null")))
		finding_evidence(rules_found_process(out, RULE_PROCESS_NO_HISTORY, p), "%s",
				 p->histfile);
}

static void miner(const struct suspect *p, struct findings *out)
{
	static const char *const marks[] = { "stratum+tcp://", "stratum+ssl://", "stratum+tls://",
					     "--donate-level", "--algo=rx/",     "--coin=monero",
					     "--nicehash" };
	static const char *const names[] = { "xmrig",    "minerd",     "cpuminer",
					     "xmr-stak", "kdevtmpfsi", "kinsing" };

	for (size_t i = 0; p->args && i < COUNT(marks); i++)
		if (strstr(p->args, marks[i])) {
			finding_evidence(rules_found_process(out, RULE_PROCESS_MINER, p),
					 "its command line has %s", marks[i]);
			return;
		}
	for (size_t i = 0; i < COUNT(names); i++)
		if ((p->comm && !strncmp(p->comm, names[i], strlen(names[i]))) ||
		    (p->exe && !strncmp(base_name(p->exe), names[i], strlen(names[i])))) {
			finding_evidence(rules_found_process(out, RULE_PROCESS_MINER, p),
					 "it is called %s", names[i]);
			return;
		}
}

void rules_running(const struct changed *f, const struct file_context *c, struct findings *out)
{
	if (!f->is_file || f->letter == 'D' || !changed_is_new_content(f))
		return;
	for (size_t i = 0; i < c->suspects->count; i++) {
		const struct suspect *p = &c->suspects->items[i];

		if (p->exe && !p->is_exe_deleted && !strcmp(p->exe, f->path.buf))
			finding_evidence(rules_found_process(out, RULE_PROCESS_DRIFTED_EXECUTABLE,
							     p),
					 "%s was %s (sha256 %s)", f->path.buf,
					 f->letter == 'A' ? "added to the image" : "changed",
					 f->sha256);
	}
}

void rules_processes(const struct suspects *s, const struct configured *c, struct findings *out)
{
	const struct suspect *first = suspects_first(s);

	for (size_t i = 0; i < s->count; i++) {
		const struct suspect *p = &s->items[i];

		shell_on_socket(s, p, out);
		executable(p, out);
		location(p, out);
		injected(p, out);
		kernel_name(p, out);
		preload(p, c, out);
		rights(p, first, out);
		foreign(p, first, out);
		person(p, c, out);
		miner(p, out);
	}
}
