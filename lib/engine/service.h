/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - Podman has no daemon: its API service started on a private socket, as a child of
 * ours.
 *
 * An effect on the host, announced by engine.is_started_by_us. The child gets a signal when we die,
 * also by kill -9, and runs in a process group of its own, so that Ctrl-C on the terminal does not
 * end it while something is still to be undone.
 */
#ifndef ENGINE_SERVICE_H
#define ENGINE_SERVICE_H

#include <stdbool.h>

#include "lib/base/err.h"

struct podman_service;

bool podman_is_installed(void);
/* Starts it and waits until it listens. To be called from the main thread: the child ends with its
 * caller. */
int podman_service_start(struct podman_service **out, struct err *e) must_check;
/* Where it is reached by this process, and where it was told to listen. */
const char *podman_service_socket(const struct podman_service *s);
const char *podman_service_path(const struct podman_service *s);
/* Ends the child; nothing is left of it on the disk. */
void podman_service_freep(struct podman_service **s);

#endif
