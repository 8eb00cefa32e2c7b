/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/image_parts.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define FINDINGS_MAX 10000

const char *image_state_word(enum image_state s)
{
	static const char *const words[] = {
		[IMAGE_UNREAD] = "unread",       [IMAGE_VERIFIED] = "verified",
		[IMAGE_AS_STORED] = "as stored", [IMAGE_MISMATCH] = "mismatch",
		[IMAGE_DAMAGED] = "damaged",     [IMAGE_ABSENT] = "absent",
		[IMAGE_CACHED] = "cached",
	};

	return words[s];
}

static void choice_release(struct choice *c)
{
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i]);
	free(c->names);
	free(c->digest);
	free(c->config);
	free(c->index);
	free(c->platform);
}

void image_freep(struct image **im)
{
	struct image *it = steal(im);

	if (!it)
		return;
	for (size_t i = 0; i < it->layer_count; i++) {
		free(it->layers[i].diff_id);
		free(it->layers[i].digest);
		free(it->layers[i].media_type);
		free(it->layers[i].path);
	}
	for (size_t i = 0; i < it->finding_count; i++) {
		free(it->findings[i].object);
		free(it->findings[i].expected);
		free(it->findings[i].found);
	}
	for (size_t i = 0; i < it->choice_count; i++)
		choice_release(&it->choices[i]);
	free(it->layers);
	free(it->ids);
	free(it->findings);
	free(it->choices);
	free(it->ref);
	free(it->digest);
	free(it->platform);
	free(it->title);
	config_freep(&it->config);
	store_freep(&it->store);
	free(it);
}

void image_note(struct image *im, const char *id, const char *expected, const char *found,
		const char *object, ...)
{
	AUTO(str_release) struct str text = STR_INIT(2 * IMAGE_NAME_MAX);
	va_list ap;

	if (im->finding_count >= FINDINGS_MAX)
		return;
	va_start(ap, object);
	str_vaddf(&text, object, ap);
	va_end(ap);
	grow(im->findings, im->finding_count, im->finding_cap);
	im->findings[im->finding_count++] = (struct image_finding){
		.id = id,
		.object = str_detach(&text),
		.expected = expected ? xstrdup(expected) : NULL,
		.found = found ? xstrdup(found) : NULL,
	};
}

bool digest_is_good(const char *digest)
{
	return !strncmp(digest, "sha256:", 7) && text_is_hex(digest + 7, 64);
}

char *digest_path(const char *digest)
{
	return xasprintf("blobs/sha256/%s", digest + 7);
}

struct cJSON *image_document(struct image *im, const char *name, const char *digest,
			     char found[DIGEST_SIZE], const char *what, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(IMAGE_JSON_MAX);
	char hex[SHA256_HEX], is[DIGEST_SIZE];
	struct cJSON *doc;

	if (store_document(im->store, name, &text, e) < 0) {
		(void)err_wrap(e, "%s", what);
		return NULL;
	}
	digest_of(text.buf, text.len, hex);
	(void)snprintf(is, sizeof(is), "sha256:%s", hex);
	if (digest && strcmp(digest, is) != 0)
		image_note(im,
			   !strcmp(what, "config")     ? "image.config-digest"
			   : !strcmp(what, "manifest") ? "image.manifest-digest"
						       : "image.index-digest",
			   digest, is, "%s (%s)", what, name);
	if (found)
		memcpy(found, is, sizeof(is));
	doc = json_parse_within(text.buf, text.len, IMAGE_VALUES_MAX, e);
	if (!doc)
		(void)err_wrap(e, "%s", what);
	return doc;
}

struct image_layer *layer_add(struct image *im, const char *path, struct err *e)
{
	unsigned at = (unsigned)im->layer_count;
	struct image_layer *l;

	if (at >= IMAGE_LAYERS_MAX) {
		(void)err_set(e, ERR_LIMIT, "more than %d layers", IMAGE_LAYERS_MAX);
		return NULL;
	}
	grow(im->layers, im->layer_count, im->layer_cap);
	grow(im->ids, im->layer_count, im->id_cap);
	l = &im->layers[im->layer_count++];
	*l = (struct image_layer){ .path = xstrdup(path), .first = at };
	im->ids[at] = store_find(im->store, path, &l->size);
	if (im->ids[at] < 0)
		l->state = IMAGE_ABSENT;
	for (unsigned i = at; i-- > 0 && im->ids[at] >= 0;)
		if (im->ids[i] == im->ids[at])
			l->first = im->layers[i].first;
	return l;
}

int image_path(const char *path, struct err *e)
{
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", path);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_FORMAT,
			       "'%s' is neither a file nor a directory: an image is read twice",
			       path);
	return steal_fd(&fd);
}

