/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/str.h"

#define CONNECT_MS   2000L
#define BUFFER_BYTES ((size_t)256 << 10)
#define RECEIVE_SIZE                                                                               \
	(128L << 10) /* at a time: half the buffer, so that curl need not set data aside */
#define HEADERS_MAX ((size_t)128 << 10)
#define MESSAGE_MAX ((size_t)64 << 10)
#define GLANCE_MS   100 /* how long a signal can go unnoticed while waiting */

/*
 * libcurl pushes and everything here pulls, so one buffer lies between: it is filled only while it
 * is empty, and the callback pauses the transfer should more come than fits.
 */
struct http {
	struct source source;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char *buffer;
	size_t at, have;
	size_t header_bytes;
	uint64_t total;
	bool has_status; /* the headers of the final answer are in */
	bool is_added, is_paused, is_done;
	struct engine_link *link;
	curl_socket_t connection;
	bool is_other; /* than the one who listened before */
	bool ignores_signal;
	CURLcode code;
	uint64_t alive; /* monotonic milliseconds of the last sign of life */
	uint64_t deadline;
	unsigned first_ms, stall_ms;
	char why[CURL_ERROR_SIZE];
};

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static size_t on_body(char *p, size_t size, size_t count, void *data)
{
	struct http *h = data;
	size_t len = size * count;

	if (len > BUFFER_BYTES - h->have) {
		h->is_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	memcpy(h->buffer + h->have, p, len);
	h->have += len;
	h->total += len;
	h->alive = now_ms();
	return len;
}

static int on_socket(void *data, curl_socket_t fd, curlsocktype purpose)
{
	struct http *h = data;

	(void)purpose;
	h->connection = fd;
	return CURL_SOCKOPT_OK;
}

/* Asked while the answer comes: afterwards the connection may be closed already. */
static bool is_same_owner(struct http *h)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (!h->link->socket)
		return true;
	if (getsockopt(h->connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (!h->link->has_owner)
		h->link->owner = peer.uid;
	h->link->has_owner = true;
	return h->link->owner == peer.uid;
}

static size_t on_header(char *p, size_t size, size_t count, void *data)
{
	struct http *h = data;
	size_t len = size * count;
	long status = 0;

	h->header_bytes += len;
	if (h->header_bytes > HEADERS_MAX)
		return 0;
	h->is_other = !is_same_owner(h);
	if (h->is_other)
		return 0;
	h->alive = now_ms();
	if (len <= 2 && (*p == '\r' || *p == '\n')) {
		(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
		h->has_status = status >= 200;
	}
	return len;
}

static int connect_error(struct http *h, const char *base, const char *socket, struct err *e)
{
	const char *where = socket ? socket : base;
	long number = 0;

	(void)curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &number);
	if (h->code == CURLE_OPERATION_TIMEDOUT)
		number = ETIMEDOUT;
	if (number == 0)
		return err_set(e, ERR_ENGINE, "connect to '%s': %s", where,
			       *h->why ? h->why : curl_easy_strerror(h->code));
	errno = (int)number;
	return err_sys(e, "connect to '%s'", where);
}

static int transfer_error(const struct http *h, struct err *e)
{
	const char *why = *h->why ? h->why : curl_easy_strerror(h->code);

	if (h->header_bytes > HEADERS_MAX)
		return err_set(e, ERR_LIMIT, "the headers of the answer are larger than %zu bytes",
			       HEADERS_MAX);
	if (h->is_other)
		return err_set(e, ERR_ENGINE, "another user listens at '%s' than before",
			       h->link->socket);
	if (!h->has_status)
		return err_set(e, ERR_ENGINE, "no answer: %s", why);
	return err_set(e, ERR_ENGINE, "the answer was cut off after %llu bytes: %s",
		       (unsigned long long)h->total, why);
}

/* Once round: whatever can be sent and received now. */
static int turn(struct http *h, struct err *e)
{
	CURLMsg *message;
	int running = 0, left = 0;
	CURLMcode code;

	if (h->is_paused) {
		h->is_paused = false;
		(void)curl_easy_pause(h->easy, CURLPAUSE_CONT);
		if (h->have)
			return 0;
	}
	code = curl_multi_perform(h->multi, &running);
	if (code != CURLM_OK)
		return err_set(e, ERR_ENGINE, "transfer: %s", curl_multi_strerror(code));
	while ((message = curl_multi_info_read(h->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		h->is_done = true;
		h->code = message->data.result;
	}
	return 0;
}

static int too_late(const struct http *h, struct err *e)
{
	uint64_t now = now_ms();
	unsigned patience = h->has_status ? h->stall_ms : h->first_ms;

	if (h->deadline && now >= h->deadline)
		return err_set(e, ERR_ENGINE, "no complete answer in time");
	if (patience && now - h->alive >= patience)
		return err_set(e, ERR_ENGINE,
			       h->has_status ? "the answer stopped for %u s" : "no answer for %u s",
			       patience / 1000);
	return 0;
}

/* Waits until there is something to read, the status is known if FOR_STATUS, or all is over. */
static int pump(struct http *h, bool for_status, struct err *e)
{
	h->alive = now_ms();
	for (;;) {
		if (!h->ignores_signal && stop_requested())
			return stop_err(e);
		if (turn(h, e) < 0)
			return -1;
		if (h->have || h->is_done || (for_status && h->has_status))
			return 0;
		if (too_late(h, e) < 0)
			return -1;
		(void)curl_multi_poll(h->multi, NULL, 0, GLANCE_MS, NULL);
	}
}

static ssize_t http_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct http *h = (struct http *)s;
	size_t n;

	if (h->at == h->have) {
		h->at = h->have = 0;
		if (!h->is_done && pump(h, false, e) < 0)
			return -1;
	}
	n = h->have - h->at < len ? h->have - h->at : len;
	/* A failure is told only after every byte that came: a cut artifact is kept as far as it
	 * goes. */
	if (n == 0 && h->code != CURLE_OK)
		return transfer_error(h, e);
	if (n)
		memcpy(p, h->buffer + h->at, n);
	h->at += n;
	return (ssize_t)n;
}

static void http_close(struct source *s)
{
	struct http *h = (struct http *)s;

	if (h->is_added)
		(void)curl_multi_remove_handle(h->multi, h->easy);
	curl_easy_cleanup(h->easy);
	if (h->multi)
		(void)curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	free(h->buffer);
	free(h);
}

int http_wait(struct source *s, unsigned timeout_ms, struct err *e)
{
	struct http *h = (struct http *)s;
	uint64_t until = now_ms() + timeout_ms;

	if (h->at == h->have)
		h->at = h->have = 0;
	for (;;) {
		uint64_t now = now_ms();

		if (!h->ignores_signal && stop_requested())
			return stop_err(e);
		if (h->have || h->is_done)
			return 1;
		if (turn(h, e) < 0)
			return -1;
		if (h->have || h->is_done)
			return 1;
		if (now >= until)
			return 0;
		(void)curl_multi_poll(h->multi, NULL, 0,
				      until - now < GLANCE_MS ? (int)(until - now) : GLANCE_MS,
				      NULL);
	}
}

static void use_certificates(CURL *c, const char *dir)
{
	AUTO(freep) char *ca = xasprintf("%s/ca.pem", dir);
	AUTO(freep) char *cert = xasprintf("%s/cert.pem", dir);
	AUTO(freep) char *key = xasprintf("%s/key.pem", dir);

	/* The engine's own authority alone: not also every one that the system trusts. */
	(void)curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(c, CURLOPT_CAINFO, ca);
	(void)curl_easy_setopt(c, CURLOPT_SSLCERT, cert);
	(void)curl_easy_setopt(c, CURLOPT_SSLKEY, key);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
}

static void set_up(struct http *h, const struct engine_link *link, const struct http_request *q)
{
	AUTO(freep) char *url = xasprintf("%s%s", link->base, q->path);
	CURL *c = h->easy;

	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	(void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, RECEIVE_SIZE);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "impound/" IMPOUND_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->why);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
	(void)curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
	(void)curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, h);
	if (link->socket)
		(void)curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, link->socket);
	if (link->cert_dir)
		use_certificates(c, link->cert_dir);
	if (!strcmp(q->method, "POST")) {
		/* Without an Expect header: the engines answer at once, and waiting for 100 costs a
		 * second. */
		h->headers = curl_slist_append(h->headers, "Expect:");
		h->headers = curl_slist_append(h->headers, "Content-Type: application/json");
		(void)curl_easy_setopt(c, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, q->body ? q->body : "");
	} else if (strcmp(q->method, "GET") != 0) {
		(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	}
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
}

/* Docker: {"message"}; libpod: {"cause", "message", "response"}; else the text as it is. */
static void read_message(struct http *h, struct str *out)
{
	AUTO(str_release) struct str body = STR_INIT(MESSAGE_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err ignored = { 0 };
	const char *text = NULL;

	if (source_slurp(&h->source, &body, "the message", &ignored) < 0 && body.len == 0)
		return;
	doc = json_parse(body.buf, body.len, &ignored);
	if (doc && json_is_object(doc) && json_member(doc, "message"))
		text = json_text(json_member(doc, "message"));
	str_adds(out, text ? text : body.buf);
	while (out->len && strchr("\r\n ", out->buf[out->len - 1]))
		out->buf[--out->len] = '\0';
}

static int refused(struct http *h, long status, struct err *e)
{
	AUTO(str_release) struct str message = STR_INIT(MESSAGE_MAX + 1);

	read_message(h, &message);
	(void)err_set(e, status == 404 ? ERR_ABSENT : ERR_ENGINE, "the engine answered %ld%s%s",
		      status, message.len ? ": " : "", message.buf);
	e->sys = (int)status;
	return -1;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

static void http_closep(struct http **h)
{
	if (*h)
		http_close(&(*h)->source);
}

int http_open(struct engine_link *link, const struct http_request *q, struct source **out,
	      struct err *e)
{
	AUTO(http_closep) struct http *h = xcalloc(1, sizeof(*h));
	long status = 0;

	(void)pthread_once(&once, start_library);
	h->source = (struct source){ .read = http_read, .close = http_close };
	h->buffer = xmalloc(BUFFER_BYTES);
	h->first_ms = q->first_ms;
	h->stall_ms = q->stall_ms;
	h->deadline = q->total_ms ? now_ms() + q->total_ms : 0;
	h->ignores_signal = q->ignores_signal;
	h->link = link;
	h->connection = CURL_SOCKET_BAD;
	h->easy = curl_easy_init();
	h->multi = curl_multi_init();
	if (!h->easy || !h->multi)
		return err_set(e, ERR_ENGINE, "libcurl does not start");
	set_up(h, link, q);
	if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK)
		return err_set(e, ERR_ENGINE, "libcurl takes no request");
	h->is_added = true;
	if (pump(h, true, e) < 0)
		return -1;
	if (!h->has_status) {
		curl_off_t connected = 0;

		(void)curl_easy_getinfo(h->easy, CURLINFO_CONNECT_TIME_T, &connected);
		if (h->code != CURLE_OK && connected == 0)
			return connect_error(h, link->base, link->socket, e);
		(void)transfer_error(h, e);
		/* A server checks last, and may just hang up. */
		if (link->cert_dir)
			return err_wrap(e, "perhaps '%s/cert.pem' is not taken there",
					link->cert_dir);
		return -1;
	}
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	if ((status < 200 || status > 299) && !(status == 304 && q->takes_304))
		return refused(h, status, e);
	*out = &h->source;
	h = NULL;
	return 0;
}

const char *http_library(void)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "libcurl %s",
		       curl_version_info(CURLVERSION_NOW)->version);
	return text;
}
