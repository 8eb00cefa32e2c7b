/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounted.h - sockets of the host that are mounted into a container: what speaks through one needs
 * no network.
 */
#ifndef CONTAIN_MOUNTED_H
#define CONTAIN_MOUNTED_H

#include "contain/sentences.h"
#include "contain/subject.h"

struct mounted {
	/* "the engine's own socket '/run/docker.sock', mounted at '/var/run/docker.sock'" */
	struct sentences engines;
	struct sentences others; /* "the socket '/run/x', mounted at '/x'" */
};

/*
 * From the engine's list of mounts. Where the engine is on this host the sources are looked at,
 * elsewhere their names have to do.
 */
void mounted_sockets(const struct subject *s, struct mounted *out);
void mounted_release(struct mounted *m);

#endif
