/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject.h - the container that is acted on, pinned: this id, this run of it.
 *
 * A restarted or recreated container is another one. What was seen first is kept; subject_again()
 * reads anew just before a call and refuses where it is not the same run any more.
 */
#ifndef CONTAIN_SUBJECT_H
#define CONTAIN_SUBJECT_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/engine/engine.h"
#include "lib/engine/host.h"
#include "lib/model/container.h"
#include "lib/model/endpoint.h"

struct subject {
	struct engine *engine;
	struct container container; /* as last read */
	struct endpoints endpoints; /* the same */
	struct host_view host;
	char *started; /* the run that is pinned; NULL: it never ran */
};

/*
 * Whether both are the same moment, in whatever spelling of RFC 3339; NULL, and the year 1, are
 * never.
 */
bool moment_is_same(const char *a, const char *b);

/* ERR_INTEGRITY where IF_STARTED (RFC 3339, any spelling of the same moment; or NULL) is another
 * run. */
int subject_read(struct engine *g, const char *id, const char *if_started, struct subject *out,
		 struct err *e) must_check;
/* Reads container and endpoints anew. ERR_INTEGRITY: another run; ERR_ABSENT: gone. */
int subject_again(struct subject *s, struct err *e) must_check;
void subject_release(struct subject *s);

#endif
