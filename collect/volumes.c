/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds "volumes" and "binds": what was mounted into the container from outside of it. */
#include "collect/volumes.h"

#include <string.h>

#include "collect/clone.h"
#include "collect/tree.h"
#include "collect/view.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"

static char *head_of(const struct container_mount *m)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 20);
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "mount", m->destination, strlen(m->destination));
	jsonw_text(&w, "type", m->type == MOUNT_VOLUME ? "volume" : "bind");
	if (m->name)
		jsonw_bytes(&w, "name", m->name, strlen(m->name));
	if (m->source)
		jsonw_bytes(&w, "source", m->source, strlen(m->source));
	jsonw_bool(&w, "writable", m->is_writable);
	jsonw_line(&w);
	return str_detach(&text);
}

/* As the container sees it while it runs; else the host's directory that was or would be mounted.
 */
static int open_mount(struct seizure *s, const struct container_mount *m, struct err *e)
{
	if (s->host.has_processes) {
		int fd = view_mount(s, m->destination, m->source, e);

		if (fd >= 0 || !view_has_ended(s))
			return fd;
	}
	if (!m->source || m->source[0] != '/')
		return err_set(e, ERR_ABSENT, "it has no directory on this host");
	if (host_check_dir(s->engine, m->source, e) < 0)
		return -1;
	return clone_path(m->source, e);
}

static int take_one(struct seizure *s, const char *kind, const struct container_mount *m,
		    unsigned n, bool with_content, const struct walk_options *options,
		    struct err *e)
{
	AUTO(walk_freep) struct walk *walk = NULL;
	AUTO(freep) char *head = head_of(m);
	AUTO(freep) char *source = xasprintf("host mount %s", m->destination);
	AUTO(freep) char *tar = xasprintf("volumes/%u.tar", n);
	AUTO(freep) char *rows = xasprintf("volumes/%u.jsonl", n);
	struct tree tree = { .kind = kind,
			     .source = source,
			     .tar = with_content ? tar : NULL,
			     .rows = rows,
			     .head = head,
			     .feed = tree_feed_walk };
	struct err why = { 0 };
	int fd;

	if (!s->host.has_processes && !s->host.has_files)
		return tree_impossible(s, kind, source, s->host.why_not, e);
	fd = open_mount(s, m, &why);
	if (fd < 0)
		return tree_failed(s, kind, source, &why, e);
	tree.data = walk = walk_new(fd, NULL, options);
	return tree_take(s, &tree, e);
}

int volumes_take(struct seizure *s, const char *kind, enum mount_type type, bool with_content,
		 struct err *e)
{
	const struct ending none = { .outcome = OUTCOME_ABSENT };
	struct walk_options options = view_options(s);
	unsigned n = 0, taken = 0;

	options.has_override = false;
	for (size_t i = 0; i < s->target.mount_count; i++) {
		const struct container_mount *m = &s->target.mounts[i];

		if ((m->type != MOUNT_VOLUME && m->type != MOUNT_BIND) || !m->destination)
			continue;
		n++; /* one numbering for both, the same whichever of them are taken */
		if (m->type != type)
			continue;
		taken++;
		if (take_one(s, kind, m, n, with_content, &options, e) < 0)
			return -1;
	}
	/* An image's index without any volumes is whole as it is. */
	return taken || !with_content ? 0 : bundle_record(s->bundle, kind, "volumes", &none, e);
}

int take_volumes(struct seizure *s, struct err *e)
{
	if (s->with_volumes && volumes_take(s, "volumes", MOUNT_VOLUME, true, e) < 0)
		return -1;
	return s->with_binds ? volumes_take(s, "binds", MOUNT_BIND, true, e) : 0;
}
