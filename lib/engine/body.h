/* SPDX-License-Identifier: Apache-2.0 */
/* body.h - what is sent along with a request, where a path does not say it all. */
#ifndef ENGINE_BODY_H
#define ENGINE_BODY_H

#include "lib/base/str.h"
#include "lib/engine/engine.h"

#define BODY_MAX ((size_t)1 << 20)

void body_checkpoint(struct str *out, const struct request_args *args); /* Docker */
void body_disconnect(struct str *out, const struct request_args *args);
void body_connect_docker(struct str *out, const struct request_args *args);
void body_connect_podman(struct str *out, const struct request_args *args);
void body_commit(struct str *out, const struct request_args *args);

#endif
