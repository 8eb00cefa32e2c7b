/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/tar.h"

#define MAX ((size_t)64 << 20)

static void must(int result, const struct err *e)
{
	if (result < 0)
		fail_msg("%s", e->text);
}

static void put(struct tar_writer *w, const char *path, const char *link, bool is_hardlink,
		const void *bytes, size_t len)
{
	struct tar_entry n = { .path = path,
			       .link = link,
			       .is_hardlink = is_hardlink,
			       .mode = (link && !is_hardlink ? S_IFLNK : S_IFREG) | 0644,
			       .size = link ? 0 : len,
			       .atime.tv_nsec = -1,
			       .ctime.tv_nsec = -1 };
	struct err e = { 0 };

	must(tar_put(w, &n, &e), &e);
	if (!link && len)
		must(tar_data(w, bytes, len, &e), &e);
}

static void make_layer(struct str *out, size_t number)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };
	char name[24];

	(void)snprintf(name, sizeof(name), "%zu", number);
	put(w, name, NULL, false, name, strlen(name));
	put(w, "both", NULL, false, name, strlen(name));
	must(tar_writer_finish(w, &e), &e);
}

void picture_digest(char out[PICTURE_DIGEST], const struct str *bytes)
{
	char hex[SHA256_HEX];

	digest_of(bytes->buf, bytes->len, hex);
	(void)snprintf(out, PICTURE_DIGEST, "sha256:%s", hex);
}

void picture_begin(struct picture *p, size_t layers)
{
	*p = (struct picture){ .layer_count = layers };
	str_init(&p->index, MAX);
	str_init(&p->rows, MAX);
	for (size_t i = 0; i < layers; i++) {
		str_init(&p->layers[i], MAX);
		make_layer(&p->layers[i], i);
		picture_digest(p->diff_ids[i], &p->layers[i]);
	}
}

void picture_end(struct picture *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->files[i].name);
		free(p->files[i].link);
		str_release(&p->files[i].bytes);
	}
	for (size_t i = 0; i < p->layer_count; i++)
		str_release(&p->layers[i]);
	free(p->files);
	str_release(&p->index);
	str_release(&p->rows);
}

static struct picture_file *add(struct picture *p, const char *name)
{
	struct picture_file *f;

	grow(p->files, p->count, p->cap);
	f = &p->files[p->count++];
	*f = (struct picture_file){ .name = xstrdup(name) };
	str_init(&f->bytes, MAX);
	return f;
}

void picture_add(struct picture *p, const char *name, const void *bytes, size_t len)
{
	str_add(&add(p, name)->bytes, bytes, len);
}

void picture_link(struct picture *p, const char *name, const char *target, bool is_hardlink)
{
	struct picture_file *f = add(p, name);

	f->link = xstrdup(target);
	f->is_hardlink = is_hardlink;
}

struct picture_file *picture_file(struct picture *p, const char *name)
{
	for (size_t i = p->count; i-- > 0;)
		if (!strcmp(p->files[i].name, name))
			return &p->files[i];
	fail_msg("no '%s' in the picture", name);
	return NULL;
}

void picture_blob_name(char out[96], const char *digest)
{
	(void)snprintf(out, 96, "blobs/sha256/%s", digest + 7);
}

static void add_blob(struct picture *p, const struct str *bytes, char digest[PICTURE_DIGEST])
{
	char name[96];

	picture_digest(digest, bytes);
	picture_blob_name(name, digest);
	picture_add(p, name, bytes->buf, bytes->len);
}

void picture_filter(struct str *out, const char *filter, const void *bytes, size_t len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char *to = xmalloc(2 * len + 65536);
	size_t used = 0;

	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	/* Nothing of a time or a place, and nothing behind the end. */
	(void)archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	(void)archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, to, 2 * len + 65536, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, bytes, len), len);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	str_add(out, to, used);
	archive_write_free(a);
	archive_entry_free(entry);
	free(to);
}

