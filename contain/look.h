/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - one look around a container's processes: what netview_read() is made of.
 *
 * Each part adds to the view. What one of them could not look at is a loss there, not an error: an
 * error is for what makes the whole look worthless.
 */
#ifndef CONTAIN_LOOK_H
#define CONTAIN_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "contain/isolation.h"
#include "contain/subject.h"
#include "lib/base/err.h"
#include "lib/engine/processes.h"

#define HELD_MAX   200000 /* descriptors that are sockets, of all processes of the container */
#define SPACES_MAX 1024   /* network namespaces of them, besides the first process's */

/* A descriptor that is a socket. */
struct held {
	uint64_t inode;
	pid_t pid;
	int fd;
	bool is_met; /* a table of one of the container's own namespaces names it */
};

/* A network namespace that a process or thread of the container is in. */
struct space {
	uint64_t inode;
	pid_t pid, task;
	bool is_closed; /* it has no interface that leads anywhere */
};

struct look {
	const struct subject *subject;
	struct netview *view;
	struct process_mark mark;
	struct host_processes all;
	uint64_t host_netns, our_netns;
	struct held *held; /* by inode */
	size_t held_count, held_cap;
	struct space *spaces; /* others than the first process's */
	size_t space_count, space_cap;
};
void look_release(struct look *l);

/* Adds to LIST of the view, once, up to FINDINGS_MAX: past that it is a loss. */
void look_add(struct look *l, struct sentences *list, const char *fmt, ...) printf_like(3, 4);
void look_lost(struct look *l, const char *fmt, ...) printf_like(2, 3);
/* Whether INODE's descriptor is held, and notes that a table names it. */
bool look_meet(struct look *l, uint64_t inode);

/*
 * (netns.c) Interfaces, routes and connections of the namespace that DIR, a directory of a process,
 * is in; of the host's own only the connections that the container holds.
 */
int look_at_namespace(struct look *l, int dir, struct err *e) must_check;
/* The names of its interfaces that count, ", " between; "" for none. DIR: of a thread. */
int look_for_interfaces(int dir, struct str *names, struct err *e) must_check;

/* (sharers.c) Who else is in it, where the container's processes are, and what sockets they hold.
 */
int look_at_processes(struct look *l, struct err *e) must_check;

/* (doors.c) */
void look_at_mounts(struct look *l);
void look_at_spaces(struct look *l);
void look_at_descriptors(struct look *l);
void look_at_abstract(struct look *l, int dir);

/* (ports.c) */
void look_at_ports(struct look *l);

#endif
