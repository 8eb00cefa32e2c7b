/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - the processes and sockets of a bundle, as the host saw them, in the words that rules
 * are made of.
 *
 * Read from the rows of process/processes.jsonl and sockets.jsonl. What is kept of one is bounded;
 * long texts are cut.
 */
#ifndef ANALYZE_PROCESS_H
#define ANALYZE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

#define SUSPECTS_MAX        20000 /* processes of one container */
#define SUSPECT_ARGS_MAX    1024  /* of a command line, joined by blanks */
#define SUSPECT_SOCKETS_MAX 100000

struct cJSON;

struct suspect {
	uint64_t pid, ppid, ns_pid;
	char *comm, *args, *argv0, *started; /* NULL where the row has none */
	char *exe;                           /* as in the container */
	char *exe_sha256;
	char *recovered; /* its member of recovered.tar */
	bool is_exe_deleted, is_exe_memfd;
	uint64_t effective, bounding; /* capabilities, if has_caps */
	bool has_caps;
	uint32_t uid;             /* effective, the container's; UINT32_MAX: not known */
	uint64_t stdio_socket[2]; /* inode of descriptors 0 and 1, 0 for none */
	bool has_terminal;        /* descriptor 0 is one */
	char *preload, *histfile; /* "LD_PRELOAD=…", "HISTFILE=…" */
	char *pid_ns, *mnt_ns;
	size_t ns_depth; /* of pid namespaces, as the host sees it */
	bool is_first;   /* the engine's own: pid 1 of the container */
	bool is_in_cgroup;
	uint64_t anonymous_exec_bytes;
	bool has_jit; /* a library that compiles just in time is mapped */
};

/* One of tcp, udp or packet. */
struct suspect_socket {
	uint64_t inode;
	bool is_packet, is_stream, is_established, is_listening;
	bool is_loopback;     /* where it listens, else its other end */
	char *local, *remote; /* "10.0.0.5:443" */
	uint16_t port;        /* the local one */
	uint64_t *owners;     /* pids */
	size_t owner_count;
};

struct suspects {
	struct suspect *items; /* by pid */
	size_t count, cap;
	struct suspect_socket *sockets; /* by inode */
	size_t socket_count, socket_cap;
	uint64_t all, sockets_all; /* also those past the limits */
};

/* One row. ERR_FORMAT on what is none. */
int suspects_add(struct suspects *s, const struct cJSON *row, struct err *e) must_check;
int suspects_add_socket(struct suspects *s, const struct cJSON *row, struct err *e) must_check;
/* When all have been added, and before any is looked for. */
void suspects_sort(struct suspects *s);
void suspects_release(struct suspects *s);

/* NULL where there is none. */
const struct suspect *suspects_first(const struct suspects *s); /* pid 1 of the container */
const struct suspect *suspects_find(const struct suspects *s, uint64_t pid);
const struct suspect_socket *suspects_socket(const struct suspects *s, uint64_t inode);

#endif
