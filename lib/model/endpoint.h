/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - how a container is connected to one network, kept so that it can be put back.
 *
 * Read from either engine's inspect answer or from the containment journal; both are hostile.
 */
#ifndef MODEL_ENDPOINT_H
#define MODEL_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/model/container.h"

struct cJSON;

#define ENDPOINTS_MAX      1000
#define ENDPOINT_WORDS_MAX 1000 /* aliases, links or driver options of one */

struct endpoint_option {
	char *key, *value;
};

struct endpoint {
	char *network;    /* its name; never NULL */
	char *network_id; /* NULL where the engine does not say */
	char *mac;        /* what it has now, or NULL: not connected at this moment, or none */
	char *ipv4, *ipv6;
	/* What was asked for, not given: Docker's IPAMConfig. Podman does not tell the two apart.
	 */
	char *static_ipv4, *static_ipv6;
	char **aliases, **links;
	size_t alias_count, link_count;
	struct endpoint_option *options; /* of the network's driver */
	size_t option_count;
	char *interface; /* "eth0", where the engine says it */
	int64_t gateway_priority;
};

struct endpoints {
	struct endpoint *items; /* by name of network, ascending by bytes */
	size_t count;
};

void endpoints_release(struct endpoints *all);

/* NetworkSettings.Networks of an inspect answer: those that it is in. */
int endpoints_from_inspect(enum dialect d, const struct cJSON *doc, struct endpoints *out,
			   struct err *e) must_check;

/* An array under KEY, of all that is known of each; and back from it. */
void endpoints_json(const struct endpoints *all, struct jsonw *w, const char *key);
int endpoints_from_json(const struct cJSON *list, struct endpoints *out, struct err *e) must_check;

/* Whether another container than ID has ADDRESS, by the answer of a network's inspect. */
bool endpoint_is_taken(enum dialect d, const struct cJSON *network, const char *id,
		       const char *address);

const struct endpoint *endpoints_find(const struct endpoints *all, const char *network);

/*
 * What NOW lacks of WAS or has otherwise, as sentences one a line ("the address is 10.0.0.5, was
 * 10.0.0.4"); empty where it is as before.
 */
void endpoint_compare(const struct endpoint *was, const struct endpoint *now, struct str *out);

#endif
