#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound collect against fake engines: the plan followed, every gap recorded, every fault survived, never left frozen.

load ../fake/fake
bats_require_minimum_version 1.5.0

setup() {
	where=$BATS_TEST_TMPDIR/evidence
	mkdir "$where"
}

teardown() {
	[ -z "${job:-}" ] || kill -9 "$job" 2>/dev/null || :
	fake_stop
}

collect() {
	run --separate-stderr timeout 100 "$IMPOUND" collect --progress none -o "$where" "$@"
	echo "status $status"
	echo "$output"
	echo "$stderr"
}

wait_for() {
	local until=$((SECONDS + 60))

	until "$@"; do
		[ $SECONDS -lt $until ] || { echo "never: $*" >&2; return 1; }
		command sleep 0.05
	done
}

asked() { grep -qF "$1" "$fake_log"; }
times() { [ "$(grep -cF "$1" "$fake_log")" -ge "$2" ]; }
state() { curl -s --unix-socket "$fake_sock" http://x/v1.45/containers/web/json | jq -r .State.Status; }
state_is() { [ "$(state)" = "$1" ]; }
custody() { jq -cs "$1" "$where"/*/custody.jsonl; }
bundles() { find "$where" -mindepth 1 -maxdepth 1 | wc -l; }

# outcome KIND: what became of it, from the JSON result.
outcome() { jq -r --arg k "$1" '[.artifacts[] | select(.kind == $k) | .outcome] | join(" ")' <<<"$output"; }
reason() { jq -r --arg k "$1" '[.artifacts[] | select(.kind == $k) | .reason // empty] | join(" ")' <<<"$output"; }

@test "a container through the API: partial, sealed, what the engine said byte for byte: both dialects" {
	for dialect in docker podman; do
		fake_start fake $dialect
		collect --json --engine "$fake_sock" web
		[ "$status" -eq 3 ]
		jq -e '.schema == "impound-result/1" and .command == "collect" and .exit_code == 3 and
			.status == "incomplete" and .bundle.state == "partial" and .container.name == "web" and
			(.seal.sha256 | length) == 64 and (.seal.fingerprint | length) == 64 and
			.seal.ephemeral and (.bundle.bytes | type) == "string"' <<<"$output"
		for kind in engine inspect image network logs events stats; do
			[[ " $(outcome $kind) " != *" failed "* ]]
			[[ $(outcome $kind) == *whole* ]]
		done
		[[ $(reason sockets) == *"not on this host"* || $(reason sockets) == *root* ]]
		bundle=$(jq -r .bundle.path <<<"$output")
		# Without the address: the answer that was stored is the one that the engine gives.
		jq -e .Id "$bundle/data/container/inspect.json"
		grep -q hello "$bundle/data/logs/stdout.log"
		grep -q oops "$bundle/data/logs/stderr.log"
		"$IMPOUND" verify --fingerprint "$(jq -r .seal.fingerprint <<<"$output")" \
			--seal "$(jq -r .seal.sha256 <<<"$output")" "$bundle"
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$bundle"
	done
}

@test "inspect is asked first and last, and the volatile before the rest" {
	fake_start fake docker
	collect --engine "$fake_sock" web
	order=$(sed 's/?.*//; s/.*\///' "$fake_log" | tr '\n' ' ')
	echo "$order"
	[[ $order == *"json top stats changes"*"logs events version info"*"history json " ]]
}

@test "what --without leaves out is a choice, and the result can be complete" {
	fake_start fake docker '{"containers":[{"name":"web","state":"exited"}]}'
	collect --json --profile triage --without logs,events --engine "$fake_sock" web
	[ "$status" -eq 0 ]
	[ "$(outcome logs)" = skipped ]
	[ "$(reason logs)" = "left out by --without" ]
	[ "$(jq -r .bundle.state <<<"$output")" = complete ]
	run ! asked /logs
	run ! asked /events
}

@test "memory is not supported by this version, and says so" {
	fake_start fake docker
	collect --json --profile triage --with memory --engine "$fake_sock" web
	[ "$status" -eq 3 ]
	[[ $(reason memory) == *"this version"* ]]
}

@test "wrong words: a kind that is none, contradictions, no container; nothing is made" {
	fake_start fake docker
	collect --with files,hostname web
	[ "$status" -eq 2 ]
	[[ $stderr == *"'hostname'"*"image-archive"* ]]
	collect --with logs --without logs web
	[ "$status" -eq 2 ]
	collect --without inspect web
	[ "$status" -eq 2 ]
	collect
	[ "$status" -eq 2 ]
	collect --all-running web
	[ "$status" -eq 2 ]
	collect --profile most web
	[ "$status" -eq 2 ]
	collect --key-pass-file x web
	[ "$status" -eq 2 ]
	collect --json --engine "$fake_sock" nosuch
	[ "$status" -eq 8 ]
	jq -e '.exit_code == 8 and .command == "collect" and (.error | contains("nosuch"))' <<<"$output"
	[ -z "$(ls "$where")" ]
}

@test "--dry-run asks only who it is, makes nothing, and prints each step" {
	fake_start fake podman
	collect --dry-run --profile full --freeze --engine "$fake_sock" web
	[ "$status" -eq 0 ]
	[[ $output == *"sleeping system calls"* && $output == *freeze* && $output == *"Left out:"* ]]
	[ "$(awk 'length > 79' <<<"$output" | wc -l)" -eq 0 ]
	collect --dry-run --json --engine "$fake_sock" web
	jq -e '.plan[0] == {"step":"inspect","kind":"inspect","plan":"take","how":"api","effect":"nothing"}' <<<"$output"
	run ! grep -vE 'GET (/v[^/]*(/libpod)?)?(/version|/info|/containers/json.*|/containers/[^/]*/json)$' "$fake_log"
	[ -z "$(ls "$where")" ]
}

# One answer that goes wrong is that piece's record; the others come.
one_fault() { # one_fault KIND PATTERN FAULT OUTCOME REASON
	fake_start fake docker "{\"faults\":[{\"match\":\"GET */$2*\",$3}]}"
	collect --json --engine "$fake_sock" web
	[ "$status" -eq 3 ]
	[ "$(outcome "$1")" = "$4" ]
	[[ $(reason "$1") == *"$5"* ]]
	[ "$(outcome stats | tr -d '\n')" != failed ] || [ "$1" = stats ]
	run "$IMPOUND" verify "$(jq -r .bundle.path <<<"$output")"
	[ "$status" -eq 5 ]
	fake_stop
	rm -rf "$BATS_TEST_TMPDIR/fake-fake" "${where:?}"/*
}

@test "each way in which an answer can go wrong is recorded for that piece alone" {
	one_fault logs logs '"fault":"status","status":500,"message":"no such driver"' 'failed failed' 'no such driver'
	one_fault logs logs '"fault":"body","hex":"0100000000000003616263ff"' 'partial failed' 'frame'
	one_fault logs logs '"fault":"cut","bytes":20' 'partial failed' 'cut off'
	one_fault changes changes '"fault":"truncate","bytes":7' 'partial' ''
	one_fault changes changes '"fault":"body","text":"{\"a\":1}"' 'partial' 'not a list'
	one_fault changes changes '"fault":"deep"' 'partial' ''
	one_fault events events '"fault":"status","status":500' 'failed' 'made to fail'
	one_fault stats stats '"fault":"close"' 'failed' 'no answer'
	one_fault stats stats '"fault":"body","text":""' 'failed' 'empty'
	one_fault network 'networks/' '"fault":"status","status":404' 'failed' ''
}

@test "inspect that is not JSON, has duplicate keys or no end: an error, and no bundle" {
	for fault in '"fault":"body","text":"<html>"' '"fault":"body","text":"{\"Id\":1,\"Id\":2}"' '"fault":"deep"' '"fault":"huge"'; do
		fake_start fake docker "{\"faults\":[{\"match\":\"GET */containers/*[0-9a-f]/json\",$fault}]}"
		collect --json --engine "$fake_sock" web
		[ "$status" -eq 6 ]
		jq -e '.error != null' <<<"$output"
		[ -z "$(ls "$where")" ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake"
	done
}

@test "the engine goes away half way: the rest is failed, and what came is sealed" {
	fake_start fake docker '{"faults":[{"match":"GET */changes*","fault":"stall","bytes":10}]}'
	"$IMPOUND" collect --json --progress none -o "$where" --engine "$fake_sock" web >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /changes
	kill "$(cat "$BATS_TEST_TMPDIR/fake-fake/pid")"
	status=0
	wait $job || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $(outcome stats) == whole ]]
	[[ $(outcome events) == failed && $(reason events) == *"no longer answers"* ]]
	[ "$(outcome image)" = failed ]
	[ "$(custody '.[-1].event')" = '"sealed"' ]
}

