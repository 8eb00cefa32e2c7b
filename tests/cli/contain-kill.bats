#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound contain killed at each point of each verb: status tells the truth, and undo works.

load ../fake/fake
load contain

setup() { contain_setup; }
teardown() { contain_teardown; }

# The world of these tests; WHERE is the fault that holds impound up.
start() { # start DIALECT STATE FAULT
	dialect=$1
	fake_start fake "$1" '{"containers":[{"name":"web","state":"'"$2"'","networks":{
		"front":{"Aliases":["api"],"IPAMConfig":{"IPv4Address":"10.7.0.9"}},"back":{}}}],"faults":['"$3"']}'
}

# kill_at PATTERN N WORD...: kills it while the N-th request that fits is under way.
kill_at() {
	"$IMPOUND" contain --yes --engine "$fake_sock" "${@:3}" >out 2>&1 &
	job=$!
	wait_for reached "$1" "$2"
	kill -9 "$job"
	wait "$job" 2>/dev/null || :
	job=
}
reached() { [ "$(grep -c -- "$1" "$fake_log")" -ge "$2" ]; }
again() {
	fake_stop || :
	rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal"
}
telling() { # telling FILTER: of the last action of status
	contain status web
	is ".results[0].actions[-1] | $1"
	journal_is_whole
}
inspects='"match":"GET */containers/*/json"'

@test "before the intent: nothing was done and nothing is written" {
	for verb in pause disconnect isolate commit; do
		start docker running "{$inspects,\"skip\":1,\"fault\":\"hang\",\"times\":1}"
		kill_at '/json$' 2 $verb web
		[ "$(count POST)" -eq 0 ]
		contain status web
		is '.results[0].result == "nothing"'
		contain undo web
		is '.results[0].result == "nothing"'
		again
	done
}

# resolve lists; then come inspects: the pin, the look after the claim, and the one after the intent.
@test "between the intent and the call: outcome unknown, and it was not carried out" {
	for each in docker podman; do
		for verb in pause disconnect isolate; do
			start $each running "{$inspects,\"skip\":2,\"fault\":\"hang\",\"times\":1}"
			kill_at '/json$' 3 $verb web
			[ "$(count POST)" -eq 0 ]
			journal .event | tail -n 1 | grep -q intent
			telling '.result == "unknown" and .holds == "no"'
			run "$IMPOUND" contain status web --engine "$fake_sock"
			[[ $output == *"outcome unknown"*"was not carried out"* ]]
			contain undo web
			[ "$status" -eq 0 ]
			is '.results[0].result == "nothing"'
			[ "$(count POST)" -eq 0 ]
			again
		done
	done
}

@test "pause, after the call: it is paused, so it was carried out; undo lets it run" {
	for each in docker podman; do
		start $each running '{"match":"POST */pause","fault":"stall","bytes":0,"times":1}'
		kill_at 'POST .*/pause$' 1 pause web
		wait_for is_state paused
		telling '.result == "unknown" and .holds == "holds"'
		run "$IMPOUND" contain status web --engine "$fake_sock"
		[[ $output == *"outcome unknown: it is paused, so it was carried out"* ]]
		contain undo web
		[ "$status" -eq 0 ]
		[ "$(state)" = running ]
		contain status web
		is '[.results[0].actions[] | .undone] == [true, false]'
		again
	done
}
is_state() { [ "$(state)" = "$1" ]; }

@test "disconnect, in the middle: what is out comes back, as it was" {
	for each in docker podman; do
		start $each running '{"match":"POST */networks/front/disconnect*","fault":"hang","times":1}'
		kill_at 'networks/front/disconnect' 1 disconnect web
		[ "$(journal 'select(.event == "intent") | .endpoints | length')" -eq 2 ]
		telling '.result == "unknown" and .holds == "partly"'
		contain undo web
		[ "$status" -eq 0 ]
		is '.results[0] | .verb == "reconnect" and (.requests | length) == 1 and .undoes == 1'
		[ "$(networks)" = "back front" ]
		again
	done
}

