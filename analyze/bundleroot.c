/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/bundleroot.h"

#define ROOTFS  "filesystem/rootfs.tar"
#define CHANGES "filesystem/changes.tar"
#define IMAGE   "image/image.tar"

int bundle_root_new(struct bundle_root *r, struct err *e)
{
	*r = (struct bundle_root){ 0 };
	return layered_new(&r->layered, e);
}

void bundle_root_release(struct bundle_root *r)
{
	root_freep(&r->root);
	layered_freep(&r->layered);
}

static int open_layers(struct bundle_root *r, struct bundle_reader *b, struct packages *packages,
		       struct err *e)
{
	const struct image_finding *f;
	const struct notes *lacks;

	if (layered_open(r->layered, b, e) < 0)
		return -1;
	lacks = layered_lacks(r->layered);
	for (size_t i = 0; lacks && i < lacks->kept; i++)
		packages_note_part(packages, "%s%s%s",
				   lacks->items[i].name ? lacks->items[i].name : "",
				   lacks->items[i].name ? ": " : "", lacks->items[i].text);
	for (size_t i = 0; (f = image_finding(layered_image(r->layered), i)) != NULL; i++)
		packages_add_note(packages, "%s: %s%s%s", f->id, f->object ? f->object : "",
				  f->found ? " is " : "", f->found ? f->found : "");
	if (!bundle_has(b, CHANGES, NULL))
		packages_note_part(packages, "the bundle has no " CHANGES
					     ": what the container changed is not known");
	r->source = IMAGE;
	r->is_whole = true;
	r->root = root_in_layers(r->layered);
	return 0;
}

int bundle_root_open(struct bundle_root *r, struct bundle_reader *b, struct packages *packages,
		     struct err *e)
{
	if (bundle_has(b, ROOTFS, NULL)) {
		r->source = ROOTFS;
		r->is_whole = true;
	} else if (bundle_has(b, IMAGE, NULL)) {
		return open_layers(r, b, packages, e);
	} else if (bundle_has(b, CHANGES, NULL)) {
		r->source = CHANGES;
		packages_note_part(packages, "the bundle has neither " ROOTFS " nor " IMAGE
					     ": only packages whose database was changed in the "
					     "container are known");
	} else {
		return err_set(e, ERR_ABSENT,
			       "the bundle has no files: collect --with rootfs takes them");
	}
	r->root = root_in_bundle(b, r->source);
	return 0;
}
