/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h - the rules themselves: facts in, findings out. Pure. */
#ifndef ANALYZE_RULES_H
#define ANALYZE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/changed.h"
#include "analyze/finding.h"
#include "analyze/process.h"
#include "lib/model/container.h"

/* What the engine was asked for. */
struct configured {
	const struct container *container; /* NULL where there is no inspect answer */
	bool has_terminal;
	uint16_t *ports; /* announced by the image or the container, or published */
	size_t port_count;
	char **preload; /* LD_PRELOAD and LD_AUDIT of the image's environment */
	size_t preload_count;
};

void rules_processes(const struct suspects *s, const struct configured *c, struct findings *out);
void rules_sockets(const struct suspects *s, const struct configured *c, struct findings *out);

/* A mount of the container's first mount namespace, as process/mounts.jsonl has it. */
struct mount_fact {
	const char *point, *type, *source, *root, *options;
};
void rules_mount(const struct mount_fact *m, const struct configured *c, struct findings *out);

/* What is known of the container where a file is judged. */
struct file_context {
	const char *created;   /* the container, RFC 3339; NULL: not known */
	bool has_new_packages; /* the database of installed packages was changed in it */
	/* Of the file that is judged: which package delivered it, and whether it is still so. */
	bool knows_packages; /* all that there are */
	bool has_owner, is_as_delivered, is_not_as_delivered;
	char owner[200]; /* "coreutils 9.7-3" */
	const struct suspects *suspects;
};

void rules_access(const struct changed *f, const struct file_context *c, struct findings *out);
void rules_program(const struct changed *f, const struct file_context *c, struct findings *out);
void rules_hiding(const struct changed *f, const struct file_context *c, struct findings *out);
/* What both the file and a process tell: that it runs. */
void rules_running(const struct changed *f, const struct file_context *c, struct findings *out);

/* The finding of RULE about this file, with its times and its hash as the first evidence. */
struct finding *rules_found(struct findings *out, enum rule_id rule, const struct changed *f);
/* The same about a process. */
struct finding *rules_found_process(struct findings *out, enum rule_id rule,
				    const struct suspect *p);

#endif
