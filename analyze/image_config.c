/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "analyze/image_parts.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

#define LIST_MAX    10000
#define HISTORY_MAX 10000

static void list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void config_freep(struct image_config **c)
{
	struct image_config *it = steal(c);

	if (!it)
		return;
	for (size_t i = 0; i < it->history_count; i++) {
		free(it->history[i].created);
		free(it->history[i].created_by);
		free(it->history[i].comment);
	}
	free(it->history);
	list_free(it->env);
	list_free(it->cmd);
	list_free(it->entrypoint);
	list_free(it->ports);
	list_free(it->volumes);
	list_free(it->labels);
	free(it->digest);
	free(it->created);
	free(it->os);
	free(it->architecture);
	free(it->variant);
	free(it->author);
	free(it->user);
	free(it->working_dir);
	free(it->stop_signal);
	free(it);
}

static char *keep(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

static int check_count(const struct cJSON *list, const char *key, struct err *e)
{
	if (json_count(list) > LIST_MAX)
		return err_set(e, ERR_LIMIT, "'%s' has more than %d entries", key, LIST_MAX);
	return 0;
}

/* The texts of a list, or the keys of an object; with values each follows its key. */
static int texts(struct obj *o, const char *key, bool is_object, bool has_values, char ***out,
		 struct err *e)
{
	const struct cJSON *list = o->node ? json_member(o->node, key) : NULL;
	size_t count = 0;

	/* An old Docker writes a Cmd as one word. */
	if (list && !is_object && json_text(list)) {
		*out = xcalloc(2, sizeof(**out));
		(*out)[0] = xstrdup(json_text(list));
		return 0;
	}
	if (list && !(is_object ? json_is_object(list) : json_is_list(list)))
		list = NULL;
	if (list && check_count(list, key, e) < 0)
		return -1;
	*out = xcalloc(2 * (list ? json_count(list) : 0) + 1, sizeof(**out));
	for (const struct cJSON *item = list ? json_first(list) : NULL; item;
	     item = json_next(item)) {
		const char *text = is_object ? json_key(item) : json_text(item);

		if (!text)
			continue;
		(*out)[count++] = xstrdup(text);
		if (has_values)
			(*out)[count++] = xstrdup(json_text(item) ? json_text(item) : "");
	}
	return 0;
}

static int read_history(struct image_config *c, struct obj *o, struct err *e)
{
	const struct cJSON *list = obj_list_or(o, "history");

	if (!list)
		return 0;
	if (json_count(list) > HISTORY_MAX)
		return err_set(e, ERR_LIMIT, "a history of more than %d steps", HISTORY_MAX);
	c->history = xcalloc(json_count(list) + 1, sizeof(*c->history));
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		struct obj row = obj_begin(item, "history", e);
		struct image_history *h = &c->history[c->history_count++];

		h->created = keep(obj_text_or(&row, "created", NULL));
		h->created_by = keep(obj_text_or(&row, "created_by", NULL));
		h->comment = keep(obj_text_or(&row, "comment", NULL));
		h->is_empty = obj_bool_or(&row, "empty_layer", false);
		if (obj_end(&row) < 0)
			return -1;
	}
	return 0;
}

static int read_config(struct image_config *c, struct obj *o, struct err *e)
{
	struct obj run = obj_in_or(o, "config");

	c->created = keep(obj_text_or(o, "created", NULL));
	c->os = keep(obj_text_or(o, "os", NULL));
	c->architecture = keep(obj_text_or(o, "architecture", NULL));
	c->variant = keep(obj_text_or(o, "variant", NULL));
	c->author = keep(obj_text_or(o, "author", NULL));
	c->user = keep(obj_text_or(&run, "User", NULL));
	c->working_dir = keep(obj_text_or(&run, "WorkingDir", NULL));
	c->stop_signal = keep(obj_text_or(&run, "StopSignal", NULL));
	if (obj_end(o) < 0)
		return -1;
	if (texts(&run, "Env", false, false, &c->env, e) < 0 ||
	    texts(&run, "Cmd", false, false, &c->cmd, e) < 0 ||
	    texts(&run, "Entrypoint", false, false, &c->entrypoint, e) < 0 ||
	    texts(&run, "ExposedPorts", true, false, &c->ports, e) < 0 ||
	    texts(&run, "Volumes", true, false, &c->volumes, e) < 0 ||
	    texts(&run, "Labels", true, true, &c->labels, e) < 0)
		return -1;
	return read_history(c, o, e);
}

static int take_diff_ids(struct image *im, struct obj *o)
{
	struct obj rootfs = obj_in_or(o, "rootfs");
	const struct cJSON *list = obj_list_or(&rootfs, "diff_ids");
	size_t i = 0, count = list ? json_count(list) : 0;
	char expected[24], found[24];

	if (obj_end(o) < 0)
		return -1;
	for (const struct cJSON *item = list ? json_first(list) : NULL; item && i < im->layer_count;
	     item = json_next(item), i++) {
		const char *text = json_text(item);

		if (!text || !digest_is_good(text))
			image_note(im, "image.diffid-unusable", "sha256:…", text, "layer %zu",
				   i + 1);
		else
			im->layers[i].diff_id = xstrdup(text);
	}
	if (count == im->layer_count)
		return 0;
	(void)snprintf(expected, sizeof(expected), "%zu", count);
	(void)snprintf(found, sizeof(found), "%zu", im->layer_count);
	image_note(im, "image.layer-count", expected, found, "layers");
	return 0;
}

static int parse(struct image *im, const struct cJSON *doc, struct image_config *c, struct err *e)
{
	struct obj o = obj_begin(doc, "config", e);

	return read_config(c, &o, e) < 0 || take_diff_ids(im, &o) < 0 ? -1 : obj_end(&o);
}

static void make_whole(struct image_config *c)
{
	char ***const lists[] = { &c->env,   &c->cmd,     &c->entrypoint,
				  &c->ports, &c->volumes, &c->labels };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!*lists[i])
			*lists[i] = xcalloc(1, sizeof(**lists[i]));
}

int config_open(struct image *im, const char *name, const char *digest, struct err *e)
{
	char found[DIGEST_SIZE] = "";
	struct err why = { 0 };
	AUTO(json_freep)
	struct cJSON *doc = image_document(im, name, digest, found, "config", &why);

	if (!doc && why.kind != ERR_FORMAT && why.kind != ERR_LIMIT && why.kind != ERR_ABSENT) {
		*e = why;
		return -1;
	}
	im->config = xcalloc(1, sizeof(*im->config));
	im->config->digest = keep(found);
	if (!doc || parse(im, doc, im->config, &why) < 0)
		image_note(im, "image.config-damaged", NULL, why.text, "config");
	make_whole(im->config);
	return 0;
}
