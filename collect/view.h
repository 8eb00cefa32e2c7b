/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - the places of one container's files, each as a private read-only mount (clone.h).
 *
 * All need s->host.has_files or has_processes, which the caller has looked at. That the pid is
 * still the container's is proved again once its mount namespace is held, for pids are used anew.
 */
#ifndef COLLECT_VIEW_H
#define COLLECT_VIEW_H

#include "collect/seizure.h"
#include "collect/walk.h"
#include "lib/base/err.h"

/*
 * The root file system: the container's own mount where it runs, else its upper directory over the
 * image's as layers. *SOURCE says which, for the record; the caller frees it.
 */
int view_root(struct seizure *s, char **source, struct err *e) must_check;
/* What the image gave, without what the container changed. WITH_INIT: and what the engine put on
 * it. */
int view_image(struct seizure *s, bool with_init, struct err *e) must_check;
/* The upper directory as it lies on the host's disk. */
int view_upper(struct seizure *s, struct err *e) must_check;
/*
 * What is mounted at PATH in the running container. A mount that was made outside of the
 * container's user namespace cannot be made noatime from within; then it is taken from SOURCE, the
 * host's path of the same (NULL: none known), if that is proved to be the same.
 */
int view_mount(struct seizure *s, const char *path, const char *source, struct err *e) must_check;
/* Whether the process that the host view began with is gone, and its mounts with it. */
bool view_has_ended(const struct seizure *s);

/* One layer of the image, uppermost first; NULL after the last. Borrowed until the next call. */
struct layers_of {
	char **dirs;
	size_t count;
};
int layers_of(const struct container *c, struct layers_of *out, struct err *e) must_check;
void layers_of_release(struct layers_of *l);
/* Docker's layer "<id>-init": /.dockerenv, /etc/hosts and the like, made for this container. */
bool layer_is_init(const char *dir);

/* For a walk of this container's files; it points to the seizure's ids. */
struct walk_options view_options(const struct seizure *s);
/* The seizure's ids, or NULL if what lies at ROOT has the container's own already. */
const struct idmaps *view_ids(const struct seizure *s, int root);
/* "trusted.overlay." or "user.overlay." */
const char *view_overlay_prefix(const struct seizure *s);

#endif
