/* SPDX-License-Identifier: Apache-2.0 */
/* What the packages of a bundle say of its files. */
#include <stdio.h>
#include <string.h>

#include "analyze/examine.h"
#include "lib/base/own.h"

#define OBJECT "packages"

/* What is not known of them is no damage where the bundle was never to have it. */
static void say_notes(struct examination *x)
{
	const char *note;

	for (size_t i = 0; (note = packages_note(x->packages, i)) != NULL; i++)
		finding_evidence(findings_add(&x->findings, RULE_EVIDENCE_GAP, OBJECT), "%s", note);
}

int examine_packages(struct examination *x, struct err *e)
{
	struct err why = { 0 };

	if (bundle_root_open(&x->root, x->bundle, x->packages, &why) == 0 &&
	    packages_read(x->packages, x->root.root, &why) == 0 &&
	    (!x->root.is_whole || packages_verify(x->packages, x->root.root, &why) == 0)) {
		x->context.knows_packages = x->root.is_whole && packages_have_database(x->packages);
		say_notes(x);
		return 0;
	}
	if (why.kind == ERR_FORMAT || why.kind == ERR_LIMIT) {
		examine_gap(x, OBJECT, "%s", why.text);
		return 0;
	}
	if (why.kind == ERR_ABSENT)
		return 0;
	*e = why;
	return -1;
}

static void name_owner(const struct installed *package, char *out, size_t size)
{
	const struct scan *name = &package->is.name, *version = &package->is.version;

	(void)snprintf(out, size, "%.*s %.*s", (int)name->len, name->p, (int)version->len,
		       version->p);
}

int examine_owner(struct examination *x, const char *path, struct err *e)
{
	struct file_context *c = &x->context;
	struct packaged_file f;
	int found;

	c->has_owner = c->is_as_delivered = c->is_not_as_delivered = false;
	if (!c->knows_packages)
		return 0;
	found = packages_owner(x->packages, path + strspn(path, "/"), &f, e);
	if (found <= 0)
		return found;
	c->has_owner = true;
	c->is_as_delivered = f.verdict == VERDICT_OK;
	/* Settings are there to be changed. */
	c->is_not_as_delivered =
		f.verdict == VERDICT_CHANGED && !f.is_config && !f.is_ghost && !f.is_contested;
	name_owner(f.package, c->owner, sizeof(c->owner));
	return 0;
}

static bool is_told(const struct findings *all, const char *object)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].rule == rule_of(RULE_FILE_TROJANED) &&
		    !strcmp(all->items[i].object, object))
			return true;
	return false;
}

/* What the container did not change is so in the image: whoever made that is to be asked. */
static void tell_image_born(struct examination *x, const struct packaged_file *f)
{
	AUTO(freep) char *object = xasprintf("/%s", f->path);
	char owner[200];
	struct finding *it;

	if (is_told(&x->findings, object))
		return;
	name_owner(f->package, owner, sizeof(owner));
	it = findings_add(&x->findings, RULE_FILE_TROJANED, object);
	it->severity = SEVERITY_MEDIUM;
	finding_evidence(it, "the package %s delivered another content", owner);
	finding_evidence(it, "the container did not change it: it is so in the image");
}

int examine_delivered(struct examination *x, struct err *e)
{
	struct owned_walk at = { 0 };
	struct packaged_file f;
	int n;

	if (!x->context.knows_packages)
		return 0;
	while ((n = packages_next_file(x->packages, &at, &f, e)) > 0)
		if (f.verdict == VERDICT_CHANGED && !f.is_config && !f.is_ghost && !f.is_doc &&
		    !f.is_symlink && !f.is_contested)
			tell_image_born(x, &f);
	return n;
}