@test "the container is removed half way: each remaining piece says so" {
	fake_start fake docker '{"containers":[{"name":"web"}],"faults":[{"match":"GET */stats*","fault":"dribble","delay":0.1}]}'
	"$IMPOUND" collect --json --progress none -o "$where" --engine "$fake_sock" web >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /stats
	fake_tell fake '["remove","web"]'
	status=0
	wait $job || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	echo "$output"
	[ "$status" -eq 3 ]
	[ "$(outcome stats)" = whole ]
	[[ $(outcome changes) == failed && $(reason changes) == *"no such container"* ]]
	[ "$(outcome inspect)" = "whole failed" ]
	[ "$(outcome image)" = "whole whole" ]
	[ "$(custody '.[-1].state')" = '"partial"' ]
}

# Stalled at a request, with the container frozen; then what $1 does to it.
stalled() { # stalled PATTERN WORD [OPTION...]
	fake_start fake docker "{\"faults\":[{\"match\":\"$1\",\"fault\":\"stall\",\"bytes\":1}]}"
	# A shell starts what is in the background with SIGINT ignored.
	setsid env --default-signal=INT "$IMPOUND" collect --freeze -q --progress none -o "$where" --engine "$fake_sock" "${@:3}" web \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	job=$!
	wait_for asked "$2"
}

