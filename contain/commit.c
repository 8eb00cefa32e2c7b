/* SPDX-License-Identifier: Apache-2.0 */
/* commit: the root file system as an image, labelled with where it comes from. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contain/act.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define LABEL      "org.impound."
#define NAME_BYTES 64 /* of the container's name, in the image's */

void making_release(struct making *m)
{
	for (size_t i = 0; i < m->text_count; i++)
		free(m->texts[i]);
	free(m->repository);
	free(m->tag);
	free(m->id);
	*m = (struct making){ 0 };
}

void making_answer(struct making *m, const struct str *answer)
{
	struct err ignored = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct obj o;
	const char *id;

	if (!m->repository || !answer->len)
		return;
	doc = json_parse(answer->buf, answer->len, &ignored);
	o = obj_begin(doc, "the engine's answer", &ignored);
	id = obj_text_or(&o, "Id", NULL);
	if (id)
		m->id = xstrdup(id);
}

/* What any engine takes in a repository's name. */
static char *plain_name(const char *name)
{
	char *out = xstrndup(name, NAME_BYTES);
	size_t n = 0;

	for (const char *p = out; *p; p++) {
		bool is_word = isascii((unsigned char)*p) && isalnum((unsigned char)*p);

		if (is_word)
			out[n++] = (char)tolower((unsigned char)*p);
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (!n) {
		free(out);
		return xstrdup("container");
	}
	return out;
}

static char *default_tag(void)
{
	char text[32];
	struct tm tm;
	time_t now = time(NULL);

	(void)gmtime_r(&now, &tm);
	(void)strftime(text, sizeof(text), "%Y%m%dt%H%M%Sz", &tm);
	return xstrdup(text);
}

/* Letters, digits and MORE between them, and neither first nor last anything but the former. */
static bool is_made_of(const char *text, size_t len, const char *more)
{
	for (size_t i = 0; i < len; i++)
		if (!isascii((unsigned char)text[i]) ||
		    (!isalnum((unsigned char)text[i]) && (!text[i] || !strchr(more, text[i]))))
			return false;
	return len && isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[len - 1]);
}

