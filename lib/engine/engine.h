/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - Docker and Podman: found, opened, asked.
 *
 * Two dialects behind one table of requests. The table is a closed list: GET is not harmless
 * (libpod's healthcheck runs a command in the container), so what is not in it cannot be asked.
 * Timeouts: connect 2 s, stall 30 s, none on the whole of a stream.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/opt.h"
#include "lib/base/stream.h"
#include "lib/base/str.h"
#include "lib/model/container.h"
#include "lib/model/endpoint.h"

struct engine {
	char *label;   /* "docker", "podman", "podman-alice": unique among those found */
	char *address; /* "unix:///run/docker.sock", "tcp://…" */
	enum dialect dialect;
	char *version; /* the engine's own, e.g. "5.4.2" */
	char *api;     /* what we speak: "1.45", or "5.4.2" of libpod */
	bool is_rootless;
	bool has_experimental;    /* Docker: checkpoints are allowed */
	bool is_named;            /* by its address, on the command line */
	bool is_started_by_us;    /* a podman service that ends with us: an effect on the host */
	struct engine_link *link; /* how it is reached: http.h */
	struct podman_service *service; /* what we started: service.h; ends with the engine */
};

struct engines {
	struct engine **items;
	size_t count;
	struct str tried; /* "unix:///run/docker.sock: no such file", one a line, escaped by the
			     shower */
	struct str sick; /* those lines of it that are of something there that does not answer as an
			    engine */
};

struct engine_choice {
	const struct words *names; /* --engine, or none for all that answer */
	bool no_start;             /* never start a podman service */
};

/*
 * Finds and opens. An engine named by the user that does not answer is an error; of those found by
 * themselves one failing does not hide the others (its reason is in `tried`). None at all:
 * ERR_ENGINE saying what was tried. OUT need not be initialised; after a failure it is as it was.
 */
int engines_find(const struct engine_choice *choice, struct engines *out, struct err *e) must_check;
void engines_release(struct engines *all);

enum request {
	ASK_VERSION,
	ASK_SYSTEM, /* what ASK_INFO says, in the words that both share, before the dialect is known
		     */
	ASK_INFO,
	ASK_LIST,    /* args.all */
	ASK_INSPECT, /* args.id, as in all below unless said */
	ASK_CHANGES,
	ASK_TOP,           /* never with ps options on Podman */
	ASK_STATS,         /* once */
	ASK_LOGS,          /* the whole log with timestamps, both streams, no follow */
	ASK_EVENTS,        /* args.id, since, until; args.id NULL and until NULL: all, following */
	ASK_NETWORK,       /* args.name */
	ASK_VOLUME,        /* args.name: inspect */
	ASK_IMAGE,         /* args.name: inspect */
	ASK_IMAGE_HISTORY, /* args.name */
	ASK_IMAGE_SAVE,    /* args.name: a tar */
	ASK_ARCHIVE,       /* args.path: a tar of it */
	ASK_EXPORT,        /* a tar of the root file system */
	ASK_PAUSE,         /* these four change the target and are recorded by the caller */
	ASK_UNPAUSE,       /* carried out also after a signal, as CHECKPOINT_DROP is */
	ASK_CHECKPOINT, /* Podman: a tar comes back. Docker: args.name, args.path (on the daemon's
			   host) */
	ASK_CHECKPOINT_DROP, /* Docker: args.name, args.path */
	ASK_DISCONNECT,      /* args.name: the network */
	ASK_CONNECT,         /* args.endpoint: the network, and what to give back there; carried out
				also after a signal */
	ASK_COMMIT,          /* args.commit; the answer's Id is the image's */
	ASK_STOP, /* args.seconds of patience, then it is killed; no failure if it does not run */
	ASK_KILL,
	ASK_REMOVE, /* by force; its volumes stay */
	ASK_COUNT,
};

struct request_args {
	const char *id, *name, *path, *since, *until;
	bool all;
	unsigned seconds;
	bool despite_signal; /* carry it out also after a signal, whatever it is */
	const struct endpoint *endpoint;
	/* Not those of the endpoint: whatever the network gives. */
	bool any_address, any_interface;
	const struct commit *commit;
};

/* An image made of a container. */
struct commit {
	const char *repository, *tag;
	bool is_paused_meanwhile; /* always said, since the engines' defaults differ */
	const char *comment;
	const struct commit_label {
		const char *key, *value; /* any text */
	} * labels;
	size_t label_count;
};

/*
 * Any thread may ask; one source belongs to one thread. Sends it and returns the body as a source
 * once the status is known to be good; the engine's own message is in the error otherwise
 * (ERR_ENGINE with the HTTP status in err.sys; 404 is ERR_ABSENT). A body that is cut short fails
 * in read, after all that came was delivered.
 */
int engine_ask(struct engine *g, enum request what, const struct request_args *args,
	       struct source **out, struct err *e) must_check;
/*
 * For ASK_EVENTS, which can be silent for ever: whether the next read has something to give within
 * TIMEOUT_MS. 1, 0, or -1 when a signal came.
 */
int engine_wait(struct source *s, unsigned timeout_ms, struct err *e) must_check;
/* "GET /v1.45/containers/…/json", and the body if there is one, for the custody log and the
 * journal; the caller frees. */
char *engine_request_text(const struct engine *g, enum request what,
			  const struct request_args *args);

/* For small answers: whole in BODY (its max is the limit), byte for byte. */
int engine_fetch(struct engine *g, enum request what, const struct request_args *args,
		 struct str *body, struct err *e) must_check;

struct container_list {
	struct container *items;
	size_t count;
};
int engine_list(struct engine *g, bool all, struct container_list *out, struct err *e) must_check;
void container_list_release(struct container_list *l);
/*
 * Asks for the start and the end of each one where the list does not have them, as Docker's has
 * not. What cannot be had within 5 s for all of them stays NULL: it is no reason to hide a
 * container.
 */
int engine_list_times(struct engine *g, struct container_list *l, struct err *e) must_check;

/*
 * Finds a container by name, id, unique prefix of an id, or "engine:" and one of these, among all
 * engines. ERR_USAGE lists the candidates when there are several, ERR_ABSENT names near misses.
 */
int engines_resolve(struct engines *all, const char *word, struct engine **engine, char **id,
		    struct err *e) must_check;

#endif
