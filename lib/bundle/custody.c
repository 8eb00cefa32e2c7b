/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/custody.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

void custody_init(struct custody *c, int fd)
{
	*c = (struct custody){ .fd = fd,
			       .head = CUSTODY_ZERO,
			       .what = "the custody log",
			       .line = STR_INIT(CUSTODY_LINE_MAX) };
	c->whole = digest_new();
}

void custody_release(struct custody *c)
{
	fd_closep(&c->fd);
	digest_freep(&c->whole);
	str_release(&c->line);
}

struct jsonw *custody_begin(struct custody *c, const char *event)
{
	char now[TEXT_TIME_SIZE];

	text_now(now);
	str_reset(&c->line);
	jsonw_init(&c->w, &c->line);
	jsonw_object(&c->w, NULL);
	jsonw_u64(&c->w, "seq", c->seq);
	jsonw_text(&c->w, "prev", c->head);
	jsonw_text(&c->w, "time", now);
	jsonw_text(&c->w, "event", event);
	return &c->w;
}

/*
 * One write: whoever reads the log at that moment, or after a crash, sees a line or none. A line
 * that was cut by a full disk, or that the disk may not have, is taken back, so that the next one
 * neither begins in the middle of it nor has its number.
 */
static int append(const struct custody *c, struct err *e)
{
	ssize_t n;

	do
		n = write(c->fd, c->line.buf, c->line.len);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n < c->line.len)
		errno = ENOSPC;
	else if (n >= 0 && fdatasync(c->fd) == 0)
		return 0;
	(void)err_sys(e, "write %s", c->what);
	if (n > 0 && ftruncate(c->fd, (off_t)c->bytes) < 0)
		return err_set(e, ERR_INTEGRITY, "take back a line of %s: %s", c->what,
			       strerror(errno));
	return -1;
}

int custody_commit(struct custody *c, struct err *e)
{
	jsonw_line(&c->w);
	return custody_retry(c, e);
}

int custody_retry(struct custody *c, struct err *e)
{
	if (str_ok(&c->line, "a line", e) < 0)
		return err_wrap(e, "%s", c->what);
	if (append(c, e) < 0)
		return -1;
	c->seq++;
	c->bytes += c->line.len;
	digest_of(c->line.buf, c->line.len, c->head);
	digest_add(c->whole, c->line.buf, c->line.len);
	return 0;
}

void custody_sentence(struct jsonw *w, const char *key, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	AUTO(str_release) struct str shown = STR_INIT(CUSTODY_LINE_MAX);

	if (!len)
		return;
	if (text_is_utf8(text, len)) {
		jsonw_text(w, key, text);
		return;
	}
	text_show(&shown, text, len);
	jsonw_text(w, key, shown.buf);
}

void custody_chain_init(struct custody_chain *c)
{
	*c = (struct custody_chain){ .head = CUSTODY_ZERO };
}

void custody_pass(struct custody_chain *c, const char digest[SHA256_HEX])
{
	(void)snprintf(c->head, sizeof(c->head), "%s", digest);
	c->seq++;
}

struct cJSON *custody_follow(struct custody_chain *c, const char *line, size_t len, bool *follows,
			     struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct custody_chain was = *c;
	char digest[SHA256_HEX];
	const char *prev;
	struct obj o;
	uint64_t seq;

	/* Whatever this line is, the next one must name it. */
	digest_of(line, len, digest);
	custody_pass(c, digest);
	if (!len || line[len - 1] != '\n') {
		(void)err_set(e, ERR_FORMAT, "is torn: it does not end in LF");
		return NULL;
	}
	doc = json_parse(line, len - 1, e);
	if (!doc)
		return NULL;
	o = obj_begin(doc, "the line", e);
	seq = obj_u64(&o, "seq");
	prev = obj_text(&o, "prev");
	(void)obj_text(&o, "time");
	(void)obj_text(&o, "event");
	if (obj_end(&o) < 0)
		return NULL;
	if (seq > CUSTODY_SEQ_MAX) {
		(void)err_set(e, ERR_FORMAT, "has a number that no line has");
		return NULL;
	}
	*follows = seq == was.seq && !strcmp(prev, was.head);
	/* One line that was taken out is one fault, not one for each line after it. */
	c->seq = seq + 1;
	return steal(&doc);
}
