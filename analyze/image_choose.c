/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several images is meant: by name, by digest, by platform. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "analyze/image_parts.h"
#include "lib/base/own.h"

#define DIGITS_MIN 6  /* of a digest that is not written whole */
#define LISTED_MAX 12 /* images that an error names */

struct choice *choice_add(struct image *im)
{
	struct choice *c;

	grow(im->choices, im->choice_count, im->choice_cap);
	c = &im->choices[im->choice_count++];
	*c = (struct choice){ 0 };
	return c;
}

void choice_name(struct choice *c, const char *name)
{
	if (!name || !*name || c->name_count >= IMAGE_CHOICES_MAX)
		return;
	for (size_t i = 0; i < c->name_count; i++)
		if (!strcmp(c->names[i], name))
			return;
	grow(c->names, c->name_count, c->name_cap);
	c->names[c->name_count++] = xstrdup(name);
}

/* What the engines leave out when they write a name. */
static const char *short_name(const char *name)
{
	static const char *const prefixes[] = { "docker.io/library/", "docker.io/", "localhost/" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

static bool is_name(const char *name, const char *ref)
{
	size_t len;

	if (!strcmp(name, ref))
		return true;
	name = short_name(name);
	ref = short_name(ref);
	len = strlen(ref);
	return !strncmp(name, ref, len) && (!name[len] || !strcmp(name + len, ":latest"));
}

const char *choice_title(const struct choice *c, const char *ref)
{
	for (size_t i = 0; ref && i < c->name_count; i++)
		if (is_name(c->names[i], ref))
			return c->names[i];
	/* Docker's first name is the tag alone. */
	for (size_t i = 0; i < c->name_count; i++)
		if (strchr(c->names[i], ':'))
			return c->names[i];
	return c->name_count ? c->names[0] : NULL;
}

static bool begins_digest(const char *digest, const char *ref)
{
	const char *digits = strncmp(ref, "sha256:", 7) == 0 ? ref + 7 : ref;
	size_t len = strlen(digits);

	return digest && len >= DIGITS_MIN && !strncmp(digest + 7, digits, len);
}

/* "linux/arm64" means any variant of it. */
static bool is_platform(const char *platform, const char *wanted)
{
	size_t len = strlen(wanted);

	return platform && !strncmp(platform, wanted, len) &&
	       (!platform[len] || platform[len] == '/');
}

static bool is_meant(const struct choice *c, const char *ref)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (is_name(c->names[i], ref))
			return true;
	return begins_digest(c->digest, ref) || begins_digest(c->config, ref) ||
	       begins_digest(c->index, ref) || (strchr(ref, '/') && is_platform(c->platform, ref));
}

static const char *own_platform(void)
{
	static const struct {
		const char *machine, *platform;
	} known[] = {
		{ "x86_64", "linux/amd64" },    { "aarch64", "linux/arm64" },
		{ "armv7l", "linux/arm/v7" },   { "armv6l", "linux/arm/v6" },
		{ "i686", "linux/386" },        { "riscv64", "linux/riscv64" },
		{ "ppc64le", "linux/ppc64le" }, { "s390x", "linux/s390x" },
	};
	struct utsname u;

	if (uname(&u) == 0)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strcmp(u.machine, known[i].machine))
				return known[i].platform;
	return "linux/unknown";
}

static void describe(struct str *out, const struct choice *c)
{
	const char *digest = c->digest ? c->digest : c->config, *title = choice_title(c, NULL);

	str_adds(out, out->len ? ", " : "");
	if (title)
		str_adds(out, title);
	else
		str_addf(out, "%.19s", digest ? digest : "one without a name");
	if (c->platform)
		str_addf(out, " (%s)", c->platform);
}

static int refuse(const struct image *im, const bool *is_in, enum err_kind kind, const char *what,
		  struct err *e)
{
	AUTO(str_release) struct str list = STR_INIT(400);
	unsigned listed = 0;

	for (size_t i = 0; i < im->choice_count && listed < LISTED_MAX; i++)
		if (is_in[i]) {
			describe(&list, &im->choices[i]);
			listed++;
		}
	return err_set(e, kind, "%s: %s%s", what, list.buf, list.over ? "…" : "");
}

/* Leaves in IS_IN those that FN says; if that is none, nothing changes. Returns how many are in. */
static size_t narrow(const struct image *im, bool *is_in,
		     bool (*fn)(const struct choice *, const char *), const char *word)
{
	size_t all = 0, some = 0;

	for (size_t i = 0; i < im->choice_count; i++) {
		all += is_in[i];
		some += is_in[i] && fn(&im->choices[i], word);
	}
	for (size_t i = 0; some && i < im->choice_count; i++)
		is_in[i] = is_in[i] && fn(&im->choices[i], word);
	return some ? some : all;
}

static bool is_there(const struct choice *c, const char *unused)
{
	(void)unused;
	return !c->is_absent;
}

static bool has_platform(const struct choice *c, const char *wanted)
{
	return is_platform(c->platform, wanted);
}

/* Behind one entry of the first index there is one image, for several platforms. */
static bool is_one_image(const struct image *im, const bool *is_in)
{
	const struct choice *first = NULL;

	for (size_t i = 0; i < im->choice_count; i++) {
		if (!is_in[i])
			continue;
		if (first && first->top != im->choices[i].top)
			return false;
		first = &im->choices[i];
	}
	return true;
}

int choice_find(const struct image *im, const struct image_options *options,
		const struct choice **out, bool *is_by_platform, struct err *e)
{
	AUTO(freep) bool *is_in = xcalloc(im->choice_count + 1, sizeof(*is_in));
	const char *platform = options->platform ? options->platform : own_platform();
	size_t count = im->choice_count, before;

	memset(is_in, true, im->choice_count);
	if (!count)
		return err_set(e, ERR_ABSENT, "there is no image in this %s", im->store->word);
	if (options->ref) {
		size_t meant = 0;

		for (size_t i = 0; i < count; i++)
			meant += is_meant(&im->choices[i], options->ref);
		if (!meant) {
			(void)refuse(im, is_in, ERR_ABSENT, "there are", e);
			return err_wrap(e, "no image '%.100s'", options->ref);
		}
		count = narrow(im, is_in, is_meant, options->ref);
	}
	count = before = narrow(im, is_in, is_there, NULL);
	if (count > 1 && (options->ref || is_one_image(im, is_in)))
		count = narrow(im, is_in, has_platform, platform);
	if (count > 1)
		return refuse(im, is_in, ERR_USAGE, "several images, choose one with --ref", e);
	for (size_t i = 0; i < im->choice_count; i++)
		if (is_in[i])
			*out = &im->choices[i];
	*is_by_platform = before > 1;
	return 0;
}
