/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/body.h"
#include "lib/engine/route.h"

#define ROOT       "/v{api}"
#define GET(rest)  .method = "GET", .path = ROOT rest
#define POST(rest) .method = "POST", .path = ROOT rest
#define DROP(rest) .method = "DELETE", .path = ROOT rest

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
	[ASK_CHECKPOINT] = { POST("/containers/{id}/checkpoints"), .body = body_checkpoint,
			     .is_slow = true },
	[ASK_CHECKPOINT_DROP] = { DROP("/containers/{id}/checkpoints/{name}[?dir={path}]"),
				  .is_undo = true },
	[ASK_DISCONNECT] = { POST("/networks/{name}/disconnect"), .body = body_disconnect },
	[ASK_CONNECT] = { POST("/networks/{network}/connect"), .body = body_connect_docker,
			  .is_undo = true },
	[ASK_COMMIT] = { POST("/commit?container={id}[&repo={repository}][&tag={tag}]"
			      "[&comment={comment}]&pause={pause}"),
			 .body = body_commit, .is_slow = true },
	[ASK_STOP] = { POST("/containers/{id}/stop?t={seconds}"), .may_be_so = true },
	[ASK_KILL] = { POST("/containers/{id}/kill?signal=SIGKILL") },
	[ASK_REMOVE] = { DROP("/containers/{id}?force=true&v=false"), .is_slow = true },
};
