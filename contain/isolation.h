/* SPDX-License-Identifier: Apache-2.0 */
/*
 * isolation.h - what can still reach a container or be reached from it, read in its network
 * namespace.
 *
 * The engine's word is no proof: Podman's disconnect of a paused container returns success and
 * leaves the interface. The proof is /proc/PID/net of the container's own processes, which needs
 * the host's view (host.h); where only the API is seen the verdict is UNPROVEN.
 */
#ifndef CONTAIN_ISOLATION_H
#define CONTAIN_ISOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contain/sentences.h"
#include "contain/subject.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/model/sockets.h"

#define CONNECTIONS_MAX 1000 /* kept of one look; the rest is counted */
#define FINDINGS_MAX    1000 /* of each list below; what is left out is a loss */

struct connection {
	enum socket_table table;
	char state[16];
	struct socket_end local, remote;
	uint64_t inode; /* 0: no longer any descriptor's */
};

/* A port of the host that led into the container when it was looked at, or at the look before. */
struct published {
	char address[SOCKET_ADDRESS_SIZE]; /* "" is any */
	char protocol[8];
	uint16_t port;
};

/* One look into the namespace. Names in it are the container's own choice, as they were read. */
struct netview {
	bool is_seen; /* else nothing below is known, and why_not says why */
	char why_not[200];
	bool is_empty;  /* not seen, for no process of it is on this host, which was looked through
			 */
	pid_t pid;      /* the process that it was seen through */
	uint64_t netns; /* its inode */
	bool is_hosts;  /* the host's own namespace: then only connections that it holds itself */
	struct sentences interfaces; /* all but lo that are there, "eth0 (172.17.0.2)" */
	/* "tunl0": what the kernel puts in every namespace; without address, route or traffic. */
	struct sentences idle;
	struct sentences routes;        /* "default via 172.17.0.1 dev eth0", not those of lo */
	struct sentences sharers;       /* others in it: "container <id>", "process 812 (sshd)" */
	struct connection *connections; /* open ones, not of loopback to itself */
	size_t connection_count;
	uint64_t connections_all;
	/*
	 * What leads out without this network: "unix socket '/run/docker.sock', mounted from …",
	 * "tcp 10.0.0.5:22 …, held by process 9, of another network namespace".
	 */
	struct sentences doors;
	struct published *published;
	size_t published_count;
	struct sentences
		ports; /* published and still bound: "0.0.0.0:8080/tcp by conmon (process 380)" */
	struct sentences losses; /* what could not be looked at */
};

/*
 * Never fails: what cannot be seen is said in why_not. BEFORE: an earlier look, or NULL; the engine
 * forgets which ports were published as soon as there is no network, so they are taken from there.
 */
void netview_read(const struct subject *s, const struct netview *before, struct netview *out);
void netview_release(struct netview *v);

enum isolation_verdict { ISOLATED, NOT_ISOLATED, ISOLATION_UNPROVEN };

struct isolation {
	enum isolation_verdict verdict;
	struct sentences reasons; /* why not, or why unproven */
	struct sentences proof;   /* what was looked at and found: "no interface but lo", … */
	const char *alternative;  /* what would help instead: "pause it: …"; NULL */
};

/*
 * Before anything is done: whether it can work at all (host network, container:X, pasta,
 * slirp4netns, a pod's infra container). ISOLATED says only that nothing speaks against it.
 */
void isolation_foresee(const struct subject *s, const struct netview *before,
		       struct isolation *out);
/* After it: NOW was read anew, BEFORE is the look before. */
void isolation_judge(const struct subject *now, const struct netview *before,
		     const struct netview *after, struct isolation *out);
void isolation_release(struct isolation *i);

/* Objects for the journal and the result. */
void netview_json(const struct netview *v, struct jsonw *w, const char *key);
void isolation_json(const struct isolation *i, struct jsonw *w, const char *key);

#endif
