/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/jsonw.h"
#include "lib/engine/route.h"

/* The daemon goes on running the container; it cannot be asked for established connections. */
static void checkpoint_body(struct str *out, const struct request_args *args)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "CheckpointID", args->name);
	jsonw_text_if(&w, "CheckpointDir", args->path);
	jsonw_bool(&w, "Exit", false);
	jsonw_end(&w);
}

#define ROOT       "/v{api}"
#define GET(rest)  .method = "GET", .path = ROOT rest
#define POST(rest) .method = "POST", .path = ROOT rest

const struct route docker_routes[ASK_COUNT] = {
	[ASK_VERSION] = { .method = "GET", .path = "/version" },
	[ASK_SYSTEM] = { .method = "GET", .path = "/info" },
	[ASK_INFO] = { GET("/info") },
	[ASK_LIST] = { GET("/containers/json?all={all}") },
	[ASK_INSPECT] = { GET("/containers/{id}/json") },
	[ASK_CHANGES] = { GET("/containers/{id}/changes"), .is_slow = true },
	[ASK_TOP] = { GET("/containers/{id}/top") },
	/* one-shot: without it the daemon waits a second for a second sample. */
	[ASK_STATS] = { GET("/containers/{id}/stats?stream=false&one-shot=true") },
	[ASK_LOGS] = { GET("/containers/{id}/logs"
			   "?stdout=true&stderr=true&timestamps=true&follow=false") },
	[ASK_EVENTS] = { GET("/events?filters={filters}[&since={since}][&until={until}]"),
			 .is_quiet = true },
	[ASK_NETWORK] = { GET("/networks/{name}") },
	[ASK_VOLUME] = { GET("/volumes/{name}") },
	[ASK_IMAGE] = { GET("/images/{name}/json") },
	[ASK_IMAGE_HISTORY] = { GET("/images/{name}/history") },
	[ASK_IMAGE_SAVE] = { GET("/images/{name}/get"), .is_slow = true },
	[ASK_ARCHIVE] = { GET("/containers/{id}/archive?path={path}") },
	[ASK_EXPORT] = { GET("/containers/{id}/export"), .is_slow = true },
	[ASK_PAUSE] = { POST("/containers/{id}/pause") },
	[ASK_UNPAUSE] = { POST("/containers/{id}/unpause"), .is_undo = true },
	[ASK_CHECKPOINT] = { POST("/containers/{id}/checkpoints"), .body = checkpoint_body,
			     .is_slow = true },
	[ASK_CHECKPOINT_DROP] = { .method = "DELETE",
				  .path = ROOT "/containers/{id}/checkpoints/{name}[?dir={path}]",
				  .is_undo = true },
};