/* Only a registry, which something follows, has a port. */
static bool is_repository(const char *text)
{
	bool is_first = true;

	if (strlen(text) > 200)
		return false;
	for (;; is_first = false) {
		size_t len = strcspn(text, "/");

		if (!is_made_of(text, len, is_first && text[len] ? "._-:" : "._-"))
			return false;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static int parse_image(const char *word, struct making *m, struct err *e)
{
	const char *slash = strrchr(word, '/'), *colon = strrchr(slash ? slash : word, ':');
	size_t len = colon ? (size_t)(colon - word) : strlen(word);
	AUTO(freep) char *repository = xstrndup(word, len);
	AUTO(freep) char *tag = colon ? xstrdup(colon + 1) : default_tag();

	for (const char *p = repository; *p; p++)
		if (isupper((unsigned char)*p))
			return err_set(e, ERR_USAGE,
				       "--image '%s': a name of an image has no capitals", word);
	if (!is_repository(repository) || !is_made_of(tag, strlen(tag), "._-") || strlen(tag) > 128)
		return err_set(e, ERR_USAGE, "--image takes NAME or NAME:TAG, not '%s'", word);
	m->repository = steal(&repository);
	m->tag = steal(&tag);
	return 0;
}

int commit_check_image(const char *word, struct err *e)
{
	AUTO(making_release) struct making m = { 0 };

	return parse_image(word, &m, e);
}

static void add_label(struct making *m, const char *key, const char *value)
{
	if (value && *value)
		m->labels[m->commit.label_count++] =
			(struct commit_label){ .key = key, .value = value };
}

static void add_label_own(struct making *m, const char *key, char *value)
{
	m->texts[m->text_count++] = value;
	add_label(m, key, value);
}

/* The image says by itself what it is, wherever it goes. */
static void add_labels(struct act *a)
{
	const struct container *c = &a->subject.container;
	const struct order *o = a->order;
	struct making *m = &a->making;
	char now[TEXT_TIME_SIZE];

	text_now(now);
	add_label_own(m, LABEL "container", xstrdup(c->id));
	add_label_own(m, LABEL "name", xstrdup(c->name ? c->name : ""));
	add_label_own(m, LABEL "image", xstrdup(c->image ? c->image : ""));
	add_label_own(m, LABEL "image-id", xstrdup(c->image_id ? c->image_id : ""));
	add_label(m, LABEL "started", a->subject.started);
	add_label(m, LABEL "engine", a->subject.engine->label);
	add_label(m, LABEL "case", o->case_id);
	add_label(m, LABEL "operator", o->operator_name);
	add_label(m, LABEL "reason", o->reason);
	add_label_own(m, LABEL "bundle", xstrdup(a->sealed.id ? a->sealed.id : ""));
	add_label_own(m, LABEL "seal", xstrdup(a->sealed.seal ? a->sealed.seal : ""));
	add_label_own(m, LABEL "time", xstrdup(now));
	add_label(m, LABEL "version", IMPOUND_VERSION);
	m->commit.labels = m->labels;
}

/* Without a cgroup of the second version a rootless engine freezes nothing. */
static bool can_pause(struct engine *g)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err ignored = { 0 };
	struct obj o, host;
	const char *version;

	if (!g->is_rootless)
		return true;
	if (engine_fetch(g, ASK_INFO, NULL, &body, &ignored) < 0)
		return false;
	doc = json_parse(body.buf, body.len, &ignored);
	o = obj_begin(doc, "info", &ignored);
	host = obj_in_or(&o, "host");
	version = g->dialect == DIALECT_PODMAN ? obj_text_or(&host, "cgroupVersion", "")
					       : obj_text_or(&o, "CgroupVersion", "");
	return !strcmp(version, "v2") || !strcmp(version, "2");
}

static bool is_still(const struct act *a)
{
	return a->subject.container.state != STATE_RUNNING || a->making.commit.is_paused_meanwhile;
}

static int plan_commit(struct act *a, struct err *e)
{
	const struct container *c = &a->subject.container;
	struct making *m = &a->making;

	if (a->order->image) {
		if (parse_image(a->order->image, m, e) < 0)
			return -1;
	} else {
		AUTO(freep) char *name = plain_name(c->name ? c->name : "");

		m->repository = xasprintf("impound/%s", name);
		m->tag = default_tag();
	}
	m->commit.repository = m->repository;
	m->commit.tag = m->tag;
	m->commit.comment = "made by impound as evidence";
	m->commit.is_paused_meanwhile = c->state == STATE_RUNNING && can_pause(a->subject.engine);
	add_labels(a);
	if (m->commit.is_paused_meanwhile)
		sentences_add(&a->notes, "it is paused while the image is made");
	else if (c->state == STATE_RUNNING)
		sentences_add(&a->notes, "it cannot be paused here (a rootless engine without a "
					 "freezer): files may change while they are copied");
	for (size_t i = 0; i < c->mount_count; i++)
		if (c->mounts[i].destination)
			sentences_add(&a->notes, "not in the image: the mount at '%s'",
				      c->mounts[i].destination);
	calls_add(&a->calls, ASK_COMMIT,
		  &(struct request_args){ .id = a->id, .commit = &a->making.commit });
	return 0;
}

int commit_look(struct engine *g, const char *image, const char *id, struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct request_args args = { .name = image };
	struct obj o, config, labels;
	const char *of;

	if (engine_fetch(g, ASK_IMAGE, &args, &body, e) < 0)
		return -1;
	doc = json_parse(body.buf, body.len, e);
	if (!doc)
		return err_wrap(e, "the image's record");
	o = obj_begin(doc, "the image's record", e);
	config = obj_in_or(&o, "Config");
	labels = obj_in_or(&config, "Labels");
	of = obj_text_or(&labels, LABEL "container", "");
	if (obj_end(&o) < 0)
		return -1;
	if (strcmp(of, id) != 0)
		return err_set(e, ERR_FORMAT,
			       "the image does not have the labels of this container");
	return 0;
}

static void prove_commit(struct act *a, bool failed)
{
	struct err e = { 0 };

	if (failed) {
		a->result = a->error.kind == ERR_ENGINE && a->error.sys == 0 ? RESULT_UNKNOWN
									     : RESULT_FAILED;
		return;
	}
	if (!a->making.id)
		(void)err_set(&e, ERR_ENGINE, "the engine did not say which image it made");
	if (!a->making.id || commit_look(a->subject.engine, a->making.id, a->id, &e) < 0) {
		a->error = e;
		a->result = RESULT_UNPROVEN;
		return;
	}
	sentences_add(&a->proof, "the image has the labels of this container");
	sentences_add(&a->warnings, "its configuration is in the image, with every secret in it");
	a->result = is_still(a) ? RESULT_DONE : RESULT_UNPROVEN;
	if (a->result == RESULT_UNPROVEN)
		sentences_add(&a->warnings, "files may have changed while they were copied: the "
					    "image may hold no single moment");
	/* The engine unpauses by itself; that it did is to be seen. */
	a->is_seen = subject_again(&a->subject, &e) == 0;
	if (a->is_seen && a->subject.container.state != a->state_before)
		sentences_add(&a->warnings, "it was %s and is %s now",
			      container_state_word(a->state_before),
			      container_state_word(a->subject.container.state));
}

const struct verb_room commit_room = { plan_commit, prove_commit };