@test "kill -9 at every step of a frozen collection: thawed by the guard, which then ends; verify says unsealed" {
	local at
	for at in top stats changes export logs events networks images; do
		stalled "GET *$at*" "$at" --with rootfs
		kill -9 -- -$job
		wait_for state_is running
		wait_for guard_is_gone
		wait $job || :
		run "$IMPOUND" verify "$where"/*.partial
		[ "$status" -eq 7 ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "${where:?}"/*
	done
}

guard_is_gone() { ! pgrep -f "collect --freeze.*$where" >/dev/null; }

@test "kill -9 while the pause is on its way, done but not answered: thawed" {
	stalled 'POST *pause' /pause
	wait_for state_is paused
	kill -9 -- -$job
	wait_for state_is running
	wait_for guard_is_gone
}

@test "a pause that the engine refuses: a warning, partial, and the files are read all the same" {
	fake_start fake docker '{"containers":[{"name":"web"}],"faults":[{"match":"POST *pause","fault":"status","status":500,"message":"no freezer here"}]}'
	collect --freeze --json --engine "$fake_sock" web
	[ "$status" -eq 3 ]
	custody 'map(select(.event == "warning"))' | grep -q 'no freezer here'
	[[ $(outcome files) != skipped ]]
	run ! asked /unpause
}

@test "a thaw that fails at first is tried again" {
	fake_start fake docker '{"faults":[{"match":"POST *unpause","fault":"status","status":500,"times":2}]}'
	collect --freeze --json --engine "$fake_sock" web
	state_is running
	custody 'map(select(.event == "action") | .what)' | grep -q '"frozen","thawed"'
}

@test "a container that somebody else thaws meanwhile: no time is claimed, and it is said" {
	fake_start fake docker '{"containers":[{"name":"web"}],"faults":[{"match":"POST *unpause","fault":"status","status":500,"message":"not paused"},
		{"match":"GET */changes*","fault":"dribble","delay":0.05}]}'
	"$IMPOUND" collect --freeze --json --progress none -o "$where" --engine "$fake_sock" web >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /changes
	fake_tell fake '["state","web","running"]'
	status=0
	wait $job || status=$?
	[ "$status" -eq 3 ]
	custody 'map(select(.event == "warning") | .detail)' | grep -q 'somebody else thawed it'
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["frozen"]' ]
}

