/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "rootfs": the whole root file system, from our own disk if it lies there. */
#include "collect/export.h"
#include "collect/seizure.h"
#include "collect/tree.h"
#include "collect/view.h"
#include "lib/base/own.h"

int take_rootfs(struct seizure *s, struct err *e)
{
	AUTO(walk_freep) struct walk *walk = NULL;
	AUTO(freep) char *source = NULL;
	struct walk_options options = view_options(s);
	struct err why = { 0 };
	struct tree tree = { .kind = "rootfs",
			     .tar = "filesystem/rootfs.tar",
			     .rows = "filesystem/rootfs.jsonl",
			     .feed = tree_feed_walk };
	int root;

	if (!s->host.has_files)
		return export_rootfs(s, e);
	root = view_root(s, &source, &why);
	if (root < 0) {
		if (bundle_warning(s->bundle, why.text, e) < 0)
			return -1;
		return export_rootfs(s, e);
	}
	walk = walk_new(root, NULL, &options);
	tree.source = source;
	tree.data = walk;
	return tree_take(s, &tree, e);
}
