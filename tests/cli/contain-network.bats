#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound contain disconnect, isolate, reconnect and commit against fake engines.

load ../fake/fake
load contain

setup() { contain_setup; }
teardown() { contain_teardown; }

two='{"containers":[{"name":"web","networks":{"front":{"Aliases":["api"],"IPAMConfig":{"IPv4Address":"10.7.0.9"}},"back":{}}}]}'
again() {
	fake_stop
	rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal"
}

@test "disconnect leaves all networks; through the API alone that is unproven" {
	for dialect in docker podman; do
		fake_start fake $dialect "$two"
		contain disconnect web
		[ "$status" -eq 3 ]
		is '.results[0] | .result == "unproven" and .networks == ["back", "front"] and
			(.proof | join(" ") | contains("could not be looked at"))'
		contain disconnect web
		[ "$status" -eq 0 ]
		is '.results[0].result == "nothing"'
		contain reconnect web
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .undoes == 1'
		[ "$(networks)" = "back front" ]
		[ "$(inspect | jq -r .NetworkSettings.Networks.front.IPAddress)" = 10.7.0.9 ]
		inspect | jq -e '.NetworkSettings.Networks.front.Aliases | index("api") != null'
		contain reconnect web
		[ "$status" -eq 1 ]
		is '.results[0].error | contains("knows of no network")'
		journal_is_whole
		again
	done
}

@test "named networks only; one that is none of the engine's is a slip" {
	fake_start fake docker "$two"
	contain disconnect web --network front
	[ "$(networks)" = back ]
	contain disconnect web --network front
	is '.results[0].result == "nothing"'
	contain disconnect web --network fornt
	[ "$status" -eq 8 ]
	is '.results[0] | .result == "refused" and (.error | contains("fornt"))'
	contain disconnect web --network back
	contain reconnect web --network back
	[ "$(networks)" = back ]
	contain reconnect web
	[ "$(networks)" = "back front" ]
}

@test "one network put back takes nothing from the way back of the others" {
	for dialect in docker podman; do
		fake_start fake $dialect "$two"
		contain isolate web
		contain reconnect web --network front
		is '.results[0] | .result == "done" and .undoes == 1'
		contain reconnect web --network front
		is '.results[0].result == "nothing"'
		contain status web
		is '.results[0].actions[0] | .undone == false and .holds == "partly"'
		contain undo web
		[ "$(networks)" = "back front" ]
		contain status web
		is '.results[0].actions[0].undone'
		contain undo web
		is '.results[0].result == "nothing"'
		again
	done
}

@test "reconnect takes back all that still counts; undo one after the other" {
	fake_start fake docker "$two"
	contain disconnect web --network front
	contain disconnect web --network back
	contain undo web
	[ "$(networks)" = back ]
	contain undo web
	[ "$(networks)" = "back front" ]
	contain undo web
	is '.results[0].result == "nothing"'
	contain disconnect web --network front
	contain disconnect web --network back
	contain reconnect web
	[ "$(networks)" = "back front" ]
	contain undo web
	is '.results[0].result == "nothing"'
}

@test "undo --case: all of it, the newest first, each container; the other case stays" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"},{"name":"mq"}]}'
	contain disconnect web --case 17
	contain pause web db --case 17
	contain pause mq --case 18
	contain undo --case 17
	[ "$status" -eq 0 ]
	is '[.results[] | .verb + " " + .container.name] == ["unpause db", "unpause web", "reconnect web"]'
	[ "$(state web)$(state db)$(state mq)" = runningrunningpaused ]
	[ "$(networks)" = bridge ]
	contain undo --case 17
	is '.results == []'
	contain undo --case 19
	[ "$status" -eq 8 ]
}

@test "undo --case --stop-on-error: what was done, what failed and what was not begun are told" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"},{"name":"mq"}],
		"faults":[{"match":"POST *2/unpause","fault":"status","status":500}]}'
	contain pause web db mq --case 17
	contain undo --case 17 --stop-on-error
	[ "$status" -eq 1 ]
	is '[.results[] | .result] == ["done", "failed", "not-begun"]'
	is '.results[2] | .asked == "web" and (.error | contains("--stop-on-error"))'
	[ "$(state web)$(state db)$(state mq)" = pausedpausedrunning ]
}

@test "a paused Podman container: unpause, disconnect, pause, all in the intent" {
	dialect=podman
	fake_start fake podman '{"containers":[{"name":"web","state":"paused"}]}'
	contain isolate web
	[ "$status" -eq 3 ]
	[ "$(grep POST "$fake_log" | sed 's/.*\///; s/?.*//' | tr '\n' ' ')" = "unpause disconnect pause " ]
	[ "$(journal 'select(.event == "intent") | .requests | length')" -eq 3 ]
	[ "$(state)" = paused ]
	contain reconnect web
	[ "$status" -eq 0 ]
	[ "$(state)" = paused ]
}

