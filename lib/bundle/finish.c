/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: the bag's own files, the signed line, everything on the disk, the final name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/instructions.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/sealtext.h"
#include "lib/bundle/writing.h"

/* Complete or not at all: a crash while the seal is written leaves this folder, which is no seal.
 */
#define SEAL_NEW "seal.new/"

/* RFC 8493 has one line a label; text_show() leaves no line feed in what came from outside. */
static void info_line(struct str *out, const char *label, const char *value)
{
	if (!value)
		return;
	str_addf(out, "%s: ", label);
	text_show(out, value, strlen(value));
	str_addc(out, '\n');
}

static int write_bag(struct bundle *b, const struct sealtext *s, struct err *e)
{
	AUTO(str_release) struct str bagit = STR_INIT(BUNDLE_TAG_MAX);
	AUTO(str_release) struct str info = STR_INIT(BUNDLE_TAG_MAX);

	str_adds(&bagit, BUNDLE_BAGIT_TEXT);
	info_line(&info, "Bag-Software-Agent", "impound " IMPOUND_VERSION);
	str_addf(&info, "Bagging-Date: %.10s\n", s->sealed);
	str_addf(&info, "Payload-Oxum: %llu.%llu\n", (unsigned long long)s->bytes,
		 (unsigned long long)s->files);
	info_line(&info, "External-Identifier", b->exhibit);
	info_line(&info, "Bag-Group-Identifier", b->case_id);
	info_line(&info, "Contact-Name", b->operator_name);
	info_line(&info, "Internal-Sender-Description", b->note);
	if (writing_tag(b, BUNDLE_BAGIT, &bagit, e) < 0)
		return -1;
	return writing_tag(b, BUNDLE_INFO, &info, e);
}

static int write_instructions(struct bundle *b, const struct sealtext *s, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(BUNDLE_TAG_MAX);

	instructions_write(s, &text);
	return writing_tag(b, BUNDLE_VERIFY, &text, e);
}

/* The manifest of data/, then that of everything else; the latter's hash is what the seal says. */
static int write_manifests(struct bundle *b, struct sealtext *s, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);
	char sum[SHA256_HEX];

	if (manifest_text(&b->payload, &text, e) < 0 ||
	    writing_tag(b, BUNDLE_MANIFEST, &text, e) < 0)
		return -1;
	digest_end(b->custody.whole, sum);
	manifest_add(&b->tags, BUNDLE_CUSTODY, sum);
	str_reset(&text);
	if (manifest_text(&b->tags, &text, e) < 0 ||
	    writing_tag(b, BUNDLE_TAGMANIFEST, &text, e) < 0)
		return -1;
	digest_of(text.buf, text.len, s->tagmanifest);
	return 0;
}

static int write_seal_file(struct bundle *b, const char *path, const void *p, size_t len,
			   struct err *e)
{
	AUTO(fd_closep) int fd = writing_create(b, path, O_WRONLY, e);

	if (fd < 0)
		return -1;
	if (file_write(fd, p, len, e) < 0)
		return err_wrap(e, "'%s'", path);
	if (fsync(fd) < 0)
		return err_sys(e, "fsync '%s'", path);
	return close(steal_fd(&fd)) < 0 ? err_sys(e, "close '%s'", path) : 0;
}

/* The manifest is in order, so files of one directory stand together. */
static int sync_dirs(const struct bundle *b, struct err *e)
{
	size_t done = 0;
	const char *last = "";

	if (!b->has_dirsync)
		return 0;
	for (size_t i = 0; i < b->payload.count; i++) {
		const char *path = b->payload.items[i].path, *slash = strrchr(path, '/');
		size_t len = (size_t)(slash - path);

		if (len == done && !memcmp(last, path, len))
			continue;
		last = path;
		done = len;
		/* And those above it: a directory's name is in its parent. */
		for (; len; len = (size_t)(slash - path)) {
			if (writing_sync_dir(b, path, len, e) < 0)
				return -1;
			slash = memrchr(path, '/', len);
			if (!slash)
				break;
		}
	}
	return writing_sync_dir(b, "", 0, e);
}

