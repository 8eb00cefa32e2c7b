/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the custody log: how it began, each piece, each action and warning. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/writing.h"

int writing_commit(struct bundle *b, struct err *e)
{
	struct err first = { 0 };

	if (custody_commit(&b->custody, &first) == 0)
		return 0;
	if (first.kind == ERR_SYS && writing_is_full(first.sys)) {
		__atomic_store_n(&b->full, true, __ATOMIC_RELAXED);
		if (b->reserve >= 0) {
			fd_closep(&b->reserve);
			if (custody_retry(&b->custody, &first) == 0)
				return 0;
		}
	}
	b->is_broken = true;
	*e = first;
	return -1;
}

/* Our own program, as the kernel runs it: whoever doubts the tool can compare. */
static int hash_self(char hex[SHA256_HEX], struct err *e)
{
	AUTO(fd_closep) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(65536);

	if (fd < 0)
		return err_sys(e, "open /proc/self/exe");
	for (;;) {
		ssize_t n = read(fd, block, 65536);

		if (n < 0)
			return err_sys(e, "read /proc/self/exe");
		if (n == 0)
			break;
		digest_add(d, block, (size_t)n);
	}
	digest_end(d, hex);
	return 0;
}

static void write_tool(struct jsonw *w)
{
	char hex[SHA256_HEX];
	struct err e = { 0 };

	jsonw_object(w, "tool");
	jsonw_text(w, "name", "impound");
	jsonw_text(w, "version", IMPOUND_VERSION);
	if (hash_self(hex, &e) == 0)
		jsonw_text(w, "sha256", hex);
	else
		custody_sentence(w, "sha256_error", e.text);
	jsonw_end(w);
}

/* Each word as it is; if one is not UTF-8, all of them with a NUL after each, in base64. */
static void write_command_line(struct jsonw *w, const struct bundle_meta *meta)
{
	AUTO(str_release) struct str all = STR_INIT(CUSTODY_LINE_MAX);

	for (int i = 0; i < meta->argc; i++)
		str_add(&all, meta->argv[i], strlen(meta->argv[i]) + 1);
	if (!text_is_utf8(all.buf, all.len)) {
		jsonw_bytes(w, "command_line", all.buf, all.len);
		return;
	}
	jsonw_array(w, "command_line");
	for (int i = 0; i < meta->argc; i++)
		jsonw_text(w, NULL, meta->argv[i]);
	jsonw_end(w);
}

/* One line of a file under /proc; nothing where it cannot be read. */
static void write_proc(struct jsonw *w, const char *key, const char *path)
{
	AUTO(str_release) struct str text = STR_INIT(256);
	struct err e = { 0 };

	if (file_slurp(AT_FDCWD, path, &text, &e) < 0)
		return;
	text.buf[strcspn(text.buf, "\n")] = '\0';
	custody_sentence(w, key, text.buf);
}

static void write_host(struct jsonw *w)
{
	struct utsname u;

	jsonw_object(w, "host");
	if (uname(&u) == 0) {
		custody_sentence(w, "name", u.nodename);
		custody_sentence(w, "kernel", u.release);
		custody_sentence(w, "machine", u.machine);
	}
	write_proc(w, "boot_id", "/proc/sys/kernel/random/boot_id");
	jsonw_u64(w, "uid", getuid());
	write_proc(w, "loginuid", "/proc/self/loginuid");
	jsonw_end(w);
}

/* The wall clock can be set; the time since boot cannot, and the kernel knows whether NTP holds the
 * first. */
static void write_clock(struct jsonw *w)
{
	struct timespec real = { 0 }, boot = { 0 };
	struct timex t = { 0 };
	char text[TEXT_TIME_SIZE];
	int state = adjtimex(&t);

	(void)clock_gettime(CLOCK_REALTIME, &real);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	text_time(text, &real);
	jsonw_object(w, "clock");
	jsonw_text(w, "realtime", text);
	jsonw_u64_text(w, "boottime_ns",
		       (uint64_t)boot.tv_sec * UINT64_C(1000000000) + (uint64_t)boot.tv_nsec);
	if (state < 0) {
		jsonw_null(w, "synchronised");
	} else {
		jsonw_bool(w, "synchronised", state != TIME_ERROR && !(t.status & STA_UNSYNC));
		jsonw_i64(w, "max_error_us", t.maxerror);
	}
	jsonw_end(w);
}

static void write_bytes_if(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_bytes(w, key, text, strlen(text));
}

int writing_opened(struct bundle *b, const struct bundle_meta *meta, struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, "opened");

	jsonw_text(w, "id", b->id);
	jsonw_text(w, "name", b->name);
	write_bytes_if(w, "container", meta->container);
	write_tool(w);
	write_command_line(w, meta);
	write_bytes_if(w, "operator", b->operator_name);
	write_host(w);
	write_clock(w);
	write_bytes_if(w, "case", b->case_id);
	write_bytes_if(w, "exhibit", b->exhibit);
	write_bytes_if(w, "note", b->note);
	if (meta->more) {
		jsonw_object(w, "target");
		meta->more(w, meta->more_data);
		jsonw_end(w);
	}
	return writing_commit(b, e);
}

int writing_record(struct bundle *b, struct record *r, struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, "artifact");

	jsonw_text(w, "kind", r->kind);
	jsonw_bytes(w, "source", r->source, strlen(r->source));
	jsonw_text_if(w, "path", r->path);
	jsonw_text(w, "outcome", outcome_word(r->outcome));
	jsonw_text_if(w, "by", skip_word(r->by));
	if (r->path) {
		jsonw_u64_text(w, "bytes", r->bytes);
		jsonw_text(w, "sha256", r->sha256);
	}
	jsonw_text(w, "started", r->started);
	jsonw_text(w, "ended", r->ended);
	custody_sentence(w, "error", r->reason);
	if (r->effects) {
		jsonw_array(w, "effects");
		for (char **p = r->effects; *p; p++)
			custody_sentence(w, NULL, *p);
		jsonw_end(w);
	}
	if (r->path)
		manifest_add(&b->payload, r->path, r->sha256);
	b->bytes += r->bytes;
	grow(b->records, b->record_count, b->record_cap);
	b->records[b->record_count++] = *r;
	*r = (struct record){ 0 };
	return writing_commit(b, e);
}

static int say(struct bundle *b, const char *event, const char *what, const char *detail,
	       struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, event);

	custody_sentence(w, "what", what);
	custody_sentence(w, "detail", detail);
	return writing_commit(b, e);
}

int bundle_action(struct bundle *b, const char *what, const char *detail, struct err *e)
{
	return say(b, "action", what, detail, e);
}

int bundle_warning(struct bundle *b, const char *text, struct err *e)
{
	return say(b, "warning", NULL, text, e);
}
