/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "contain/holds.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/read.h"

void sealed_release(struct sealed *s)
{
	free(s->id);
	free(s->path);
	free(s->seal);
	free(s->profile);
	free(s->vouched);
	*s = (struct sealed){ 0 };
}

void sealed_json(const struct sealed *s, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_text_if(w, "bundle", s->id);
	custody_sentence(w, "path", s->path);
	jsonw_text_if(w, "seal", s->seal);
	jsonw_text_if(w, "profile", s->profile);
	jsonw_bool(w, "verified", s->is_verified);
	custody_sentence(w, "vouched", s->vouched);
	jsonw_end(w);
}

static char *copy(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

static bool is_of_run(const struct evidence *v, const struct subject *s)
{
	return v->id && !strcmp(v->id, s->container.id) && moment_is_same(v->started, s->started);
}

bool sealed_known(const struct subject *s, const struct history *h, struct sealed *out)
{
	for (size_t i = h ? h->evidence_count : 0; i-- > 0;) {
		if (!is_of_run(&h->evidence[i], s))
			continue;
		*out = (struct sealed){
			.is_had = true,
			.id = copy(h->evidence[i].bundle),
			.path = copy(h->evidence[i].path),
			.seal = copy(h->evidence[i].seal),
			.profile = copy(h->evidence[i].profile),
		};
		return true;
	}
	return false;
}

/* What the first line of the custody log says it is of. */
static int check_opening(const struct subject *s, const struct bundle_reader *b,
			 const struct sealed_need *need, struct sealed *out, struct err *e)
{
	struct obj o = obj_begin(bundle_opening(b), "custody line 0", e);
	struct obj target = obj_in(&o, "target"), container = obj_in(&target, "container");
	const char *id = obj_text(&container, "id"),
		   *started = obj_text_or(&container, "started", NULL),
		   *profile = obj_text_or(&target, "profile", "");

	if (obj_end(&o) < 0)
		return -1;
	if (strcmp(id, s->container.id) != 0)
		return err_set(e, ERR_INTEGRITY, "it is of another container, %.12s", id);
	if (!moment_is_same(started, s->started))
		return err_set(e, ERR_INTEGRITY, "it is of another run, started %.40s",
			       started ? started : "never");
	if (need->is_all_files && strcmp(profile, "standard") != 0 && strcmp(profile, "full") != 0)
		return err_set(
			e, ERR_INTEGRITY,
			"its profile is '%.20s': what it has on its disk would be lost, so it "
			"takes 'standard' or 'full'",
			profile);
	out->profile = xstrdup(profile);
	return 0;
}

/* A profile is what was asked for: files may have been left out, or not been had. */
static int check_files(const struct bundle_reader *b, const struct sealed_need *need, struct err *e)
{
	if (!need->is_all_files || bundle_has(b, "filesystem/changes.tar", NULL) ||
	    bundle_has(b, "filesystem/rootfs.tar", NULL))
		return 0;
	return err_set(e, ERR_INTEGRITY,
		       "its files are not in it, and what it has on its disk would be lost: its "
		       "custody.jsonl says why");
}

/* A volume without a name of its own has the engine's. */
static bool is_anonymous(const struct container_mount *m)
{
	return m->type == MOUNT_VOLUME && m->name && text_is_hex(m->name, 64);
}

struct looked_for {
	const char *source;
	bool is_there;
};

static int look_for_content(const struct cJSON *line, void *data, struct err *e)
{
	AUTO(str_release) struct str source = STR_INIT(CUSTODY_LINE_MAX);
	struct looked_for *f = data;
	struct obj o = obj_begin(line, "the line", e);
	const char *path = obj_text_or(&o, "path", ""), *end = strrchr(path, '.');

	if (!strcmp(obj_text_or(&o, "kind", ""), "volumes") && end && !strcmp(end, ".tar") &&
	    obj_bytes(&o, "source", &source) && !strcmp(source.buf, f->source))
		f->is_there = true;
	return obj_end(&o);
}

/* Those go with a container that is removed when it ends. By their place: their order varies. */
static int check_volumes(const struct subject *s, struct bundle_reader *b,
			 const struct sealed_need *need, struct err *e)
{
	const struct container *c = &s->container;

	if (!need->is_all_files || !c->is_auto_removed)
		return 0;
	for (size_t i = 0; i < c->mount_count; i++) {
		const struct container_mount *m = &c->mounts[i];
		AUTO(freep) char *source = NULL;
		struct looked_for wanted;

		if (!is_anonymous(m) || !m->destination)
			continue;
		source = xasprintf("host mount %s", m->destination);
		wanted = (struct looked_for){ .source = source };
		if (bundle_custody_each(b, look_for_content, &wanted, e) < 0)
			return -1;
		if (!wanted.is_there)
			return err_set(
				e, ERR_INTEGRITY,
				"the volume at '%.100s' is not in it, and the engine removes it "
				"with the container: it takes 'full', or collect --with volumes",
				m->destination);
	}
	return 0;
}

static bool is_in_journal(const struct history *h, const char *seal)
{
	if (!h || h->state.broken)
		return false;
	for (size_t i = 0; i < h->evidence_count; i++)
		if (h->evidence[i].seal && !strcmp(h->evidence[i].seal, seal))
			return true;
	return false;
}

/* Anyone can seal a forgery with a key of his own: somebody has to vouch for this seal. */
static int check_signer(const struct bundle_reader *b, const struct sealed_need *need,
			struct sealed *out, struct err *e)
{
	const struct report *r = bundle_report(b);

	if (need->seal && strcmp(need->seal, r->seal_sha256) != 0)
		return err_set(e, ERR_INTEGRITY, "its seal is not the one that it was sealed with");
	if (r->is_trusted)
		out->vouched = xstrdup("its signer is trusted");
	else if (need->seal)
		out->vouched = xstrdup("it was sealed just now");
	else if (is_in_journal(need->history, r->seal_sha256))
		out->vouched = xstrdup("its seal is in the journal");
	else
		return err_set(e, ERR_INTEGRITY,
			       "its signer is not trusted, and its seal is not in %s",
			       need->history && need->history->state.broken
				       ? "a journal that is whole"
				       : "the journal");
	return 0;
}

int sealed_check(const struct subject *s, const struct sealed_need *need, const char *path,
		 struct sealed *out, struct err *e)
{
	const struct bundle_read_options how = { .trust = need->trust };
	AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
	AUTO(sealed_release) struct sealed found = { .is_had = true, .is_verified = true };
	const struct report *r;

	log_debug("verifying %s", path);
	if (bundle_open(path, &how, &b, e) < 0 || check_opening(s, b, need, &found, e) < 0 ||
	    check_files(b, need, e) < 0 || check_volumes(s, b, need, e) < 0 ||
	    check_signer(b, need, &found, e) < 0)
		return err_wrap(e, "bundle '%s'", path);
	r = bundle_report(b);
	found.path = file_absolute(path);
	found.id = xstrdup(r->seal.id);
	found.seal = xstrdup(r->seal_sha256);
	found.is_complete = r->seal.complete;
	found.is_new = need->seal != NULL;
	*out = found;
	found = (struct sealed){ 0 };
	return 0;
}

static int find_known(const struct subject *s, const struct sealed_need *need, struct sealed *out,
		      struct err *e)
{
	const struct history *h = need->history;
	bool is_any = false;

	for (size_t i = h ? h->evidence_count : 0; i-- > 0;) {
		struct err why = { 0 };

		if (!is_of_run(&h->evidence[i], s))
			continue;
		if (sealed_check(s, need, h->evidence[i].path, out, &why) == 0)
			return 0;
		/* The newest one's reason tells most. */
		if (!is_any)
			*e = why;
		is_any = true;
	}
	if (is_any)
		return -1;
	return err_set(e, ERR_ENGINE,
		       "the journal knows of no bundle of this run of it; --collect %s makes one",
		       need->is_all_files ? "standard" : "triage");
}

int sealed_find(const struct subject *s, const struct sealed_need *need, struct sealed *out,
		struct err *e)
{
	if (need->path)
		return sealed_check(s, need, need->path, out, e);
	return find_known(s, need, out, e);
}
