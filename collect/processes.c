/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "processes": a row for each in processes.jsonl, the raw texts behind it in proc.tar. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "collect/process.h"
#include "collect/seizure.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"

#define SOURCE       "host /proc"
#define RAW_TEXT_MAX ((size_t)8 << 20) /* of one table of a namespace */

/* Once for each network namespace but the host's: its own tables are not the container's. */
static const char *const net_texts[] = {
	"net/tcp",        "net/tcp6",     "net/udp",      "net/udp6",  "net/udplite",
	"net/udplite6",   "net/raw",      "net/raw6",     "net/icmp",  "net/icmp6",
	"net/unix",       "net/packet",   "net/netlink",  "net/route", "net/fib_trie",
	"net/ipv6_route", "net/if_inet6", "net/arp",      "net/dev",   "net/snmp",
	"net/snmp6",      "net/igmp",     "net/wireless",
};

struct taking {
	const struct survey *survey;
	struct sink *rows;
	struct tar_writer *raw;
	struct timespec now;
	struct str row, text;
	unsigned cut, failed;
};

static int put(struct taking *t, pid_t pid, const char *name, const struct str *text, struct err *e)
{
	char path[128];
	const struct tar_entry entry = {
		.path = path,
		.mode = S_IFREG | 0400,
		.size = text->len,
		.mtime = t->now,
		.atime.tv_nsec = -1,
		.ctime.tv_nsec = -1,
	};

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	if (tar_put(t->raw, &entry, e) < 0)
		return -1;
	return text->len ? tar_data(t->raw, text->buf, text->len, e) : 0;
}

static int put_texts(struct taking *t, const struct process *p, struct err *e)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (p->has[i] && put(t, p->member->pid, process_text_name((enum process_text)i),
				     &p->texts[i], e) < 0)
			return -1;
	return 0;
}

/* Of one that has ended what could not be read is no loss of ours: its row says "gone". */
static void count_losses(struct taking *t, const struct process *p, size_t row_len)
{
	bool is_cut = row_len == 0, is_failed = p->is_unhashed;

	for (size_t i = 0; i < TEXTS; i++) {
		is_cut |= p->is_cut[i];
		is_failed |= p->failed[i][0] != '\0';
	}
	t->cut += is_cut;
	t->failed += is_failed && p->dir >= 0 && !proc_has_ended(p->dir);
}

static int take_one(struct taking *t, struct process *p, const struct member *m, struct err *e)
{
	process_load(p, m);
	str_reset(&t->row);
	process_row(p, &t->row);
	if (t->row.over)
		str_reset(&t->row);
	count_losses(t, p, t->row.len);
	if (sink_write(t->rows, t->row.buf, t->row.len, e) < 0)
		return -1;
	return put_texts(t, p, e);
}

static int take_text(struct taking *t, int dir, pid_t pid, const char *name, struct err *e)
{
	struct err why = { 0 };
	bool cut;

	str_reset(&t->text);
	/* Not every kernel has every table. */
	if (proc_read(dir, name, &t->text, &cut, &why) < 0)
		return 0;
	t->cut += cut;
	return put(t, pid, name, &t->text, e);
}

static int take_namespaces(struct taking *t, struct err *e)
{
	const struct survey *s = t->survey;
	struct err why = { 0 };
	pid_t pid;

	for (size_t i = 0; i < s->nets.count; i++) {
		AUTO(fd_closep) int dir = -1;

		if (s->nets.inodes[i] == s->host_net_ns)
			continue;
		dir = survey_open_in(s, "net", s->nets.inodes[i], &pid, &why);
		for (size_t n = 0; dir >= 0 && n < sizeof(net_texts) / sizeof(net_texts[0]); n++)
			if (take_text(t, dir, pid, net_texts[n], e) < 0)
				return -1;
	}
	for (size_t i = 0; i < s->mounts.count; i++) {
		AUTO(fd_closep) int dir = survey_open_in(s, "mnt", s->mounts.inodes[i], &pid, &why);

		if (dir >= 0 && take_text(t, dir, pid, "mountinfo", e) < 0)
			return -1;
	}
	return 0;
}

static int take_all(struct taking *t, struct err *e)
{
	AUTO(hash_cache_freep) struct hash_cache *hashes = hash_cache_new(t->survey->patience);
	AUTO(process_release) struct process p;

	process_init(&p, t->survey, hashes);
	for (size_t i = 0; i < t->survey->count; i++) {
		if (stop_requested())
			return stop_err(e);
		if (take_one(t, &p, &t->survey->members[i], e) < 0)
			return -1;
	}
	if (take_namespaces(t, e) < 0)
		return -1;
	if (tar_writer_finish(t->raw, e) < 0)
		return -1;
	if (t->survey->is_cut)
		return err_set(e, ERR_LIMIT, "a limit of the survey passed: not all is in it");
	if (t->cut || t->failed)
		return err_set(e, ERR_LIMIT,
			       "%u processes or network tables are cut at a limit, %u not read "
			       "whole; see 'cut' and 'errors' in processes.jsonl",
			       t->cut, t->failed);
	return 0;
}

static void taking_release(struct taking *t)
{
	tar_writer_freep(&t->raw);
	str_release(&t->row);
	str_release(&t->text);
}

int seizure_survey(struct seizure *s, const char *kind, const char *source, struct survey **out,
		   struct err *e)
{
	struct err why = { 0 };
	struct ending how = { .outcome = OUTCOME_FAILED, .reason = why.text };

	*out = NULL;
	if (!s->survey && survey_make(&s->target, &s->survey, &why) < 0) {
		if (why.kind == ERR_ABSENT)
			how.outcome = OUTCOME_ABSENT;
		if (bundle_record(s->bundle, kind, source, &how, e) < 0)
			return -1;
		if (!seizure_is_over(s, &why))
			return 0;
		*e = why;
		return -1;
	}
	*out = s->survey;
	return 0;
}

int take_processes(struct seizure *s, struct err *e)
{
	AUTO(taking_release)
	struct taking t = {
		.row = STR_INIT(PROCESS_ROW_MAX),
		.text = STR_INIT(RAW_TEXT_MAX),
	};
	struct artifact *rows, *raw;
	struct survey *survey;
	struct err why = { 0 };
	int failed;

	if (seizure_survey(s, "processes", SOURCE, &survey, e) < 0)
		return -1;
	if (!survey)
		return 0;
	rows = artifact_begin(s->bundle, "processes", SOURCE, "process/processes.jsonl");
	raw = artifact_begin(s->bundle, "processes", SOURCE, "process/proc.tar");
	t.survey = survey;
	t.rows = artifact_sink(rows);
	t.raw = tar_writer_new(artifact_sink(raw));
	t.now.tv_sec = time(NULL);
	failed = take_all(&t, &why);
	/* Both are ended, whatever the first end says. */
	if (seizure_end(s, rows, failed, &why, NULL, e) < 0)
		failed = -2;
	if (seizure_end(s, raw, failed == 0 ? 0 : -1, &why, NULL, e) < 0 || failed == -2)
		return -1;
	return 0;
}
