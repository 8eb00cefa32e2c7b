/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/change.h"

#include <string.h>
#include <sys/stat.h>

const char *class_word(unsigned classes)
{
	static const char *const words[CHANGE_CLASSES] = { "added",    "deleted", "type", "content",
							   "metadata", "touched", "mtime" };

	for (unsigned i = 0; i < CHANGE_CLASSES; i++)
		if (classes & (1u << i))
			return words[i];
	return "same";
}

unsigned class_of_word(const char *word, size_t len)
{
	for (unsigned i = 0; i < CHANGE_CLASSES; i++) {
		const char *known = class_word(1u << i);

		if (strlen(known) == len && !memcmp(known, word, len))
			return 1u << i;
	}
	return 0;
}

const char *differs_word(unsigned bit)
{
	static const char *const words[DIFFERS_WORDS] = { "type", "content", "mode", "uid",
							  "gid",  "xattr",   "caps", "link",
							  "rdev", "mtime" };

	for (unsigned i = 0; i < DIFFERS_WORDS; i++)
		if (bit == 1u << i)
			return words[i];
	return "";
}

static unsigned compare_content(const struct state *b, const struct state *a)
{
	if ((a->has | b->has) & STATE_LOST)
		return DIFFERS_UNKNOWN;
	if (a->has & b->has & STATE_SHA256)
		return memcmp(a->sha256, b->sha256, sizeof(a->sha256)) != 0 ? DIFFERS_CONTENT : 0;
	return a->size != b->size ? DIFFERS_CONTENT : DIFFERS_UNKNOWN;
}

static unsigned compare_capabilities(const struct state *b, const struct state *a)
{
	const uint32_t both = STATE_CAPS | STATE_CAPS_EFFECTIVE;

	return (a->has & both) != (b->has & both) || a->permitted != b->permitted ||
			       a->inheritable != b->inheritable
		       ? DIFFERS_CAPS
		       : 0;
}

/* A tar has the attributes that its writer cared for: that it has none says nothing. */
static unsigned compare_xattrs(const struct state *b, const struct state *a)
{
	bool is_mixed = (a->has ^ b->has) & STATE_ON_DISK;
	const struct state *tar = a->has & STATE_ON_DISK ? b : a;

	if (is_mixed && !(tar->has & STATE_XATTRS))
		return 0;
	return (a->has & STATE_XATTRS) != (b->has & STATE_XATTRS) ||
			       memcmp(a->xattrs, b->xattrs, sizeof(a->xattrs)) != 0
		       ? DIFFERS_XATTRS
		       : 0;
}

/* Equal to the second where one of them has no finer time. */
static bool is_same_time(const struct state *b, const struct state *a)
{
	return a->mtime == b->mtime &&
	       (a->mtime_nsec == b->mtime_nsec || !a->mtime_nsec || !b->mtime_nsec);
}

static bool is_same_link(const struct record *b, const struct record *a)
{
	return a->link_len == b->link_len &&
	       (!a->link_len || !memcmp(a->link, b->link, a->link_len));
}

unsigned compare_states(const struct record *before, const struct record *after)
{
	const struct state *b = &before->state, *a = &after->state;
	unsigned differs = 0;

	if (!(a->mode & S_IFMT) || !(b->mode & S_IFMT))
		return DIFFERS_UNKNOWN;
	if ((a->mode ^ b->mode) & S_IFMT)
		return DIFFERS_TYPE;
	if (S_ISREG(a->mode))
		differs |= compare_content(b, a);
	if (S_ISLNK(a->mode) && !is_same_link(before, after))
		differs |= DIFFERS_LINK;
	if (!(a->has & b->has & STATE_META))
		return differs;
	/* A symlink's mode is whatever its file system says; nobody looks at it. */
	if (!S_ISLNK(a->mode) && (a->mode ^ b->mode) & 07777)
		differs |= DIFFERS_MODE;
	if (a->uid != b->uid)
		differs |= DIFFERS_UID;
	if (a->gid != b->gid)
		differs |= DIFFERS_GID;
	if (a->rdev_major != b->rdev_major || a->rdev_minor != b->rdev_minor)
		differs |= DIFFERS_RDEV;
	differs |= compare_capabilities(b, a) | compare_xattrs(b, a);
	if (a->has & b->has & STATE_MTIME && !is_same_time(b, a))
		differs |= DIFFERS_MTIME;
	return differs;
}