@test "and if something in the middle fails it is paused again all the same" {
	dialect=podman
	fake_start fake podman '{"containers":[{"name":"web","state":"paused","networks":["back","front"]}],
		"faults":[{"match":"POST */networks/front/disconnect*","fault":"status","status":500}]}'
	contain disconnect web
	[ "$status" -eq 3 ]
	is '.results[0] | .result == "partial" and (.error | contains("500"))'
	[ "$(state)" = paused ]
	contain undo web
	[ "$(state)" = paused ]
	[ "$(networks)" = "back front" ]
	again
	fake_start fake podman '{"containers":[{"name":"web","state":"paused"}],
		"faults":[{"match":"POST */pause*","fault":"status","status":500}]}'
	contain disconnect web
	[ "$status" -eq 3 ]
	is '.results[0] | .result == "partial" and (.warnings | join(" ") | contains("IT WAS PAUSED AND IS RUNNING"))'
}

@test "what no engine takes out of its network: disconnect is refused, isolate says not isolated" {
	for mode in host container:abc pasta slirp4netns; do
		fake_start fake podman '{"containers":[{"name":"web","network_mode":"'$mode'"}]}'
		contain disconnect web
		[ "$status" -eq 1 ]
		is '.results[0] | .result == "refused" and (.error | contains("pause it"))'
		contain isolate web
		[ "$status" -eq 3 ]
		is '.results[0] | (.result == "not-isolated" or .result == "unproven") and (.isolation.reasons | length) > 0'
		[ "$(count POST)" -eq 0 ]
		again
	done
}

@test "what the engine does not give back is named" {
	fake_start fake docker '{"containers":[{"name":"web","networks":["back"],"taken":true}]}'
	contain disconnect web
	contain reconnect web
	[ "$status" -eq 0 ]
	is '.results[0].warnings | join(" ") | contains("address")'
}

@test "an address that is another container's by now is not asked for: the network is back, and that is named" {
	fake_start fake docker '{"containers":[{"name":"web","networks":{"back":{"IPAMConfig":{"IPv4Address":"10.7.0.9"}}},"taken":true}]}'
	contain disconnect web
	contain reconnect web
	[ "$status" -eq 3 ]
	is '.results[0] | .result == "partial" and (.notes | join(" ") | contains("another container")) and
		(.warnings | join(" ") | contains("was 10.7.0.9"))'
	[ "$(networks)" = back ]
	again
	dialect=podman
	fake_start fake podman '{"containers":[{"name":"web","networks":["back"],"taken":true}]}'
	contain disconnect web
	contain reconnect web
	[ "$status" -eq 0 ]
	is '.results[0].warnings | join(" ") | contains("was 10.9.0.2")'
	[ "$(networks)" = back ]
}

@test "a connection that failed leaves its network in Docker's inspect, and is tried again all the same" {
	fake_start fake docker '{"containers":[{"name":"web","networks":{"back":{"IPAMConfig":{"IPv4Address":"10.7.0.9"}}},"taken":true}],
		"faults":[{"match":"GET */networks/*","fault":"status","status":500,"times":2}]}'
	contain disconnect web
	contain reconnect web
	[ "$status" -eq 1 ]
	is '.results[0] | .result == "failed" and (.error | contains("Address already in use"))'
	[ "$(networks)" = back ]
	contain reconnect web
	[ "$status" -eq 3 ]
	is '.results[0].warnings | join(" ") | contains("was 10.7.0.9")'
	[ "$(inspect | jq -r .NetworkSettings.Networks.back.IPAddress)" != "" ]
}

@test "commit: labelled, pause said, secrets said, looked at; both dialects" {
	for dialect in docker podman; do
		fake_start fake $dialect '{"containers":[{"name":"Web_1"}]}'
		contain commit Web_1 --case 17 --reason 'a "b" c'
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .image.pause and (.image.name | test("^impound/web-1:[0-9]{8}t[0-9]{6}z$")) and
			(.warnings | join(" ") | contains("secret"))'
		asked pause=true
		contain commit Web_1 --image lab/x:1
		is '.results[0].image.name == "lab/x:1"'
		contain undo Web_1
		is '.results[0].result == "nothing"'
		again
	done
}

@test "commit on rootless Podman without a freezer: not paused, so no single moment is proved" {
	fake_start fake podman '{"no_freezer":true}'
	contain commit web
	[ "$status" -eq 3 ]
	is '.results[0] | .result == "unproven" and .image.pause == false and (.warnings | join(" ") | contains("changed"))'
	asked pause=false
}

@test "an image without our labels is not taken for ours" {
	fake_start fake docker '{"faults":[{"match":"GET */images/*","fault":"body","text":"{\"Config\":{\"Labels\":{}}}"}]}'
	contain commit web
	[ "$status" -eq 3 ]
	is '.results[0] | .result == "unproven" and (.error | contains("labels"))'
}
