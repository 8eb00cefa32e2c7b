/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - bytes on their way: a source is pulled, a sink is written, a digest goes along.
 *
 * Concrete kinds put the struct first and are made by their own functions. Phases are in a fixed
 * order: raw (hash, count, limit), decode (frames, gzip), consumer. A digest is of what was written
 * and exists only after finish.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

#define SHA256_SIZE 32
#define SHA256_HEX  65 /* with its NUL */

struct source {
	/* Up to LEN bytes; 0 at the end; -1 on failure, but only after all that came was delivered.
	 */
	ssize_t (*read)(struct source *, void *p, size_t len, struct err *e);
	/* Passes over up to LEN bytes without reading them: how many. NULL: it has to be read. */
	uint64_t (*skip)(struct source *, uint64_t len);
	void (*close)(struct source *); /* frees it too */
};

struct sink {
	int (*write)(struct sink *, const void *p, size_t len, struct err *e);
	int (*finish)(struct sink *, struct err *e); /* the one place where success is confirmed */
	void (*close)(struct sink *);                /* gives up if not finished; frees it too */
};

ssize_t source_read(struct source *s, void *p, size_t len, struct err *e) must_check;
/* How many of LEN bytes were passed over unread: 0 where that cannot be. */
uint64_t source_skip(struct source *s, uint64_t len);
/* Reads until LEN bytes or the end. */
ssize_t source_read_full(struct source *s, void *p, size_t len, struct err *e) must_check;
/* Appends all that is left to OUT; past out->max it is ERR_LIMIT naming WHAT. */
int source_slurp(struct source *s, struct str *out, const char *what, struct err *e) must_check;
void source_closep(struct source **s);
int sink_write(struct sink *s, const void *p, size_t len, struct err *e) must_check;
int sink_finish(struct sink *s, struct err *e) must_check;
void sink_closep(struct sink **s);

/*
 * Copies to the end of the source. Past LIMIT bytes it is ERR_LIMIT, and after a signal (stop.h)
 * ERR_STOPPED; what came until then has been written in each case. *COPIED, if not NULL, is the
 * number of bytes written also when it fails. TICK, if not NULL, is called with each block's size.
 */
struct tick {
	void (*fn)(void *data, uint64_t bytes);
	void *data;
};
int stream_copy(struct source *from, struct sink *to, uint64_t limit, const struct tick *tick,
		uint64_t *copied, struct err *e) must_check;

struct source *source_of_fd(int fd); /* takes the descriptor */
/* LEN bytes from OFFSET of a file, read by position: the descriptor is borrowed. It skips. */
struct source *source_of_range(int fd, uint64_t offset, uint64_t len);
struct source *source_of_memory(const void *p, size_t len); /* borrows the bytes */
struct sink *sink_to_fd(int fd);           /* takes the descriptor; finish is fsync and close */
struct sink *sink_to_str(struct str *out); /* borrows it; past its max ERR_LIMIT */

/* What package databases name; what is ours is SHA-256. */
enum digest_kind {
	DIGEST_NONE,
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
};
#define DIGEST_KINDS (DIGEST_SHA512 + 1)
#define DIGEST_MAX   64

size_t digest_size(enum digest_kind k);      /* bytes; 0 of none */
const char *digest_word(enum digest_kind k); /* "none", "md5", "sha1", "sha256"… */

/* A digest under way. digest_end() gives the result once; digest_free() accepts NULL. */
struct digest;
struct digest *digest_new(void); /* SHA-256 */
/* NULL where the library does not have it: FIPS has no MD5. */
struct digest *digest_new_of(enum digest_kind k);
/* digest_size() bytes, of any kind. */
void digest_end_bytes(struct digest *d, unsigned char out[DIGEST_MAX]);
void digest_add(struct digest *d, const void *p, size_t len);
void digest_end(struct digest *d, char hex[SHA256_HEX]);
void digest_reset(struct digest *d); /* ready for the next one */
void digest_freep(struct digest **d);
void digest_of(const void *p, size_t len, char hex[SHA256_HEX]);

/* "NAME VERSION" of the library behind this file, for --version. */
const char *stream_library(void);

#endif
