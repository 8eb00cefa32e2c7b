/* SPDX-License-Identifier: Apache-2.0 */
/* http.h - one HTTP request as a source, over a Unix socket or TCP; the only file that knows
 * libcurl. */
#ifndef ENGINE_HTTP_H
#define ENGINE_HTTP_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"

/* How an engine is reached. */
struct engine_link {
	char *socket;   /* path of a Unix socket, or NULL */
	char *base;     /* "http://localhost", "https://host:2376" */
	char *cert_dir; /* ca.pem, cert.pem, key.pem for https; else NULL */
	/* Who listens at the socket, by the kernel's word, from the first answer on: whoever owns
	 * the path could lead it to another later. */
	uid_t owner;
	bool has_owner;
};

struct http_request {
	const char *method;
	const char *path;    /* with its query, escaped already */
	const char *body;    /* JSON, or NULL */
	unsigned first_ms;   /* patience until the answer's first byte */
	unsigned stall_ms;   /* and between any two after it; 0 waits for ever */
	unsigned total_ms;   /* on the whole; 0 is no limit */
	bool ignores_signal; /* an undo is carried out also after a signal */
	bool takes_304;      /* it is so already: success, with nothing in the body */
};

/*
 * Sends it, and returns the body once the status says success. Otherwise the engine's own message
 * is in the error: ERR_ENGINE with the status in err.sys, 404 as ERR_ABSENT. No connection is
 * ERR_SYS with the errno. Redirects are not followed. Waiting ends with ERR_STOPPED when a signal
 * came (stop.h).
 */
int http_open(struct engine_link *link, const struct http_request *request, struct source **out,
	      struct err *e) must_check;

/*
 * For a source of http_open(): whether its next read has something to give, data, end or failure,
 * within TIMEOUT_MS. 1, 0, or -1 when a signal came.
 */
int http_wait(struct source *s, unsigned timeout_ms, struct err *e) must_check;

/* "NAME VERSION" of the library behind this file, for --version. */
const char *http_library(void);

#endif