static int open_store(int fd, struct store **out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	if (!S_ISDIR(st.st_mode))
		return store_of_archive(fd, out, e);
	*out = store_of_directory(fd);
	return 0;
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* One layer, and nobody says what it should be. */
static int open_rootfs(struct image *im, const char *ref, struct err *e)
{
	if (!strcmp(im->store->word, "directory"))
		return err_set(e, ERR_FORMAT,
			       "neither an index.json nor a manifest.json is in it: no "
			       "image layout");
	if (im->store->has_blobs)
		return err_set(e, ERR_FORMAT,
			       "parts of an image, but neither index.json nor manifest.json%s%s",
			       im->store->damage.kind ? ": " : "", im->store->damage.text);
	if (ref)
		return err_set(e, ERR_ABSENT, "no image '%.100s': it is a root file system", ref);
	im->format = IMAGE_ROOTFS;
	im->store->damage.kind = ERR_NONE; /* will be met again where it is */
	if (!layer_add(im, "", e))
		return -1;
	im->layers[0].state = IMAGE_UNREAD;
	return 0;
}

static int open_documents(struct image *im, const struct image_options *options, bool has_index,
			  bool has_manifest, struct err *e)
{
	const struct choice *c;
	bool by_platform;

	im->format = has_index ? IMAGE_OCI : IMAGE_DOCKER;
	if ((has_index ? oci_choices(im, e) : docker_choices(im, e)) < 0 ||
	    (has_index && has_manifest && docker_names(im, e) < 0) ||
	    choice_find(im, options, &c, &by_platform, e) < 0 ||
	    (has_index ? oci_layers(im, c, e) : docker_layers(im, c, e)) < 0 ||
	    (has_index && has_manifest && docker_compare(im, c, e) < 0))
		return -1;
	im->ref = copy(choice_title(c, options->ref));
	im->digest = copy(c->digest ? c->digest : im->config->digest);
	im->platform = copy(by_platform ? c->platform : NULL);
	for (size_t i = 0; i < im->layer_count; i++) {
		const struct image_layer *l = &im->layers[i];

		if (l->state == IMAGE_ABSENT)
			image_note(im, l->is_foreign ? "image.layer-foreign" : "image.layer-absent",
				   l->digest ? l->digest : l->diff_id, NULL, "layer %zu (%s)",
				   i + 1, l->path);
	}
	return 0;
}

static void set_title(struct image *im)
{
	AUTO(str_release) struct str text = STR_INIT(4096);
	const char *format = image_format_word(im);

	if (im->ref)
		text_show(&text, im->ref, strlen(im->ref));
	else if (im->digest)
		str_addf(&text, "%.19s", im->digest);
	if (im->platform) {
		str_adds(&text, " for ");
		text_show(&text, im->platform, strlen(im->platform));
	}
	if (text.len)
		str_addf(&text, " (%s)", format);
	else
		str_addf(&text, "a %s", format);
	im->title = str_detach(&text);
}

int image_open(int fd, const struct image_options *options, struct image **out, struct err *e)
{
	AUTO(image_freep) struct image *im = xcalloc(1, sizeof(*im));
	bool has_index, has_manifest;

	if (open_store(fd, &im->store, e) < 0)
		return err_wrap(e, "image");
	has_index = store_find(im->store, "index.json", NULL) >= 0;
	has_manifest = store_find(im->store, "manifest.json", NULL) >= 0;
	if (im->store->is_crowded && (has_index || has_manifest))
		return err_set(e, ERR_LIMIT, "image: more than %d members", IMAGE_MEMBERS_MAX);
	if (im->store->damage.kind != ERR_NONE && (has_index || has_manifest))
		image_note(im, "image.archive-damaged", NULL, im->store->damage.text, "archive");
	if ((has_index || has_manifest ? open_documents(im, options, has_index, has_manifest, e)
				       : open_rootfs(im, options->ref, e)) < 0)
		return err_wrap(e, "image");
	set_title(im);
	*out = steal(&im);
	return 0;
}

enum image_format image_format(const struct image *im)
{
	return im->format;
}

const char *image_format_word(const struct image *im)
{
	bool is_directory = !strcmp(im->store->word, "directory");

	switch (im->format) {
	case IMAGE_DOCKER:
		return is_directory ? "docker directory" : "docker archive";
	case IMAGE_OCI:
		return is_directory ? "OCI layout" : "OCI archive";
	default:
		return "root file system";
	}
}

const char *image_title(const struct image *im)
{
	return im->title;
}

const char *image_ref(const struct image *im)
{
	return im->ref;
}

const char *image_digest(const struct image *im)
{
	return im->digest;
}

const char *image_platform(const struct image *im)
{
	return im->platform;
}

const struct image_config *image_config(const struct image *im)
{
	return im->config;
}

size_t image_layer_count(const struct image *im)
{
	return im->layer_count;
}

const struct image_layer *image_layer(const struct image *im, size_t i)
{
	return &im->layers[i];
}

const struct image_finding *image_finding(const struct image *im, size_t i)
{
	return i < im->finding_count ? &im->findings[i] : NULL;
}
