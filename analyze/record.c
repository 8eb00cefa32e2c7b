/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"

struct head {
	uint32_t key_len, link_len, layer, of_layer, kind, unused;
	uint64_t seq;
};
static_assert(sizeof(struct head) + sizeof(struct state) == RECORD_HEAD,
	      "no padding: the bytes are kept");

size_t record_size(const struct record *r)
{
	return RECORD_HEAD + r->key_len + r->link_len;
}

void record_encode(void *to, const struct record *r)
{
	const struct head h = { .key_len = (uint32_t)r->key_len,
				.link_len = (uint32_t)r->link_len,
				.layer = r->layer,
				.of_layer = r->of_layer,
				.kind = r->kind,
				.seq = r->seq };
	char *p = to;

	memcpy(p, &h, sizeof(h));
	memcpy(p + sizeof(h), &r->state, sizeof(r->state));
	if (r->key_len)
		memcpy(p + RECORD_HEAD, r->key, r->key_len);
	if (r->link_len)
		memcpy(p + RECORD_HEAD + r->key_len, r->link, r->link_len);
}

int record_measure(const void *head, size_t *size, struct err *e)
{
	struct head h;

	memcpy(&h, head, sizeof(h));
	if (h.key_len > KEY_MAX || h.link_len > KEY_MAX || h.kind < RECORD_ENTRY ||
	    h.kind > RECORD_WANT)
		return err_set(e, ERR_FORMAT, "a record that none of ours is");
	*size = RECORD_HEAD + h.key_len + h.link_len;
	return 0;
}

void record_decode(const void *p, struct record *out)
{
	const char *bytes = p;
	struct head h;

	memcpy(&h, p, sizeof(h));
	*out = (struct record){ .key = bytes + RECORD_HEAD,
				.link = bytes + RECORD_HEAD + h.key_len,
				.key_len = h.key_len,
				.link_len = h.link_len,
				.seq = h.seq,
				.layer = h.layer,
				.of_layer = h.of_layer,
				.kind = (enum record_kind)h.kind };
	memcpy(&out->state, bytes + sizeof(h), sizeof(out->state));
}

/* What is there, what it was resolved to, what others want of it. */
static unsigned stage_of(uint32_t kind)
{
	return kind == RECORD_RESOLVED ? 1 : kind == RECORD_WANT ? 2 : 0;
}

#define compare_of(a, b) (((a) > (b)) - ((a) < (b)))

int record_order(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const char *a_key = (const char *)a + RECORD_HEAD, *b_key = (const char *)b + RECORD_HEAD;
	struct head x, y;
	int order;

	(void)a_len;
	(void)b_len;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	order = key_compare(a_key, x.key_len, b_key, y.key_len);
	if (!order)
		order = compare_of(stage_of(x.kind), stage_of(y.kind));
	if (!order)
		order = compare_of(x.layer, y.layer);
	return order ? order : compare_of(x.seq, y.seq);
}

int record_compare(const struct record *a, const struct record *b)
{
	int order = key_compare(a->key, a->key_len, b->key, b->key_len);

	if (!order)
		order = compare_of(stage_of(a->kind), stage_of(b->kind));
	if (!order)
		order = compare_of(a->layer, b->layer);
	return order ? order : compare_of(a->seq, b->seq);
}

/* Labels of the host, and what storage keeps for itself: not the container's doing. */
static bool is_bookkeeping(const char *name)
{
	return !strcmp(name, "security.selinux") || !strncmp(name, "trusted.overlay.", 16) ||
	       !strncmp(name, "user.overlay.", 13) || !strncmp(name, "user.fuseoverlayfs.", 19) ||
	       !strcmp(name, "user.containers.override_stat");
}

static uint32_t le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * The sets, since engines rewrite version 3 as version 2. What the kernel would not take for
 * capabilities is an attribute like others.
 */
static bool take_capabilities(struct state *s, const struct tar_xattr *x)
{
	const unsigned char *p = x->value;
	uint32_t version;

	if (strcmp(x->name, "security.capability") != 0 || x->len < 12)
		return false;
	version = le32(p) >> 24;
	if (!(version == 1 && x->len == 12) && !(version == 2 && x->len == 20) &&
	    !(version == 3 && x->len == 24))
		return false;
	s->has |= STATE_CAPS | (le32(p) & 1 ? STATE_CAPS_EFFECTIVE : 0);
	s->permitted = le32(p + 4);
	s->inheritable = le32(p + 8);
	if (version > 1) {
		s->permitted |= (uint64_t)le32(p + 12) << 32;
		s->inheritable |= (uint64_t)le32(p + 16) << 32;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct tar_xattr *const *)a)->name,
		      (*(const struct tar_xattr *const *)b)->name);
}

void state_take_xattrs(struct state *s, const struct tar_xattr *xattrs, size_t count)
{
	const struct tar_xattr *kept[TAR_XATTRS_MAX];
	AUTO(digest_freep) struct digest *d = NULL;
	char hex[SHA256_HEX];
	struct err unused;
	size_t n = 0;

	for (size_t i = 0; i < count && n < TAR_XATTRS_MAX; i++)
		if (!take_capabilities(s, &xattrs[i]) && !is_bookkeeping(xattrs[i].name))
			kept[n++] = &xattrs[i];
	if (!n)
		return;
	qsort(kept, n, sizeof(kept[0]), by_name);
	d = digest_new();
	for (size_t i = 0; i < n; i++) {
		uint64_t len = kept[i]->len;

		digest_add(d, kept[i]->name, strlen(kept[i]->name) + 1);
		digest_add(d, &len, sizeof(len));
		digest_add(d, kept[i]->value, kept[i]->len);
	}
	digest_end(d, hex);
	if (text_unhex(s->xattrs, sizeof(s->xattrs), hex, &unused) == 0)
		s->has |= STATE_XATTRS;
}

void state_of(struct state *out, const struct tar_entry *n)
{
	*out = (struct state){ .uid = n->uid,
			       .gid = n->gid,
			       .size = S_ISREG(n->mode) ? n->size : 0,
			       .mtime = n->mtime.tv_sec,
			       .mtime_nsec = (uint32_t)n->mtime.tv_nsec,
			       .mode = n->mode,
			       .has = STATE_META | STATE_MTIME };
	if (S_ISCHR(n->mode) || S_ISBLK(n->mode)) {
		out->rdev_major = n->rdev_major;
		out->rdev_minor = n->rdev_minor;
	}
	state_take_xattrs(out, n->xattrs, n->xattr_count);
}
