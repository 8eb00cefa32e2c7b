/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/engine/find.h"

/* What this program was written to speak. */
#define DOCKER_OLDEST "1.41"
#define DOCKER_NEWEST "1.52"
#define LIBPOD_OLDEST 4
#define LIBPOD_NEWEST 5

struct version {
	unsigned part[3];
};

/* "1.45", "5.4.2-rc1": up to three numbers; what follows them does not count. */
static bool parse(const char *text, struct version *out)
{
	*out = (struct version){ 0 };
	for (size_t i = 0; i < 3; i++) {
		size_t digits = 0;

		for (; isdigit((unsigned char)*text); text++) {
			if (++digits > 6)
				return false;
			out->part[i] = out->part[i] * 10 + (unsigned)(*text - '0');
		}
		if (!digits)
			return false;
		if (*text != '.' || !isdigit((unsigned char)text[1]))
			break;
		text++;
	}
	return true;
}

static int compare(const struct version *a, const struct version *b)
{
	for (size_t i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

static int choose_docker(const char *theirs, const char *least, char **api, struct err *e)
{
	struct version have, min, oldest, newest;
	const struct version *use;

	(void)parse(DOCKER_OLDEST, &oldest);
	(void)parse(DOCKER_NEWEST, &newest);
	if (!parse(theirs, &have))
		return err_set(e, ERR_FORMAT, "'%s' is no version of Docker's API", theirs);
	if (!parse(least, &min))
		min = (struct version){ 0 };
	if (compare(&have, &oldest) < 0)
		return err_set(e, ERR_ENGINE,
			       "Docker's API %s is older than " DOCKER_OLDEST " (Docker 20.10)",
			       theirs);
	if (compare(&min, &newest) > 0)
		return err_set(e, ERR_ENGINE,
			       "Docker wants API %s at least; this program speaks " DOCKER_NEWEST,
			       least);
	use = compare(&have, &newest) < 0 ? &have : &newest;
	*api = xasprintf("%u.%u", use->part[0], use->part[1]);
	return 0;
}

static int choose_libpod(const char *theirs, const char *least, char **api, struct err *e)
{
	struct version have, min;

	if (!parse(theirs, &have))
		return err_set(e, ERR_FORMAT, "'%s' is no version of Podman's API", theirs);
	if (!parse(least, &min))
		min = (struct version){ 0 };
	if (have.part[0] < LIBPOD_OLDEST)
		return err_set(e, ERR_ENGINE, "Podman's API %s is older than %d", theirs,
			       LIBPOD_OLDEST);
	if (min.part[0] > LIBPOD_NEWEST)
		return err_set(e, ERR_ENGINE,
			       "Podman wants API %s at least; this program speaks %d", least,
			       LIBPOD_NEWEST);
	if (have.part[0] > LIBPOD_NEWEST)
		have = (struct version){ { LIBPOD_NEWEST, 0, 0 } };
	*api = xasprintf("%u.%u.%u", have.part[0], have.part[1], have.part[2]);
	return 0;
}

static const struct cJSON *component(const struct cJSON *list, const char *name)
{
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		const struct cJSON *is = json_is_object(item) ? json_member(item, "Name") : NULL;

		if (is && json_text(is) && !strcmp(json_text(is), name))
			return item;
	}
	return NULL;
}

/* One Podman serves Docker's API too: the top level is for Docker's clients, the component is its
 * own word. */
static int podman_version(struct engine *g, const struct cJSON *item, struct err *e)
{
	struct obj o = obj_begin(item, "version", e), details = obj_in(&o, "Details");
	const char *version = obj_text(&o, "Version"), *api = obj_text(&details, "APIVersion");
	const char *least = obj_text_or(&details, "MinAPIVersion", "");

	if (obj_end(&o) < 0 || choose_libpod(api, least, &g->api, e) < 0)
		return -1;
	g->dialect = DIALECT_PODMAN;
	g->version = xstrdup(version);
	return 0;
}

int version_read(struct engine *g, const char *text, size_t len, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = json_parse(text, len, e);
	struct obj o;
	const struct cJSON *podman;
	const char *version, *api, *least;
	bool experimental;

	if (!doc)
		return -1;
	o = obj_begin(doc, "version", e);
	podman = component(obj_list_or(&o, "Components"), "Podman Engine");
	if (podman)
		return podman_version(g, podman, e);
	version = obj_text(&o, "Version");
	api = obj_text(&o, "ApiVersion");
	least = obj_text_or(&o, "MinAPIVersion", "");
	experimental = obj_bool_or(&o, "Experimental", false);
	if (obj_end(&o) < 0 || choose_docker(api, least, &g->api, e) < 0)
		return -1;
	g->dialect = DIALECT_DOCKER;
	g->version = xstrdup(version);
	g->has_experimental = experimental;
	return 0;
}

static bool names_rootless(const struct cJSON *options)
{
	for (const struct cJSON *item = json_first(options); item; item = json_next(item))
		if (json_text(item) && !strcmp(json_text(item), "name=rootless"))
			return true;
	return false;
}

int info_read(struct engine *g, const char *text, size_t len, char **identity, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = json_parse(text, len, e);
	AUTO(freep) char *name = NULL;
	struct obj o;
	bool rootless;

	if (!doc)
		return -1;
	o = obj_begin(doc, "info", e);
	/*
	 * The name beside the id: machines cloned from one image have one id. Podman makes a new id
	 * for each answer.
	 */
	rootless = names_rootless(obj_list_or(&o, "SecurityOptions"));
	name = xasprintf("%s %s %s", dialect_word(g->dialect), obj_text_or(&o, "Name", ""),
			 g->dialect == DIALECT_PODMAN ? obj_text(&o, "DockerRootDir")
						      : obj_text(&o, "ID"));
	if (obj_end(&o) < 0)
		return -1;
	g->is_rootless = rootless;
	*identity = steal(&name);
	return 0;
}