static void make_config(const struct picture *p, const char *platform, struct str *out)
{
	const char *slash = platform ? strchr(platform, '/') : NULL;

	str_adds(out, "{\"created\":\"2026-01-02T03:04:05Z\",");
	if (slash)
		str_addf(out, "\"os\":\"%.*s\",\"architecture\":\"%s\",", (int)(slash - platform),
			 platform, slash + 1);
	str_adds(out, "\"config\":{\"Env\":[\"A=b\",\"C=\"],\"Cmd\":[\"sh\"],\"User\":\"1:1\","
		      "\"ExposedPorts\":{\"80/tcp\":{}},\"Labels\":{\"k\":\"v\"}},"
		      "\"history\":[{\"created_by\":\"ADD\"},{\"created_by\":\"ENV\","
		      "\"empty_layer\":true}],\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < p->layer_count; i++)
		str_addf(out, "%s\"%s\"", i ? "," : "", p->diff_ids[i]);
	str_adds(out, "]}}");
}

static void list_in_index(struct picture *p, const char *type, const char *digest, size_t len,
			  const char *name, const char *platform)
{
	const char *slash = platform ? strchr(platform, '/') : NULL;

	str_addf(&p->index, "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu",
		 p->index.len ? "," : "", type, digest, len);
	if (name)
		str_addf(&p->index,
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}", name);
	if (slash)
		str_addf(&p->index, ",\"platform\":{\"os\":\"%.*s\",\"architecture\":\"%s\"}",
			 (int)(slash - platform), platform, slash + 1);
	str_addc(&p->index, '}');
}

void picture_manifest(struct picture *p, const char *layers, const char *name)
{
	AUTO(str_release) struct str text = STR_INIT(MAX);

	str_addf(&text,
		 "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
		 "vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":2},\"layers\":[%s]}",
		 p->config, layers);
	add_blob(p, &text, p->manifest);
	list_in_index(p, "application/vnd.oci.image.manifest.v1+json", p->manifest, text.len, name,
		      NULL);
}

void picture_oci(struct picture *p, const char *filter, const char *name, const char *platform)
{
	AUTO(str_release)
	struct str config = STR_INIT(MAX), layers = STR_INIT(MAX), text = STR_INIT(MAX);
	char digest[PICTURE_DIGEST];

	make_config(p, platform, &config);
	add_blob(p, &config, p->config);
	for (size_t i = 0; i < p->layer_count; i++) {
		AUTO(str_release) struct str blob = STR_INIT(MAX);

		if (filter)
			picture_filter(&blob, filter, p->layers[i].buf, p->layers[i].len);
		else
			str_add(&blob, p->layers[i].buf, p->layers[i].len);
		add_blob(p, &blob, digest);
		str_addf(&layers,
			 "%s{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar%s%s\","
			 "\"digest\":\"%s\",\"size\":%zu}",
			 i ? "," : "", filter ? "+" : "", filter ? filter : "", digest, blob.len);
	}
	str_addf(
		&text,
		"{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},\"layers\":[%s]}",
		p->config, config.len, layers.buf);
	add_blob(p, &text, p->manifest);
	list_in_index(p, "application/vnd.oci.image.manifest.v1+json", p->manifest, text.len, name,
		      platform);
}

static void make_index(const struct picture *p, struct str *out)
{
	str_addf(out, "{\"schemaVersion\":2,\"manifests\":[%s]}", p->index.buf);
}

void picture_nest(struct picture *p, const char *name)
{
	AUTO(str_release) struct str text = STR_INIT(MAX);

	make_index(p, &text);
	add_blob(p, &text, p->manifest);
	str_reset(&p->index);
	list_in_index(p, "application/vnd.oci.image.index.v1+json", p->manifest, text.len, name,
		      NULL);
}

void picture_index(struct picture *p)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	AUTO(str_release) struct str text = STR_INIT(MAX);

	make_index(p, &text);
	picture_add(p, "index.json", text.buf, text.len);
	picture_add(p, "oci-layout", layout, strlen(layout));
}