@test "isolate, after the last call: carried out; undo restores aliases and the static address" {
	for each in docker podman; do
		start $each running '{"match":"POST */networks/front/disconnect*","fault":"stall","bytes":0,"times":1}'
		before=$(inspect | jq -S '.NetworkSettings.Networks.front | {Aliases, IPAddress, MacAddress}')
		kill_at 'networks/front/disconnect' 1 isolate web
		telling '.result == "unknown" and .holds == "holds"'
		contain undo web
		[ "$status" -eq 0 ]
		after=$(inspect | jq -S '.NetworkSettings.Networks.front | {Aliases, IPAddress, MacAddress}')
		diff <(echo "$before") <(echo "$after")
		again
	done
}

@test "a paused Podman container, killed while it runs for a moment: said, undone, paused again" {
	for point in unpause networks/back/disconnect networks/front/disconnect; do
		start podman paused '{"match":"POST */'"$point"'*","fault":"stall","bytes":0,"times":1}'
		kill_at "POST .*/$point" 1 disconnect web
		wait_for is_state running
		contain status web
		is '.results[0].actions[-1] | .result == "unknown" and .lost_pause'
		run "$IMPOUND" contain status web --engine "$fake_sock"
		[[ $output == *"IT WAS PAUSED BEFORE AND RUNS NOW"* ]]
		contain undo web
		[ "$status" -eq 0 ]
		[ "$(state)" = paused ]
		[ "$(networks)" = "back front" ]
		contain undo web
		is '.results[0].result == "nothing"'
		again
	done
}

@test "reconnect, in the middle: said again, and it goes on" {
	start docker running '{"match":"POST */networks/front/connect*","fault":"hang","times":1}'
	contain disconnect web
	kill_at 'networks/front/connect' 1 reconnect web
	telling '.verb == "reconnect" and .result == "unknown" and .holds == "partly"'
	contain reconnect web
	[ "$status" -eq 0 ]
	[ "$(networks)" = "back front" ]
}

@test "kill and remove: down, so it was carried out; gone, so it was carried out" {
	start docker running '{"match":"POST */kill*","fault":"stall","bytes":0,"times":1},{"match":"DELETE *","fault":"stall","bytes":0,"times":1}'
	kill_at 'POST .*/kill' 1 kill web --without-evidence test
	wait_for is_state exited
	telling '.verb == "kill" and .result == "unknown" and .holds == "holds"'
	contain undo web
	is '.results[0].result == "nothing"'
	kill_at 'DELETE ' 1 remove web --without-evidence test
	contain status web
	is '.results[0] | .container.state == "gone" and .actions[-1].holds == "holds"'
}

@test "commit: status says whether the image is there, undo leaves it" {
	start docker running '{"match":"POST */commit*","fault":"stall","bytes":0,"times":1}'
	kill_at 'POST .*/commit' 1 commit web
	telling '.verb == "commit" and .result == "unknown" and .holds == "holds"'
	contain undo web
	is '.results[0].result == "nothing"'
	contain commit web
	[ "$status" -eq 0 ]
}

@test "a first signal between intent and outcome waits; the rest is not begun" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}],
		"faults":[{'"$inspects"',"skip":2,"fault":"dribble","times":1}]}'
	"$IMPOUND" contain pause web db --yes --json --engine "$fake_sock" >out 2>&1 &
	job=$!
	wait_for has_intent
	kill -TERM "$job"
	wait "$job" || code=$?
	job=
	jq -s -e '.[-1].results | .[0].result == "done" and .[1].result == "not-begun"' <(grep '^{' out)
	[ "$(state db)" = running ]
	journal_is_whole
}

has_intent() { [ -e "$IMPOUND_JOURNAL" ] && grep -q '"event":"intent"' "$IMPOUND_JOURNAL"; }

@test "two impounds at once: the second waits for the first" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}],
		"faults":[{"match":"POST */commit*","fault":"stall","bytes":0,"times":1}]}'
	"$IMPOUND" contain commit web --yes --engine "$fake_sock" >out 2>&1 &
	job=$!
	wait_for asked commit
	"$IMPOUND" contain commit db --yes --json --engine "$fake_sock" >out2 2>err2 &
	second=$!
	wait_for grep -q waiting err2
	[ "$(count /commit)" -eq 1 ]
	kill -9 "$job"
	job=
	wait "$second"
	[ "$(count /commit)" -eq 2 ]
	journal_is_whole
}
