/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - a container in our words, read from either engine's list or inspect answer.
 *
 * Texts are as the engine gave them: hostile. What an answer does not say is NULL, 0 or UNKNOWN.
 */
#ifndef MODEL_CONTAINER_H
#define MODEL_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"

struct cJSON;

enum dialect { DIALECT_DOCKER, DIALECT_PODMAN };
const char *dialect_word(enum dialect d); /* "docker", "podman" */

enum container_state {
	STATE_UNKNOWN,
	STATE_CREATED,
	STATE_RUNNING,
	STATE_PAUSED,
	STATE_STOPPED, /* exited, dead, stopping, removing */
};
const char *container_state_word(enum container_state s);

enum mount_type { MOUNT_BIND, MOUNT_VOLUME, MOUNT_TMPFS, MOUNT_OTHER };

struct container_mount {
	enum mount_type type;
	char *name;        /* of a volume, else NULL */
	char *source;      /* on the engine's host */
	char *destination; /* in the container */
	bool is_writable;
};

struct container_network {
	char *name, *id; /* id may be NULL */
};

/* A port of the host that leads into the container. */
struct container_port {
	char *address; /* of the host: "" is any */
	char *protocol;
	uint16_t host, inside;
};

struct container {
	char *id;   /* 64 hex */
	char *name; /* without Docker's leading '/' */
	char *image, *image_id;
	enum container_state state;
	char *status; /* the engine's own word */
	/* RFC 3339 as given, 0001… for never. Docker's list has neither start nor end. */
	char *created, *started, *finished;
	char *ports; /* "0.0.0.0:8080->80/tcp, …"; NULL from inspect */
	pid_t pid;   /* in the engine's pid namespace; 0 while not running */
	bool has_tty;
	char *graph_driver; /* "overlay2", "overlay" */
	char *lower_dirs;   /* as the engine says, ':' between; NULL unless overlay */
	char *upper_dir, *merged_dir;
	char *log_path;
	char *network_mode;
	struct container_mount *mounts;
	size_t mount_count;
	struct container_network *networks;
	size_t network_count;
	/* These are only in an inspect answer. */
	struct container_port *published; /* a range is one for each port */
	size_t published_count;
	char *restart_policy; /* "no", "always", "unless-stopped", "on-failure"; NULL: not said */
	char *pod;            /* the id of its pod, or NULL */
	bool is_infra;        /* holds a pod's namespaces for the others */
	bool is_auto_removed; /* gone with all its files as soon as it stops */
};

void container_release(struct container *c);

#define CONTAINERS_MAX 100000
#define MOUNTS_MAX     10000
#define PUBLISHED_MAX  200000 /* every port of both protocols, with room to spare */

/* The answer of inspect. Fails on what is not one; unknown fields are nothing. */
int container_from_inspect(enum dialect d, const struct cJSON *doc, struct container *out,
			   struct err *e) must_check;
/* One element of the answer of list. */
int container_from_list(enum dialect d, const struct cJSON *item, struct container *out,
			struct err *e) must_check;

#endif
