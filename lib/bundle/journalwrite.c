/* SPDX-License-Identifier: Apache-2.0 */
/* A line for the journal: behind whatever stands at its end now, under its lock. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/login.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/journaling.h"
#include "lib/bundle/scene.h"

static int read_at(const struct journal *j, void *p, size_t len, uint64_t at, struct err *e)
{
	ssize_t n;

	do
		n = pread(j->log.fd, p, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read the journal '%s'", j->path);
	if ((size_t)n < len)
		return err_set(e, ERR_INTEGRITY, "the journal '%s' was cut while it was read",
			       j->path);
	return 0;
}

/* What the next line must say, from the last one alone. False where that one is no line. */
static int read_last(const struct journal *j, uint64_t bytes, struct custody_chain *out,
		     bool *is_line, struct err *e)
{
	size_t len = bytes < CUSTODY_LINE_MAX + 1 ? (size_t)bytes : CUSTODY_LINE_MAX + 1;
	AUTO(freep) char *tail = xmalloc(len);
	AUTO(json_freep) struct cJSON *doc = NULL;
	const char *line = tail, *lf;
	struct err why = { 0 };
	bool follows;

	if (read_at(j, tail, len, bytes - len, e) < 0)
		return -1;
	lf = len > 1 ? memrchr(tail, '\n', len - 1) : NULL;
	if (lf)
		line = lf + 1;
	custody_chain_init(out);
	if (lf || len == bytes)
		doc = custody_follow(out, line, len - (size_t)(line - tail), &follows, &why);
	*is_line = doc != NULL;
	return 0;
}

/* A last line that a crash cut short becomes a line, whatever it says. */
static int end_line(struct journal *j, uint64_t *bytes, bool *was_cut, struct err *e)
{
	char last = '\n';

	if (*bytes && read_at(j, &last, 1, *bytes - 1, e) < 0)
		return -1;
	*was_cut = last != '\n';
	if (!*was_cut)
		return 0;
	if (write(j->log.fd, "\n", 1) != 1)
		return err_sys(e, "end the torn last line of the journal '%s'", j->path);
	++*bytes;
	return 0;
}

static void write_scene(struct jsonw *w)
{
	char id[BUNDLE_ID_HEX];
	unsigned char random[BUNDLE_ID_SIZE];

	if (getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random)) {
		text_hex(id, random, sizeof(random));
		jsonw_text(w, "id", id);
	}
	jsonw_object(w, "scene");
	scene_tool(w);
	scene_host(w);
	scene_clock(w);
	jsonw_end(w);
}

static struct jsonw *begin(struct journal *j, const char *event)
{
	struct jsonw *w = custody_begin(&j->log, event);
	struct utsname u;

	scene_boottime(w);
	scene_boot_id(w);
	if (uname(&u) == 0)
		custody_sentence(w, "host", u.nodename);
	jsonw_text(w, "tool", "impound " IMPOUND_VERSION);
	jsonw_u64(w, "pid", (uint64_t)getpid());
	return w;
}

/* Says how many lines before this one are none, so that none more can be made so later. */
static int own_up(struct journal *j, uint64_t lines, struct err *e)
{
	struct jsonw *w = begin(j, "torn");

	jsonw_u64(w, "lines", lines);
	jsonw_text(w, "detail",
		   lines ? "a crash cut what stands before this line"
			 : "a crash cut the end of the line before this one, which is whole but "
			   "for that");
	return custody_commit(&j->log, e);
}

/* Where the next line goes and what it must say; others may have written since we did. */
static int find_end(struct journal *j, struct err *e)
{
	struct journal_scan scan = { 0 };
	uint64_t bytes;
	bool was_cut, is_line = true;

	if (journal_size(j, &bytes, e) < 0 || end_line(j, &bytes, &was_cut, e) < 0)
		return -1;
	custody_chain_init(&scan.chain);
	if (bytes && read_last(j, bytes, &scan.chain, &is_line, e) < 0)
		return -1;
	if (!is_line && journal_scan(j, bytes, NULL, NULL, &scan, e) < 0)
		return -1;
	j->log.bytes = bytes;
	j->log.seq = scan.chain.seq;
	memcpy(j->log.head, scan.chain.head, sizeof(j->log.head));
	return was_cut || scan.unreadable ? own_up(j, scan.unreadable, e) : 0;
}

static int prepare(struct journal *j, struct err *e)
{
	if (find_end(j, e) < 0)
		return -1;
	if (j->log.bytes)
		return 0;
	write_scene(begin(j, "opened"));
	return custody_commit(&j->log, e);
}

struct jsonw *journal_begin(struct journal *j, const char *event, struct err *e)
{
	if (journal_lock(j, LOCK_EX, e) < 0)
		return NULL;
	if (prepare(j, e) < 0) {
		journal_unlock(j);
		(void)err_wrap(e, "'%s'", j->path);
		return NULL;
	}
	return begin(j, event);
}

int journal_commit(struct journal *j, uint64_t *seq, struct err *e)
{
	uint64_t number = j->log.seq;
	int failed = custody_commit(&j->log, e);

	journal_unlock(j);
	if (failed < 0)
		return err_wrap(e, "'%s'", j->path);
	if (seq)
		*seq = number;
	return 0;
}

static void write_if(struct jsonw *w, const char *key, const char *text)
{
	if (text && text[0])
		jsonw_bytes(w, key, text, strlen(text));
}

void journal_who(struct jsonw *w, const char *named)
{
	write_if(w, "operator", named ? named : login_name());
	jsonw_u64(w, "uid", getuid());
	scene_loginuid(w);
	write_if(w, "sudo_user", login_sudo_user());
	write_if(w, "tty", login_tty());
	write_if(w, "ssh_connection", login_connection());
}
