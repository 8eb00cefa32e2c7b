/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h - what analyze says: one finding for each rule and object, with its evidence.
 *
 * Objects and evidence hold bytes from the container: whoever shows them escapes them.
 */
#ifndef ANALYZE_FINDING_H
#define ANALYZE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/rule.h"
#include "lib/base/err.h"

#define FINDINGS_MAX                                                                               \
	1000 /* kept of one rule, so that no flood hides another; the rest is counted */
#define FINDING_EVIDENCE_MAX 32 /* pieces kept of one */

struct finding {
	const struct rule *rule;
	enum severity severity;
	const char *attack; /* the rule's, unless it is known better */
	char *object;       /* "process 402 (sh)", "/etc/cron.d/.sync" */
	char **evidence;
	size_t evidence_count;
	uint64_t evidence_all;
	char *when; /* RFC 3339, or NULL */
	bool shows_secrets;
};

struct findings {
	bool shows_secrets; /* else they are taken out of evidence */
	struct finding *items;
	size_t count, cap;
	uint64_t all[RULE_COUNT]; /* of each rule, with those past FINDINGS_MAX */
	struct finding lost;      /* the last of those */
};

/*
 * The finding of this rule and object: a new one with the rule's severity, or the one that is there
 * already. Never NULL: past the limit it is one that nobody will see.
 */
struct finding *findings_add(struct findings *all, enum rule_id rule, const char *object);
/* Secrets are taken out of it (secret.h) unless the findings show them. */
void finding_evidence(struct finding *f, const char *fmt, ...) printf_like(2, 3);
void finding_when(struct finding *f, const char *time); /* the first one stays; NULL is none */

/* Worst first, then by rule, then by object: the same order for the same findings. */
void findings_sort(struct findings *all);
void findings_release(struct findings *all);

#endif
