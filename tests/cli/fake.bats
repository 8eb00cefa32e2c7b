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
	code=$(curl -s -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' --path-as-is --unix-socket "$engine_sock" -X "$1" \
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

D=/v1.45 P=/v5.4.2/libpod

does() { # does CODE METHOD PATH [BODY]
	ask "${@:2}"
	[ "$code" = "$1" ] || { echo "$* answered $code: $(cat "$BATS_TEST_TMPDIR/answer")"; return 1; }
}
says() { # says CODE TEXT METHOD PATH [BODY]
	does "$1" "${@:3}"
	grep -qF "$2" "$BATS_TEST_TMPDIR/answer" || { cat "$BATS_TEST_TMPDIR/answer"; return 1; }
}
sees() { # sees ROOT JQ-EXPRESSION VALUE: of the container's inspect answer
	does 200 GET "$1/containers/$ID/json"
	got=$(jq -c "$2" "$BATS_TEST_TMPDIR/answer")
	[ "$got" = "$3" ] || { echo "$2 is $got, not $3"; return 1; }
}
N='.NetworkSettings.Networks|map_values([.IPAddress,.MacAddress])'
OUT='{"Container":"'"$ID"'","Force":false}'

@test "Docker's networks: gone and back, but for the MAC and what may not be asked for" {
	fake_start engine docker '{"containers":[{"name":"web","ports":{"80/tcp":8080},"networks":{"back":
		{"IPAMConfig":{"IPv4Address":"10.1.1.5"},"MacAddress":"02:00:00:00:00:01","Aliases":["a"]},"side":{}}}]}'
	sees $D "$N" '{"back":["10.1.1.5","02:00:00:00:00:01"],"side":["10.9.1.2","02:42:0a:09:01:02"]}'
	does 200 POST $D/networks/back/disconnect "$OUT"
	sees $D "$N" '{"side":["10.9.1.2","02:42:0a:09:01:02"]}'
	sees $D '.NetworkSettings.Ports|length' 1
	says 500 'is not connected to network back' POST $D/networks/back/disconnect "$OUT"
	says 404 'network none not found' POST $D/networks/none/disconnect "$OUT"
	does 200 POST $D/networks/side/disconnect "$OUT"
	sees $D '[.NetworkSettings.Networks,.NetworkSettings.Ports]' '[{},{}]'
	says 400 'user configured subnets' POST $D/networks/side/connect \
		'{"Container":"'"$ID"'","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.9.1.2"}}}'
	does 200 POST $D/networks/back/connect '{"Container":"'"$ID"'","EndpointConfig":{"IPAMConfig":
		{"IPv4Address":"10.1.1.5"},"MacAddress":"02:00:00:00:00:01","Aliases":["a"]}}'
	sees $D "$N" '{"back":["10.1.1.5","02:42:0a:01:01:05"]}'
	sees $D '.NetworkSettings.Networks.back.Aliases' '["a"]'
	sees $D '.NetworkSettings.Ports|length' 1
	says 403 'already exists' POST $D/networks/back/connect '{"Container":"'"$ID"'","EndpointConfig":{}}'
}

@test "Podman's networks: gone and back with address and MAC" {
	fake_start engine podman '{"containers":[{"name":"web","networks":["back"]}]}'
	does 200 POST $P/networks/back/disconnect "$OUT"
	sees $P '.NetworkSettings.Networks|map_values(.NetworkID)' '{"bridge":"bridge"}'
	does 200 POST $P/networks/back/connect \
		'{"container":"'"$ID"'","static_ips":["10.9.0.2"],"static_mac":"02:00:00:00:00:01","aliases":["a"]}'
	sees $P "$N" '{"back":["10.9.0.2","02:00:00:00:00:01"]}'
	sees $P '.NetworkSettings.Networks.back.Aliases' '["a","000000000000"]'
	says 500 'is already connected' POST $P/networks/back/connect '{"container":"'"$ID"'"}'
}

@test "Podman empties the inspect of a paused one, leaves its interface, and then fails" {
	fake_start engine podman '{"containers":[{"name":"web","state":"paused","networks":["back"]}]}'
	does 200 POST $P/networks/back/disconnect "$OUT"
	sees $P '.NetworkSettings.Networks|keys' '["bridge"]'
	does 204 POST $P/containers/$ID/unpause
	says 500 'eth0 already exists' POST $P/networks/back/connect '{"container":"'"$ID"'"}'
	sees $P "$N" '{"back":["10.9.0.2","02:42:0a:09:00:02"]}'
}

@test "Podman cannot inspect a paused one that has lost one of two networks" {
	fake_start engine podman '{"containers":[{"name":"web","state":"paused","networks":["back","side"]}]}'
	does 200 POST $P/networks/back/disconnect "$OUT"
	says 500 'network inspection mismatch' GET $P/containers/$ID/json
	does 200 POST $P/networks/back/connect '{"container":"'"$ID"'"}'
	sees $P '.NetworkSettings.Networks|keys' '["back","side"]'
}