@test "a container that was paused is not touched by --freeze" {
	fake_start fake docker '{"containers":[{"name":"web","state":"paused"}]}'
	collect --freeze --json --engine "$fake_sock" web
	[ "$status" -eq 3 ]
	run ! grep -q POST "$fake_log"
	state_is paused
}

@test "a first signal seals and thaws; the exit status is 3" {
	for signal in INT TERM HUP; do
		stalled 'GET *changes*' changes
		kill -$signal $job
		status=0
		wait $job || status=$?
		cat "$BATS_TEST_TMPDIR/out"
		[ "$status" -eq 3 ]
		state_is running
		[ "$(custody '.[-1] | [.event, .state]')" = '["sealed","partial"]' ]
		custody 'map(.error // empty) | join(" ")' | grep -q 'not begun: stopped by'
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "${where:?}"/*
	done
}

@test "a signal before the second of two containers: the first is sealed, the second not begun" {
	fake_start fake docker '{"containers":[{"name":"a"},{"name":"b"}],"faults":[{"match":"GET */stats*","fault":"stall","bytes":1,"times":1}]}'
	"$IMPOUND" collect --json --progress none -o "$where" --engine "$fake_sock" a b >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /stats
	kill -TERM $job
	status=0
	wait $job || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ "$status" -eq 143 ]
	jq -e '[.results[].exit_code] == [3, 143]' "$BATS_TEST_TMPDIR/out"
	[ "$(bundles)" -eq 1 ]
}

@test "a Podman checkpoint that fails names CRIU's versions, and the rest goes on" {
	fake_start fake podman '{"faults":[{"match":"POST *checkpoint*","fault":"status","status":500,"message":"CRIU checkpointing failed -52"}]}'
	collect --json --profile triage --with checkpoint --engine "$fake_sock" web
	[ "$status" -eq 3 ]
	[ "$(outcome checkpoint)" = failed ]
	[[ $(reason checkpoint) == *"failed -52"* ]]
	[[ $stderr == *"CRIU before 4.1"*"4.2"*"libcriu2"* ]]
	[[ $(outcome logs) == "whole whole" ]]
}

@test "a checkpoint that ends the container is an effect, and partial" {
	fake_start fake podman '{"containers":[{"name":"web"}],"faults":[{"match":"POST *checkpoint*","fault":"dribble","delay":0.0002}]}'
	"$IMPOUND" collect --json --progress none --profile triage --with checkpoint -o "$where" \
		--engine "$fake_sock" web >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /checkpoint
	fake_tell fake '["state","web","exited"]'
	wait $job || :
	output=$(cat "$BATS_TEST_TMPDIR/out")
	echo "$output"
	[ "$(outcome checkpoint)" = whole ]
	jq -e '.artifacts[] | select(.kind == "checkpoint") | any(.effects[]; . == "the container ended")' <<<"$output"
}