static int write_seal(struct bundle *b, const struct sealtext *s, const struct seal_key *key,
		      struct receipt *out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(SEALTEXT_MAX), pem = STR_INIT(SEAL_PEM_MAX);
	unsigned char sig[SEAL_SIG_SIZE];

	sealtext_write(s, &text);
	if (str_ok(&text, "the seal", e) < 0 || seal_sign(key, text.buf, text.len, sig, e) < 0 ||
	    seal_key_write_public(key, &pem, e) < 0)
		return -1;
	digest_of(text.buf, text.len, out->seal);
	if (write_seal_file(b, SEAL_NEW "seal.json", text.buf, text.len, e) < 0 ||
	    write_seal_file(b, SEAL_NEW "seal.json.sig", sig, sizeof(sig), e) < 0 ||
	    write_seal_file(b, SEAL_NEW "signer.pub.pem", pem.buf, pem.len, e) < 0)
		return -1;
	/* What a seal says must be on the disk before the seal is: a power failure in between would
	 * leave a sealed bundle that lacks files. */
	if (writing_sync_dir(b, SEAL_NEW, strlen(SEAL_NEW) - 1, e) < 0 || sync_dirs(b, e) < 0)
		return -1;
	if (renameat(b->dir, "seal.new", b->dir, "seal") < 0)
		return err_sys(e, "rename the seal");
	return writing_sync_dir(b, "", 0, e);
}

static int take_final_name(struct bundle *b, struct err *e)
{
	AUTO(freep) char *from = xasprintf("%s" BUNDLE_PARTIAL, b->name);
	struct stat st;
	int failed;

	if (b->has_noreplace) {
		failed = renameat2(b->parent, from, b->parent, b->name, RENAME_NOREPLACE);
	} else if (fstatat(b->parent, b->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		failed = -1;
	} else {
		failed = renameat(b->parent, from, b->parent, b->name);
	}
	if (failed < 0 && errno == EEXIST)
		return err_set(e, ERR_SYS,
			       "the bundle's name is taken: '%s/%s'; the sealed bundle is '%s'",
			       b->parent_path, b->name, b->path);
	if (failed < 0)
		return err_sys(e, "rename '%s'", b->path);
	freep(&b->path);
	b->path = xasprintf("%s/%s", b->parent_path, b->name);
	if (b->has_dirsync && fsync(b->parent) < 0)
		return err_sys(e, "fsync the directory '%s'", b->parent_path);
	return 0;
}

static int write_sealed(struct bundle *b, const struct sealtext *s, struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, "sealed");
	char oxum[OXUM_MAX];

	oxum_write(oxum, s->bytes, s->files);
	jsonw_text(w, "state", s->complete ? "complete" : "partial");
	jsonw_text(w, "oxum", oxum);
	jsonw_text(w, "signer", s->spki);
	return writing_commit(b, e);
}

static int check_ready(const struct bundle *b, struct err *e)
{
	if (b->is_broken)
		return err_set(e, ERR_SYS,
			       "what was done could not be written down whole: '%s' stays unsealed",
			       b->path);
	if (!b->payload.count)
		return err_set(e, ERR_SYS, "nothing was taken, so there is nothing to seal: '%s'",
			       b->path);
	return 0;
}

int bundle_seal(struct bundle *b, const struct seal_key *key, struct receipt *out, struct err *e)
{
	AUTO(seal_key_freep) struct seal_key *own = NULL;
	struct receipt r = { .ephemeral = !key };
	struct sealtext s = { .bytes = b->bytes, .files = b->payload.count };

	if (check_ready(b, e) < 0)
		return -1;
	fd_closep(&b->reserve);
	if (!key && seal_key_new(&own, e) < 0)
		return -1;
	if (own)
		key = own;
	s.complete = bundle_is_complete(b);
	memcpy(s.id, b->id, sizeof(s.id));
	memcpy(s.name, b->name, sizeof(s.name));
	seal_key_fingerprint(key, s.spki);
	text_now(s.sealed);
	if (write_sealed(b, &s, e) < 0)
		return -1;
	memcpy(s.custody_head, b->custody.head, sizeof(s.custody_head));
	if (write_bag(b, &s, e) < 0 || write_instructions(b, &s, e) < 0 ||
	    write_manifests(b, &s, e) < 0 || write_seal(b, &s, key, &r, e) < 0 ||
	    take_final_name(b, e) < 0)
		return -1;
	memcpy(r.id, s.id, sizeof(r.id));
	memcpy(r.fingerprint, s.spki, sizeof(r.fingerprint));
	r.complete = s.complete;
	r.files = s.files;
	r.bytes = s.bytes;
	*out = r;
	return 0;
}
