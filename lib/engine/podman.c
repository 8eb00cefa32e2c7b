/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/body.h"
#include "lib/engine/route.h"

#define ROOT       "/v{api}/libpod"
#define GET(rest)  .method = "GET", .path = ROOT rest
#define POST(rest) .method = "POST", .path = ROOT rest
#define DROP(rest) .method = "DELETE", .path = ROOT rest

/*
 * Never healthcheck, which runs a command in the container, and never top with ps_args, which can
 * run the container's own ps.
 */
const struct route podman_routes[ASK_COUNT] = {
	[ASK_VERSION] = { .method = "GET", .path = "/version" },
	[ASK_SYSTEM] = { .method = "GET", .path = "/info" },
	[ASK_INFO] = { GET("/info") },
	[ASK_LIST] = { GET("/containers/json?all={all}") },
	[ASK_INSPECT] = { GET("/containers/{id}/json") },
	[ASK_CHANGES] = { GET("/containers/{id}/changes"), .is_slow = true },
	[ASK_TOP] = { GET("/containers/{id}/top?stream=false") },
	[ASK_STATS] = { GET("/containers/stats?containers={id}&stream=false") },
	[ASK_LOGS] = { GET("/containers/{id}/logs"
			   "?stdout=true&stderr=true&timestamps=true&follow=false") },
	/* Given `until`, Podman loses events; without it, what is not followed ends by itself. */
	[ASK_EVENTS] = { GET("/events?filters={filters}&stream={follow}[&since={since}]"),
			 .is_quiet = true },
	[ASK_NETWORK] = { GET("/networks/{name}/json") },
	[ASK_VOLUME] = { GET("/volumes/{name}/json") },
	[ASK_IMAGE] = { GET("/images/{name}/json") },
	[ASK_IMAGE_HISTORY] = { GET("/images/{name}/history") },
	/* docker-archive keeps the layers as they are; the OCI form would compress them anew. */
	[ASK_IMAGE_SAVE] = { GET("/images/{name}/get?format=docker-archive"), .is_slow = true },
	[ASK_ARCHIVE] = { GET("/containers/{id}/archive?path={path}") },
	[ASK_EXPORT] = { GET("/containers/{id}/export"), .is_slow = true },
	[ASK_PAUSE] = { POST("/containers/{id}/pause") },
	[ASK_UNPAUSE] = { POST("/containers/{id}/unpause"), .is_undo = true },
	[ASK_CHECKPOINT] = { POST("/containers/{id}/checkpoint"
				  "?export=true&leaveRunning=true&tcpEstablished=true"),
			     .is_slow = true },
	/* A checkpoint that was exported leaves nothing to be dropped. */
	[ASK_CHECKPOINT_DROP] = { .method = NULL },
	[ASK_DISCONNECT] = { POST("/networks/{name}/disconnect"), .body = body_disconnect },
	[ASK_CONNECT] = { POST("/networks/{network}/connect"), .body = body_connect_podman,
			  .is_undo = true },
	/* Only the docker format has room for a comment. */
	[ASK_COMMIT] = { POST("/commit?container={id}[&repo={repository}][&tag={tag}]"
			      "[&comment={comment}]&pause={pause}&format=docker{changes}"),
			 .body = body_commit, .is_slow = true },
	[ASK_STOP] = { POST("/containers/{id}/stop?timeout={seconds}"), .may_be_so = true },
	[ASK_KILL] = { POST("/containers/{id}/kill?signal=SIGKILL") },
	/* Else it is asked to end first, and given ten seconds. */
	[ASK_REMOVE] = { DROP("/containers/{id}?force=true&v=false&timeout=0"), .is_slow = true },
};
