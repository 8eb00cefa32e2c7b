/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/stream.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define COPY_BLOCK ((size_t)256 << 10)

ssize_t source_read(struct source *s, void *p, size_t len, struct err *e)
{
	return s->read(s, p, len, e);
}

uint64_t source_skip(struct source *s, uint64_t len)
{
	return s->skip ? s->skip(s, len) : 0;
}

ssize_t source_read_full(struct source *s, void *p, size_t len, struct err *e)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = s->read(s, (char *)p + got, len - got, e);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int source_slurp(struct source *s, struct str *out, const char *what, struct err *e)
{
	AUTO(freep) char *block = xmalloc(65536);

	for (;;) {
		ssize_t n = s->read(s, block, 65536, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		str_add(out, block, (size_t)n);
		if (str_ok(out, what, e) < 0)
			return -1;
	}
}

void source_closep(struct source **s)
{
	struct source *it = steal(s);

	if (it)
		it->close(it);
}

int sink_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	return s->write(s, p, len, e);
}

int sink_finish(struct sink *s, struct err *e)
{
	return s->finish(s, e);
}

void sink_closep(struct sink **s)
{
	struct sink *it = steal(s);

	if (it)
		it->close(it);
}

int stream_copy(struct source *from, struct sink *to, uint64_t limit, const struct tick *tick,
		uint64_t *copied, struct err *e)
{
	AUTO(freep) char *block = xmalloc(COPY_BLOCK);
	uint64_t done = 0;
	int result = -1;

	for (;;) {
		ssize_t n;
		size_t fit;

		if (stop_requested()) {
			(void)stop_err(e);
			break;
		}
		n = from->read(from, block, COPY_BLOCK, e);
		if (n < 0)
			break;
		if (n == 0) {
			result = 0;
			break;
		}
		fit = (uint64_t)n > limit - done ? (size_t)(limit - done) : (size_t)n;
		if (fit && to->write(to, block, fit, e) < 0)
			break;
		done += fit;
		if (tick)
			tick->fn(tick->data, fit);
		if (fit < (size_t)n) {
			(void)err_set(e, ERR_LIMIT, "more than the limit of %llu bytes",
				      (unsigned long long)limit);
			break;
		}
	}
	if (copied)
		*copied = done;
	return result;
}

struct fd_source {
	struct source source;
	int fd;
};

static ssize_t fd_source_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct fd_source *f = (struct fd_source *)s;

	for (;;) {
		ssize_t n = read(f->fd, p, len);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return err_sys(e, "read");
		if (stop_requested())
			return stop_err(e);
	}
}

static void fd_source_close(struct source *s)
{
	fd_closep(&((struct fd_source *)s)->fd);
	free(s);
}

struct source *source_of_fd(int fd)
{
	struct fd_source *f = xcalloc(1, sizeof(*f));

	f->source = (struct source){ .read = fd_source_read, .close = fd_source_close };
	f->fd = fd;
	return &f->source;
}

struct range_source {
	struct source source;
	int fd;
	uint64_t at, left;
};

static ssize_t range_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct range_source *r = (struct range_source *)s;

	if (len > r->left)
		len = (size_t)r->left;
	while (len) {
		ssize_t n = pread(r->fd, p, len, (off_t)r->at);

		if (n == 0)
			return err_set(e, ERR_FORMAT, "the file ends %llu bytes too early",
				       (unsigned long long)r->left);
		if (n > 0) {
			r->at += (uint64_t)n;
			r->left -= (uint64_t)n;
			return n;
		}
		if (errno != EINTR)
			return err_sys(e, "read");
		if (stop_requested())
			return stop_err(e);
	}
	return 0;
}

static uint64_t range_skip(struct source *s, uint64_t len)
{
	struct range_source *r = (struct range_source *)s;
	uint64_t n = len < r->left ? len : r->left;

	r->at += n;
	r->left -= n;
	return n;
}

static void range_close(struct source *s)
{
	free(s);
}

struct source *source_of_range(int fd, uint64_t offset, uint64_t len)
{
	struct range_source *r = xcalloc(1, sizeof(*r));

	r->source = (struct source){ .read = range_read, .skip = range_skip, .close = range_close };
	r->fd = fd;
	r->at = offset;
	r->left = len;
	return &r->source;
}

struct memory_source {
	struct source source;
	const char *p;
	size_t len;
};

static ssize_t memory_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct memory_source *m = (struct memory_source *)s;
	size_t n = len < m->len ? len : m->len;

	(void)e;
	if (n)
		memcpy(p, m->p, n);
	m->p += n;
	m->len -= n;
	return (ssize_t)n;
}

static void memory_close(struct source *s)
{
	free(s);
}

struct source *source_of_memory(const void *p, size_t len)
{
	struct memory_source *m = xcalloc(1, sizeof(*m));

	m->source = (struct source){ .read = memory_read, .close = memory_close };
	m->p = p;
	m->len = len;
	return &m->source;
}

