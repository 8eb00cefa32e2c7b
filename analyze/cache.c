/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/cache_parts.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define BLOCK ((size_t)256 << 10)

/* Behind the maker's bytes, in this machine's own byte order, which `order` tells. */
struct trailer {
	char magic[16];
	uint64_t order, len, mark;
	uint32_t version, unused;
	char diff_id[64];
	char sha256[64]; /* of all before */
};

static const char magic[16] = "impound layer 1";
#define ORDER UINT64_C(0x0102030405060708)

/* Opens the directory NAME in DIRFD, making it, as ours alone. */
static int open_own(int dirfd, const char *name, struct err *e)
{
	AUTO(fd_closep) int fd = -1;
	struct stat st;

	if (mkdirat(dirfd, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "make '%s'", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s'", name);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", name);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, ERR_FORMAT, "others may write to '%s'", name);
	return steal_fd(&fd);
}

/* What the user's caches are kept in; others may share it. */
static int open_home(struct err *e)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	AUTO(freep) char *path = NULL;
	int fd;

	if (xdg && xdg[0] == '/')
		path = xstrdup(xdg);
	else if (home && home[0] == '/')
		path = xasprintf("%s/.cache", home);
	else
		return err_set(e, ERR_ABSENT, "neither XDG_CACHE_HOME nor HOME is set");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "make '%s'", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

static int open_layers(struct err *e)
{
	AUTO(fd_closep) int home = open_home(e);
	AUTO(fd_closep) int ours = home < 0 ? -1 : open_own(home, "impound", e);

	return ours < 0 ? -1 : open_own(ours, "layers", e);
}

struct cache *cache_open(unsigned version)
{
	struct err e = { 0 };
	int fd = open_layers(&e);
	struct cache *c;

	if (fd < 0) {
		log_debug("no cache of layers: %s", e.text);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->dirfd = fd;
	c->version = version;
	c->report = -1;
	return c;
}

void cache_freep(struct cache **c)
{
	struct cache *it = steal(c);

	if (!it)
		return;
	for (unsigned i = 0; i < it->made; i++)
		fd_closep(&it->files[i]);
	fd_closep(&it->report);
	fd_closep(&it->dirfd);
	free(it);
}

int cache_dirfd(const struct cache *c)
{
	return c ? c->dirfd : -1;
}

/* The digits of a DiffID, which are its entry's name; NULL: it has no such form. */
static const char *digits_of(const char *diff_id)
{
	if (strncmp(diff_id, "sha256:", 7) != 0 || !text_is_hex(diff_id + 7, 64))
		return NULL;
	return diff_id + 7;
}

static void say(struct cache *c, enum cache_deed deed, unsigned file, const char *digits)
{
	struct cache_word word = { .deed = deed, .file = file };
	struct err e = { 0 };

	memcpy(word.digits, digits, sizeof(word.digits));
	if (c->report < 0)
		cache_do(c, &word);
	else if (file_write(c->report, &word, sizeof(word), &e) < 0)
		log_debug("cache of layers: %s", e.text);
}

/* The hash of LEN bytes of the file and of what stands in the trailer before it. */
static int hash(int fd, uint64_t len, const struct trailer *t, char hex[SHA256_HEX], struct err *e)
{
	AUTO(source_closep) struct source *from = source_of_range(fd, 0, len);
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(BLOCK);
	ssize_t n;

	while ((n = source_read(from, block, BLOCK, e)) > 0)
		digest_add(d, block, (size_t)n);
	if (n < 0)
		return -1;
	digest_add(d, t, offsetof(struct trailer, sha256));
	digest_end(d, hex);
	return 0;
}

/* An entry as it lies there, or the reason why it is none. */
static int check(const struct cache *c, int fd, const char *digits, struct cache_entry *out,
		 struct err *e)
{
	struct trailer t;
	struct stat st;
	char hex[SHA256_HEX];
	uint64_t len;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_size < (off_t)sizeof(t))
		return err_set(e, ERR_FORMAT, "not an entry of ours");
	len = (uint64_t)st.st_size - sizeof(t);
	if (pread(fd, &t, sizeof(t), (off_t)len) != (ssize_t)sizeof(t))
		return err_sys(e, "read");
	if (memcmp(t.magic, magic, sizeof(magic)) != 0 || t.order != ORDER ||
	    t.version != c->version || t.len != len || memcmp(t.diff_id, digits, 64) != 0)
		return err_set(e, ERR_FORMAT, "of another version, or another's");
	if (hash(fd, len, &t, hex, e) < 0)
		return -1;
	if (memcmp(hex, t.sha256, 64) != 0)
		return err_set(e, ERR_INTEGRITY, "its checksum differs");
	*out = (struct cache_entry){ .len = len, .mark = t.mark };
	return 0;
}

int cache_get(struct cache *c, const char *diff_id, struct cache_entry *entry)
{
	const char *digits = c ? digits_of(diff_id) : NULL;
	AUTO(fd_closep) int fd = -1;
	struct err e = { 0 };

	if (!digits)
		return -1;
	fd = file_open_beneath(c->dirfd, digits, O_RDONLY | O_NONBLOCK, &e);
	if (fd < 0 && e.sys == ENOENT)
		return -1;
	if (fd < 0 || check(c, fd, digits, entry, &e) < 0) {
		log_debug("cache of layers: %s: %s; it is made anew", digits, e.text);
		say(c, CACHE_DROP, 0, digits);
		return -1;
	}
	say(c, CACHE_TOUCH, 0, digits);
	return steal_fd(&fd);
}

int cache_make(struct cache *c)
{
	int fd;

	if (c->made >= CACHE_NEW)
		return -1;
	fd = openat(c->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		log_debug("cache of layers: no file can be made there: %s", strerror(errno));
		return -1;
	}
	c->files[c->made++] = fd;
	return fd;
}

int cache_new(struct cache *c)
{
	if (!c)
		return -1;
	if (c->given == c->made && (c->report >= 0 || cache_make(c) < 0))
		return -1;
	return c->files[c->given++];
}

static int finish(struct cache *c, int fd, const char *digits, const struct cache_entry *entry,
		  struct err *e)
{
	struct trailer t = {
		.order = ORDER, .len = entry->len, .mark = entry->mark, .version = c->version
	};
	char hex[SHA256_HEX];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	if ((uint64_t)st.st_size != entry->len)
		return err_set(e, ERR_FORMAT, "not as long as it should be");
	memcpy(t.magic, magic, sizeof(magic));
	memcpy(t.diff_id, digits, sizeof(t.diff_id));
	if (hash(fd, entry->len, &t, hex, e) < 0)
		return -1;
	memcpy(t.sha256, hex, sizeof(t.sha256));
	if (pwrite(fd, &t, sizeof(t), (off_t)entry->len) != (ssize_t)sizeof(t))
		return err_sys(e, "write");
	return 0;
}

void cache_put(struct cache *c, int fd, const char *diff_id, const struct cache_entry *entry)
{
	const char *digits = c ? digits_of(diff_id) : NULL;
	struct err e = { 0 };
	unsigned file = 0;

	while (c && file < c->given && c->files[file] != fd)
		file++;
	if (!digits || file == c->given)
		return;
	if (finish(c, fd, digits, entry, &e) < 0)
		log_debug("cache of layers: %s is not kept: %s", digits, e.text);
	else
		say(c, CACHE_KEEP, file, digits);
}

void cache_do(struct cache *c, const struct cache_word *word)
{
	char path[40];

	if (strnlen(word->digits, sizeof(word->digits)) == sizeof(word->digits) ||
	    !text_is_hex(word->digits, 64))
		return;
	switch (word->deed) {
	case CACHE_KEEP:
		if (word->file >= c->made)
			return;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", c->files[word->file]);
		/* If another run was faster, its entry is as good. */
		if (linkat(AT_FDCWD, path, c->dirfd, word->digits, AT_SYMLINK_FOLLOW) < 0 &&
		    errno != EEXIST)
			log_debug("cache of layers: %s is not kept: %s", word->digits,
				  strerror(errno));
		break;
	case CACHE_DROP:
		(void)unlinkat(c->dirfd, word->digits, 0);
		break;
	case CACHE_TOUCH:
		(void)utimensat(c->dirfd, word->digits, NULL, AT_SYMLINK_NOFOLLOW);
		break;
	default:
		break;
	}
}

struct kept {
	char digits[SHA256_HEX];
	struct timespec used;
	uint64_t size;
};

static int by_age(const void *left, const void *right)
{
	const struct timespec *a = &((const struct kept *)left)->used,
			      *b = &((const struct kept *)right)->used;

	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static void dir_closep(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static struct kept *list(const struct cache *c, size_t *count)
{
	int fd = openat(c->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(dir_closep) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct kept *rows = NULL;
	struct dirent *entry;
	size_t cap = 0;
	struct stat st;

	*count = 0;
	while (d && (entry = readdir(d)) != NULL) {
		if (!text_is_hex(entry->d_name, 64) ||
		    fstatat(c->dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		grow(rows, *count, cap);
		rows[*count] = (struct kept){ .used = st.st_mtim, .size = (uint64_t)st.st_size };
		memcpy(rows[(*count)++].digits, entry->d_name, SHA256_HEX);
	}
	return rows;
}

void cache_trim(struct cache *c)
{
	size_t count;
	AUTO(freep) struct kept *rows = list(c, &count);
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += rows[i].size;
	if (count)
		qsort(rows, count, sizeof(*rows), by_age);
	for (size_t i = 0; i < count && all > CACHE_MAX; i++) {
		if (unlinkat(c->dirfd, rows[i].digits, 0) == 0)
			log_debug("cache of layers: %s goes, the oldest", rows[i].digits);
		all -= rows[i].size;
	}
}
