#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The fake engine itself: what is not in the closed list of requests fails the test that made it.

load ../fake/fake
bats_require_minimum_version 1.5.0

ID=0000000000000000000000000000000000000000000000000000000000000001

teardown() {
	run fake_stop
	[ "$status" -eq "${violations:-0}" ]
}

ask() { # ask METHOD PATH [BODY]: sets $code
	code=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is --unix-socket "$engine_sock" -X "$1" \
		${3:+-d "$3"} "http://e$2")
}

@test "what impound asks is answered" {
	fake_start engine docker
	for path in /version /v1.45/info "/v1.45/containers/json?all=true" "/v1.45/containers/$ID/json"; do
		ask GET "$path"
		[ "$code" = 200 ]
	done
	ask POST "/v1.45/containers/$ID/checkpoints" '{"CheckpointID":"x","Exit":false}'
	[ "$code" = 201 ]
}

forbidden() { # forbidden DIALECT METHOD PATH [BODY]
	violations=1
	fake_start engine "$1"
	ask "${@:2}"
	[ "$code" = 501 ]
	grep -q ^VIOLATION "$engine_log"
}

@test "exec" { forbidden docker POST "/v1.45/containers/$ID/exec" '{}'; }
@test "kill" { forbidden docker POST "/v1.45/containers/$ID/kill"; }
@test "healthcheck" { forbidden podman GET "/v5.0.0/libpod/containers/$ID/healthcheck"; }
@test "top with ps options" { forbidden podman GET "/v5.0.0/libpod/containers/$ID/top?ps_args=aux"; }
@test "top that streams" { forbidden podman GET "/v5.0.0/libpod/containers/$ID/top?stream=true"; }
@test "a list with sizes" { forbidden docker GET "/v1.45/containers/json?size=true"; }
@test "a checkpoint that ends the container: Docker" {
	forbidden docker POST "/v1.45/containers/$ID/checkpoints" '{"CheckpointID":"x","Exit":true}'
}
@test "a checkpoint that ends the container: Podman" {
	forbidden podman POST "/v5.0.0/libpod/containers/$ID/checkpoint?export=true&leaveRunning=false"
}
@test "a path that climbs" { forbidden docker GET "/v1.45/containers/../info"; }
@test "Docker's own API of Podman" { forbidden podman GET "/v1.45/containers/json"; }