struct fd_sink {
	struct sink sink;
	int fd;
};

static int fd_sink_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	return file_write(((struct fd_sink *)s)->fd, p, len, e);
}

static int fd_sink_finish(struct sink *s, struct err *e)
{
	struct fd_sink *f = (struct fd_sink *)s;

	/* A pipe or a terminal has nothing to sync and says EINVAL. */
	if (fsync(f->fd) < 0 && errno != EINVAL)
		return err_sys(e, "fsync");
	if (close(steal_fd(&f->fd)) < 0)
		return err_sys(e, "close");
	return 0;
}

static void fd_sink_close(struct sink *s)
{
	fd_closep(&((struct fd_sink *)s)->fd);
	free(s);
}

struct sink *sink_to_fd(int fd)
{
	struct fd_sink *f = xcalloc(1, sizeof(*f));

	f->sink = (struct sink){ .write = fd_sink_write,
				 .finish = fd_sink_finish,
				 .close = fd_sink_close };
	f->fd = fd;
	return &f->sink;
}

struct str_sink {
	struct sink sink;
	struct str *out;
};

static int str_sink_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	struct str_sink *m = (struct str_sink *)s;

	str_add(m->out, p, len);
	return str_ok(m->out, "the answer", e);
}

static int str_sink_finish(struct sink *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static void str_sink_close(struct sink *s)
{
	free(s);
}

struct sink *sink_to_str(struct str *out)
{
	struct str_sink *m = xcalloc(1, sizeof(*m));

	m->sink = (struct sink){ .write = str_sink_write,
				 .finish = str_sink_finish,
				 .close = str_sink_close };
	m->out = out;
	return &m->sink;
}

struct digest {
	EVP_MD_CTX *ctx;
	enum digest_kind kind;
};

static const struct {
	const char *word, *name; /* ours, the library's */
	size_t size;
} kinds[DIGEST_KINDS] = {
	[DIGEST_NONE] = { "none", NULL, 0 },
	[DIGEST_MD5] = { "md5", "MD5", 16 },
	[DIGEST_SHA1] = { "sha1", "SHA1", 20 },
	[DIGEST_SHA256] = { "sha256", "SHA256", SHA256_SIZE },
	[DIGEST_SHA384] = { "sha384", "SHA384", 48 },
	[DIGEST_SHA512] = { "sha512", "SHA512", DIGEST_MAX },
};

size_t digest_size(enum digest_kind k)
{
	return kinds[k].size;
}

const char *digest_word(enum digest_kind k)
{
	return kinds[k].word;
}

/* Fetched once: an implicit fetch per file costs more than hashing a small file does. */
static const EVP_MD *fetch(enum digest_kind k)
{
	static EVP_MD *fetched[DIGEST_KINDS];
	EVP_MD *mine = __atomic_load_n(&fetched[k], __ATOMIC_ACQUIRE), *none = NULL;

	if (mine)
		return mine;
	mine = kinds[k].name ? EVP_MD_fetch(NULL, kinds[k].name, NULL) : NULL;
	if (mine && !__atomic_compare_exchange_n(&fetched[k], &none, mine, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE)) {
		EVP_MD_free(mine);
		mine = none;
	}
	return mine;
}

struct digest *digest_new_of(enum digest_kind k)
{
	struct digest *d;

	if (!fetch(k))
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->kind = k;
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx)
		abort();
	digest_reset(d);
	return d;
}

/* Nothing but a broken library has no SHA-256 or makes it fail, and a wrong hash must never be
 * sealed. */
struct digest *digest_new(void)
{
	struct digest *d = digest_new_of(DIGEST_SHA256);

	if (!d)
		abort();
	return d;
}

void digest_reset(struct digest *d)
{
	if (EVP_DigestInit_ex2(d->ctx, fetch(d->kind), NULL) != 1)
		abort();
}

void digest_add(struct digest *d, const void *p, size_t len)
{
	if (EVP_DigestUpdate(d->ctx, p, len) != 1)
		abort();
}

void digest_end_bytes(struct digest *d, unsigned char out[DIGEST_MAX])
{
	unsigned len = 0;

	if (EVP_DigestFinal_ex(d->ctx, out, &len) != 1 || len != digest_size(d->kind))
		abort();
}

void digest_end(struct digest *d, char hex[SHA256_HEX])
{
	unsigned char sum[DIGEST_MAX];

	if (d->kind != DIGEST_SHA256)
		abort();
	digest_end_bytes(d, sum);
	text_hex(hex, sum, SHA256_SIZE);
}

void digest_freep(struct digest **d)
{
	struct digest *it = steal(d);

	if (it) {
		EVP_MD_CTX_free(it->ctx);
		free(it);
	}
}

void digest_of(const void *p, size_t len, char hex[SHA256_HEX])
{
	AUTO(digest_freep) struct digest *d = digest_new();

	digest_add(d, p, len);
	digest_end(d, hex);
}

const char *stream_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