@test "nothing is cut where there is no network of its own" {
	fake_start engine podman '{"containers":[{"name":"web","network_mode":"pasta"}]}'
	says 500 '\"pasta\" is not supported' POST $P/networks/podman/disconnect "$OUT"
	fake_stop
	rm -r "$BATS_TEST_TMPDIR"/fake-*
	fake_start engine docker '{"containers":[{"name":"web","network_mode":"host","networks":["host"]}]}'
	says 400 'cannot be disconnected from host network' POST $D/networks/host/disconnect "$OUT"
}

@test "what is committed can be inspected, and says its labels" {
	fake_start engine podman '{"containers":[{"name":"web","labels":{"own":"1"}}]}'
	does 200 POST "$P/commit?container=$ID&repo=forensic/web&tag=1&pause=true&format=docker&changes=LABEL%20a%3Db" \
		'{"Labels":{"k":"a \"b\""}}'
	does 200 GET "$P/images/$(jq -r .Id "$BATS_TEST_TMPDIR/answer")/json"
	[ "$(jq -c '[.RepoTags,.Labels]' "$BATS_TEST_TMPDIR/answer")" = \
		'[["localhost/forensic/web:1"],{"own":"1","k":"a \"b\""}]' ]
	says 500 'invalid reference format' POST "$P/commit?container=$ID&repo=Web&tag=1&pause=true" '{"Labels":{}}'
}

@test "states change as the engines change them" {
	fake_start engine docker '{"containers":[{"name":"web","restart":"always"}]}'
	does 204 POST $D/containers/$ID/pause
	says 409 'is already paused' POST $D/containers/$ID/pause
	does 204 POST "$D/containers/$ID/kill?signal=SIGKILL"
	sees $D '[.State.Status,.HostConfig.RestartPolicy.Name]' '["exited","always"]'
	says 409 'is not running' POST "$D/containers/$ID/kill?signal=SIGKILL"
	does 304 POST "$D/containers/$ID/stop?t=1"
	says 500 'is not paused' POST $D/containers/$ID/unpause
	does 204 DELETE "$D/containers/$ID?force=true&v=false"
	does 404 GET $D/containers/$ID/json
}

@test "Podman does not stop what is paused, and kills it with an error" {
	fake_start engine podman '{"containers":[{"name":"web","state":"paused"}]}'
	says 500 'refusing to clean up' POST "$P/containers/$ID/stop?timeout=1"
	says 500 'timed out waiting' POST "$P/containers/$ID/kill?signal=SIGKILL"
	sees $P .State.Status '"exited"'
	does 200 DELETE "$P/containers/$ID?force=true&v=false&timeout=0"
}

@test "a rootless Podman without a freezer" {
	fake_start engine podman '{"no_freezer":true}'
	says 500 'can not pause containers on rootless containers with cgroup V1' POST $P/containers/$ID/pause
	says 500 'does not have a cgroup' POST "$P/commit?container=$ID&repo=x&tag=1&pause=true&format=docker" '{"Labels":{}}'
	does 200 POST "$P/commit?container=$ID&repo=x&tag=1&pause=false&format=docker" '{"Labels":{}}'
}

@test "one that goes as it ends, and one that comes back" {
	fake_start engine docker '{"containers":[{"name":"web","auto_remove":true},{"name":"zombie","comes_back":true}]}'
	does 204 POST "$D/containers/$ID/kill?signal=SIGKILL"
	does 404 GET $D/containers/$ID/json
	ID=${ID%1}2
	does 204 POST "$D/containers/$ID/kill?signal=SIGKILL"
	sees $D '[.State.Status,.State.StartedAt]' '["running","2027-01-01T00:00:00.000000001Z"]'
}

forbidden() { # forbidden DIALECT METHOD PATH [BODY]
	violations=1
	fake_start engine "$1"
	ask "${@:2}"
	[ "$code" = 501 ]
	grep -q ^VIOLATION "$engine_log"
}

@test "exec" { forbidden docker POST "/v1.45/containers/$ID/exec" '{}'; }
@test "a kill by no signal" { forbidden docker POST "/v1.45/containers/$ID/kill"; }
@test "a kill by another signal" { forbidden podman POST "/v5.0.0/libpod/containers/$ID/kill?signal=SIGHUP"; }
@test "a removal with volumes" { forbidden docker DELETE "/v1.45/containers/$ID?force=true&v=true"; }
@test "a commit that does not say whether it pauses" {
	forbidden docker POST "/v1.45/commit?container=$ID&repo=x&tag=1" '{"Labels":{}}'
}
@test "a commit that changes more than labels" {
	forbidden podman POST "/v5.0.0/libpod/commit?container=$ID&pause=true&changes=CMD%20x" '{"Labels":{}}'
}
@test "a commit of other configuration" {
	forbidden docker POST "/v1.45/commit?container=$ID&pause=true" '{"Labels":{},"Cmd":["x"]}'
}
@test "a disconnect by force" { forbidden docker POST /v1.45/networks/x/disconnect '{"Container":"'"$ID"'","Force":true}'; }
@test "a disconnect of a name" { forbidden docker POST /v1.45/networks/x/disconnect '{"Container":"web","Force":false}'; }
@test "a connection in the words of the other" {
	forbidden podman POST /v5.0.0/libpod/networks/x/connect '{"Container":"'"$ID"'","EndpointConfig":{}}'
}
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