@test "the profile full asks on a terminal before it takes a checkpoint; no is a choice" {
	fake_start fake podman
	run script -qec "'$IMPOUND' collect -o '$where' --progress none --profile full --engine '$fake_sock' web" /dev/null <<<n
	echo "$output"
	[[ $output == *"Take it? [y/N]"* ]]
	run ! asked /checkpoint
	custody 'map(select(.kind == "checkpoint") | .error)' | grep -q 'declined at the terminal'
	collect --profile full --engine "$fake_sock" web
	asked /checkpoint
}

@test "a terminal's log has no frames in either dialect" {
	for dialect in docker podman; do
		fake_start fake $dialect '{"containers":[{"name":"web","tty":true}]}'
		collect --json --profile triage --engine "$fake_sock" web
		bundle=$(jq -r .bundle.path <<<"$output")
		[ "$(sed 's/^[^ ]* //' "$bundle/data/logs/tty.log")" = $'hello\noops' ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "${where:?}"/*
	done
}

@test "--all-running takes what runs and what is paused, a bundle each" {
	fake_start fake docker '{"containers":[{"name":"a"},{"name":"b","state":"exited"},{"name":"c","state":"paused"}]}'
	collect --all-running --profile triage --json --engine "$fake_sock"
	[ "$status" -eq 3 ]
	jq -e '[.results[].container.name] == ["a", "c"]' <<<"$output"
	[ "$(bundles)" -eq 2 ]
	fake_start none docker '{"containers":[]}'
	collect --all-running --engine "$none_sock"
	[ "$status" -eq 8 ]
}

@test "a hostile name is escaped for people, whole in JSON, and not in the path" {
	fake_start fake docker '{"containers":[{"name":"\u001b[31m../../x\n"}]}'
	collect --json --profile triage --engine "$fake_sock" 0000000000000000000000000000000000000000000000000000000000000001
	[ "$status" -eq 3 ]
	[[ $stderr != *$'\e'* && $stderr == *'\x1b[31m'* ]]
	jq -e '.container.name == "\u001b[31m../../x\n"' <<<"$output"
	[ "$(bundles)" -eq 1 ]
	[[ $(ls "$where") =~ ^[A-Za-z0-9._-]+$ ]]
}

@test "the operator, case, note and exhibit are in the bundle; sudo's caller is the default" {
	fake_start fake docker
	SUDO_USER=alice collect -q --profile triage --case C-1 --exhibit E-2 --note 'seen at night' --engine "$fake_sock" web
	[ -z "$stderr" ]
	grep -q 'alice' "$where"/*/bag-info.txt
	grep -q 'C-1' "$where"/*/bag-info.txt
	grep -q 'E-2' "$where"/*/bag-info.txt
	custody '.[0].target | [.engine.dialect, .container.name, .profile, (.plan | length > 10)]' | grep -q '\["docker","web","triage",true\]'
	# The bundle's path alone is the result.
	[ "$output" = "$(echo "$where"/*)" ]
}

@test "a key of the operator's signs; a wrong one is refused before anything is asked" {
	fake_start fake docker
	"$IMPOUND" keygen -o "$BATS_TEST_TMPDIR/key"
	collect --json --profile triage --key "$BATS_TEST_TMPDIR/key" --engine "$fake_sock" web
	jq -e '.seal.ephemeral == false' <<<"$output"
	echo nonsense >"$BATS_TEST_TMPDIR/bad"
	: >"$fake_log"
	collect --key "$BATS_TEST_TMPDIR/bad" --engine "$fake_sock" web
	[ "$status" -ne 0 ] && [ "$status" -ne 3 ]
	[ ! -s "$fake_log" ]
}

@test "the summary fits in 80 columns, and its verify line can be copied" {
	fake_start fake docker
	collect --engine "$fake_sock" web
	[ "$(awk 'length > 80' <<<"$stderr" | grep -vc "^$where")" -eq 0 ]
	line=$(sed -n '/^impound verify/,/^$/p' <<<"$stderr")
	run bash -c "PATH=$(dirname "$IMPOUND"):$PATH; $line"
	[ "$status" -eq 0 ]
}
