/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/model/secret.h"

#define EVIDENCE_TEXT_MAX 2000

static void release(struct finding *f)
{
	free(f->object);
	for (size_t i = 0; i < f->evidence_count; i++)
		free(f->evidence[i]);
	free(f->evidence);
	free(f->when);
	*f = (struct finding){ 0 };
}

/*
 * Those of one object come close together, so the search goes from the end; no more than the rules
 * can give for one object have to be looked at.
 */
static struct finding *find(struct findings *all, const struct rule *rule, const char *object)
{
	for (size_t i = all->count, seen = 0; i-- > 0 && seen < (size_t)2 * RULE_COUNT; seen++)
		if (all->items[i].rule == rule && !strcmp(all->items[i].object, object))
			return &all->items[i];
	return NULL;
}

struct finding *findings_add(struct findings *all, enum rule_id id, const char *object)
{
	const struct rule *rule = rule_of(id);
	struct finding *f = find(all, rule, object);

	if (f)
		return f;
	if (all->all[id]++ >= FINDINGS_MAX) {
		release(&all->lost);
		f = &all->lost;
	} else {
		grow(all->items, all->count, all->cap);
		f = &all->items[all->count++];
	}
	*f = (struct finding){ .rule = rule,
			       .severity = rule->severity,
			       .attack = rule->attack,
			       .shows_secrets = all->shows_secrets };
	f->object = xstrdup(object);
	return f;
}

void finding_evidence(struct finding *f, const char *fmt, ...)
{
	AUTO(str_release) struct str shown = STR_INIT((size_t)4 * EVIDENCE_TEXT_MAX);
	char text[EVIDENCE_TEXT_MAX]; /* what is longer is cut */
	va_list ap;

	f->evidence_all++;
	if (f->evidence_count >= FINDING_EVIDENCE_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!f->evidence)
		f->evidence = xcalloc(FINDING_EVIDENCE_MAX, sizeof(*f->evidence));
	if (!f->shows_secrets)
		secret_redact(&shown, text, strlen(text));
	else
		str_adds(&shown, text);
	f->evidence[f->evidence_count++] = str_detach(&shown);
}

void finding_when(struct finding *f, const char *time)
{
	if (!f->when && time)
		f->when = xstrdup(time);
}

static int compare(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	int c;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	c = strcmp(a->rule->id, b->rule->id);
	return c ? c : strcmp(a->object, b->object);
}

void findings_sort(struct findings *all)
{
	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), compare);
}

void findings_release(struct findings *all)
{
	for (size_t i = 0; i < all->count; i++)
		release(&all->items[i]);
	free(all->items);
	release(&all->lost);
	*all = (struct findings){ 0 };
}