/* Where a style puts layer I, and what it links to it. */
static void add_docker_layer(struct picture *p, enum picture_style style, size_t i, char name[128])
{
	const char *hex = p->diff_ids[i] + 7;
	AUTO(str_release) struct str blob = STR_INIT(MAX);
	char target[128];

	switch (style) {
	case PICTURE_LEGACY:
		(void)snprintf(name, 128, "%064zu/layer.tar", i + 1);
		break;
	case PICTURE_PODMAN:
		(void)snprintf(name, 128, "%s.tar", hex);
		(void)snprintf(target, sizeof(target), "../%s.tar", hex);
		picture_add(p, name, p->layers[i].buf, p->layers[i].len);
		(void)snprintf(name, 128, "%064zu/layer.tar", i + 1);
		picture_link(p, name, target, false);
		return; /* the manifest names the link: the harder way */
	case PICTURE_KANIKO:
		picture_filter(&blob, "gzip", p->layers[i].buf, p->layers[i].len);
		picture_digest(target, &blob);
		(void)snprintf(name, 128, "%.64s.tar.gz", target + 7);
		picture_add(p, name, blob.buf, blob.len);
		return;
	case PICTURE_MODERN:
		(void)snprintf(name, 128, "blobs/sha256/%s", hex);
		return; /* is there already */
	}
	picture_add(p, name, p->layers[i].buf, p->layers[i].len);
}

void picture_docker(struct picture *p, enum picture_style style, const char *name)
{
	static const char *const forms[] = { [PICTURE_LEGACY] = "%s.json",
					     [PICTURE_PODMAN] = "%s.json",
					     [PICTURE_KANIKO] = "sha256:%s",
					     [PICTURE_MODERN] = "blobs/sha256/%s" };
	AUTO(str_release) struct str config = STR_INIT(MAX), layers = STR_INIT(MAX);
	char path[128];

	make_config(p, NULL, &config);
	for (size_t i = 0; i < p->layer_count; i++) {
		add_docker_layer(p, style, i, path);
		str_addf(&layers, "%s\"%s\"", i ? "," : "", path);
	}
	picture_digest(p->config, &config);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(path, sizeof(path), forms[style], p->config + 7);
#pragma GCC diagnostic pop
	if (style != PICTURE_MODERN)
		picture_add(p, path, config.buf, config.len);
	str_addf(&p->rows, "%s{\"Config\":\"%s\",\"RepoTags\":[%s%s%s],\"Layers\":[%s]}",
		 p->rows.len ? "," : "", path, name ? "\"" : "", name ? name : "", name ? "\"" : "",
		 layers.buf);
}

void picture_rows(struct picture *p)
{
	AUTO(str_release) struct str text = STR_INIT(MAX);

	str_addf(&text, "[%s]", p->rows.buf);
	picture_add(p, "manifest.json", text.buf, text.len);
}

void picture_write(const struct picture *p, const char *filter, struct str *out)
{
	AUTO(str_release) struct str plain = STR_INIT(MAX);
	AUTO(sink_closep) struct sink *to = sink_to_str(&plain);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };

	for (size_t i = 0; i < p->count; i++) {
		const struct picture_file *f = &p->files[i];

		put(w, f->name, f->link, f->is_hardlink, f->bytes.buf, f->bytes.len);
	}
	must(tar_writer_finish(w, &e), &e);
	if (filter)
		picture_filter(out, filter, plain.buf, plain.len);
	else
		str_add(out, plain.buf, plain.len);
}

int picture_fd(const void *bytes, size_t len)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	struct err e = { 0 };

	assert_true(fd >= 0);
	must(file_write(fd, bytes, len, &e), &e);
	return fd;
}

int picture_open(const struct picture *p, const char *filter)
{
	AUTO(str_release) struct str out = STR_INIT(MAX);

	picture_write(p, filter, &out);
	return picture_fd(out.buf, out.len);
}

void picture_unpack(const struct picture *p, int dirfd)
{
	struct err e = { 0 };

	for (size_t i = 0; i < p->count; i++) {
		AUTO(freep) char *path = xstrdup(p->files[i].name);

		for (char *slash = path; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
			*slash = '\0';
			(void)mkdirat(dirfd, path, 0755);
		}
		(void)unlinkat(dirfd, path, 0);
		if (p->files[i].link)
			assert_int_equal(symlinkat(p->files[i].link, dirfd, path), 0);
		else
			must(file_create(dirfd, path, 0644, p->files[i].bytes.buf,
					 p->files[i].bytes.len, &e),
			     &e);
	}
}
