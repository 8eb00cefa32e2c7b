#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound list against fake engines: both dialects, everything that an engine can do wrong.

load ../fake/fake
bats_require_minimum_version 1.5.0

teardown() {
	[ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || :
	fake_stop
}

list() {
	run --separate-stderr timeout 20 "$IMPOUND" list "$@"
}

wait_for() {
	local until=$((SECONDS + 15))

	until "$@"; do
		[ $SECONDS -lt $until ] || { echo "never: $*" >&2; return 1; }
		command sleep 0.05
	done
}

# With the fault, the one engine that was asked for fails: status, and what the message says.
fails() {
	fake_start bad docker "{\"faults\":[{\"match\":\"GET */containers/json*\",$1}]}"
	list --engine "$bad_sock" --json
	echo "status $status, $output, $stderr"
	[ "$status" -eq "$2" ]
	[[ $stderr == *"$3"* ]]
	jq -e --argjson s "$2" '.exit_code == $s and .command == "list" and .error != null' <<<"$output"
}

@test "lists what runs, in both dialects, and says which engine" {
	fake_start docker docker '{"containers":[{"name":"a"},{"name":"b","state":"exited"},{"name":"c","state":"paused"}]}'
	fake_start podman podman '{"containers":[{"name":"d"},{"name":"e","state":"created"}]}'
	list --engine "$docker_sock" --engine "$podman_sock"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} == ENGINE*NAME*ID*IMAGE*STATE*SINCE*PORTS ]]
	[[ ${lines[1]} =~ ^docker\ +a\ +000000000000\ .*running ]]
	[[ ${lines[2]} =~ ^docker\ +c\ .*paused ]]
	[[ ${lines[3]} =~ ^podman\ +d\ .*running ]]
	list --all --engine "$docker_sock" --engine "$podman_sock"
	[ "${#lines[@]}" -eq 6 ]
}

@test "--json is one object with every container" {
	fake_start docker docker '{"containers":[{"name":"a"},{"name":"b","state":"exited"}]}'
	list --all --json --engine "$docker_sock"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	jq -e '.schema == "impound-result/1" and .command == "list" and .exit_code == 0 and .status == "done"
		and (.containers | map(.name + " " + .state + " " + .engine)) == ["a running docker", "b stopped docker"]
		and (.containers[0].id | length) == 64 and .engines[0].api == "1.45"' <<<"$output"
}

@test "since when: one form for both engines, with the true times in JSON" {
	fake_start docker docker '{"containers":[{"name":"a"},{"name":"b","state":"exited"},{"name":"c","state":"created"}]}'
	fake_start podman podman '{"containers":[{"name":"a"}]}'
	list --all --engine "$docker_sock" --engine "$podman_sock"
	[ "$status" -eq 0 ]
	[ "$(grep -cE ' (running|stopped)  +([0-9]+[dhms] )?[0-9]+[dhms]( |$)' <<<"$output")" -eq 3 ]
	grep -qE 'created +80/tcp$|created$' <<<"$output"
	list --all --json --engine "$docker_sock"
	jq -e '.containers | map([.started != null, .finished != null]) == [[true, true], [true, true], [false, false]]' <<<"$output"
	# The created one was not asked.
	[ "$(grep -c 'containers/0.*/json' "$docker_log")" -eq 4 ]
}

@test "an engine that will not say since when hides no container" {
	fake_start docker docker '{"count":9,"faults":[{"match":"GET */containers/*/json","fault":"hang"}]}'
	SECONDS=0
	list --json --engine "$docker_sock"
	[ $SECONDS -lt 12 ]
	[ "$status" -eq 0 ]
	jq -e '.containers | length == 10 and all(.started == null)' <<<"$output"
}

@test "five thousand containers" {
	fake_start docker docker '{"count":5000,"containers":[]}'
	list --json --engine "$docker_sock"
	[ "$status" -eq 0 ]
	jq -e '.containers | length == 5000' <<<"$output"
}

@test "hostile names, labels and images are escaped on the terminal and whole in JSON" {
	fake_start docker docker '{"containers":[{"name":"\u001b[31mred\nline\u202e","image":"i\u009bm\u200b\u007f","labels":{"\u001b]0;x\u0007":"\n"}}]}'
	list --engine "$docker_sock"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output != *$'\e'* ]] && [[ $output != *$'\u202e'* ]] && [[ $output != *$'\u009b'* ]] && [[ $output != *$'\x7f'* ]]
	[[ $output == *'\x1b[31mred\nline\u{202e}'* ]]
	list --json --engine "$docker_sock"
	jq -e '.containers[0].name == "\u001b[31mred\nline\u202e"' <<<"$output"
	run ! grep -qP '[\x00-\x09\x0b-\x1f\x7f]' <<<"$output"
}

@test "on a terminal it fits in its width; the id stays whole" {
	fake_start docker docker '{"containers":[{"name":"a-name-that-goes-on-and-on-and-on-and-on","image":"registry.example/team/project/image:with-a-long-tag"}]}'
	COLUMNS=80 run script -qec "$IMPOUND list --engine $docker_sock" /dev/null
	[ "$status" -eq 0 ]
	for line in "${lines[@]}"; do
		line=${line%$'\r'}
		[ "${#line}" -le 80 ]
	done
	[[ $output == *" 000000000000 "* ]]
}

@test "an engine that never answers hides nobody and does not hang" {
	fake_start docker docker
	fake_start mute docker '{"hang":true}'
	SECONDS=0
	DOCKER_HOST=unix://$mute_sock CONTAINER_HOST=unix://$docker_sock list --no-start
	[ $SECONDS -lt 15 ]
	[ "$status" -eq 3 ]
	[[ $output == *web* ]]
	[[ $stderr == *"$mute_sock"* ]]
}

@test "an engine that gives no list is named, the others are listed, and the status is 3" {
	fake_start docker docker
	fake_start podman podman '{"faults":[{"match":"GET */containers/json*","fault":"status","status":500,"message":"boom\u001b[31m"}]}'
	list --engine "$docker_sock" --engine "$podman_sock" --json
	[ "$status" -eq 3 ]
	[[ $stderr == *'podman: the engine answered 500: boom\x1b[31m'* ]]
	jq -e '.exit_code == 3 and .status == "incomplete" and (.containers | length) == 1' <<<"$output"
}

@test "one engine by two sockets is one; two engines are two" {
	fake_start one docker
	fake_start same docker
	fake_start other docker '{"identity":"other"}'
	DOCKER_HOST=unix://$one_sock CONTAINER_HOST=unix://$same_sock list --json --no-start
	jq -e '[.engines[] | select(.address | test("fake"))] | length == 1' <<<"$output"
	DOCKER_HOST=unix://$one_sock CONTAINER_HOST=unix://$other_sock list --json --no-start
	jq -e '[.engines[] | select(.address | test("fake")) | .label] == ["docker", "docker-2"]' <<<"$output"
	ln -s "$one_sock" "$BATS_TEST_TMPDIR/link"
	list --json --engine "$one_sock" --engine "$BATS_TEST_TMPDIR/link"
	jq -e '.engines | length == 1' <<<"$output"
}

@test "told apart by the answer, not by the socket's name" {
	fake_start docker podman
	list --json --engine "$docker_sock"
	jq -e '.engines[0].label == "podman" and .engines[0].kind == "podman"' <<<"$output"
}

@test "nothing there: what was tried, and 1" {
	list --engine /nowhere/docker.sock
	[ "$status" -eq 1 ]
	[[ $stderr == *"/nowhere/docker.sock"*"No such file"* ]]
	list --engine tcp://127.0.0.1:1
	[ "$status" -eq 1 ]
	[[ $stderr == *"127.0.0.1:1"*"refused"* ]]
}

@test "what is no engine is refused by name; ssh with the way to do it" {
	for word in whale http://x unix://relative tcp://host tcp://a@b:1 tcp://h:0 tcp://h:1/path; do
		list --engine "$word" --no-start
		[ "$status" -ne 0 ]
		[[ $stderr == *"$word"* || $stderr == *"${word#unix://}"* ]]
	done
	list --engine ssh://me@there
	[ "$status" -eq 2 ]
	[[ $stderr == *"ssh -nNT -L"*"me@there"* ]]
	list operand
	[ "$status" -eq 2 ]
}

@test "a truncated answer" { fails '"fault":"truncate","bytes":100' 1 "cut off after 100 bytes"; }
@test "a 500 in the middle of the stream" { fails '"fault":"cut","bytes":100' 1 "cut off"; }
@test "a closed connection" { fails '"fault":"close"' 1 "no answer"; }
@test "a length that is too short" { fails '"fault":"length","bytes":50' 6 "line 1"; }
@test "an answer without an end" { fails '"fault":"huge"' 6 "larger than"; }
@test "an answer nested too deeply" { fails '"fault":"deep"' 6 "deep"; }
@test "an answer that is not JSON" { fails '"fault":"body","text":"<html>"' 6 "line 1"; }
@test "an answer that is not UTF-8" { fails '"fault":"body","hex":"5b22ff225d"' 6 "UTF-8"; }
@test "duplicate keys" { fails '"fault":"body","text":"[{\"Id\":\"a\",\"Id\":\"b\"}]"' 6 "Id"; }
@test "JSON of another shape" { fails '"fault":"body","text":"{\"a\":[]}"' 6 "no list"; }
@test "an id that is a path" { fails '"fault":"body","text":"[{\"Id\":\"../../x\",\"State\":\"running\"}]"' 6 "hexadecimal"; }
@test "a redirect is not followed" { fails '"fault":"redirect"' 1 "301"; }
@test "a hundred thousand headers" { fails '"fault":"headers"' 6 "headers"; }
@test "a refusal with the engine's words" { fails '"fault":"status","status":403,"message":"not you"' 1 "403: not you"; }

@test "a slow answer is waited for" {
	fake_start slow docker '{"faults":[{"match":"GET */containers/json*","fault":"dribble"}]}'
	list --engine "$slow_sock"
	[ "$status" -eq 0 ]
	[[ $output == *web* ]]
}

@test "a signal ends the waiting at once" {
	fake_start mute docker '{"faults":[{"match":"GET */containers/json*","fault":"hang"}]}'
	"$IMPOUND" list --engine "$mute_sock" 2>"$BATS_TEST_TMPDIR/err" &
	watcher=$!
	wait_for grep -q containers/json "$mute_log"
	SECONDS=0
	kill -TERM $watcher
	status=0
	wait $watcher || status=$?
	[ "$status" -eq 143 ]
	[ $SECONDS -lt 5 ]
}

@test "--watch --json says what is added, changes and goes, and ends with the result" {
	fake_start docker docker
	"$IMPOUND" list --watch --all --json --engine "$docker_sock" >"$BATS_TEST_TMPDIR/out" 2>&1 &
	watcher=$!
	saw() { jq -e -s --arg e "$1" --arg n "$2" 'any(.event == $e and .container.name == $n)' "$BATS_TEST_TMPDIR/out"; }
	wait_for saw added web
	fake_tell docker '["add",{"name":"new"}]'
	wait_for saw added new
	fake_tell docker '["state","new","paused"]'
	wait_for saw changed new
	fake_tell docker '["remove","new"]'
	wait_for saw removed new
	kill -TERM $watcher
	wait $watcher
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out" | jq -r .command)" = list ]
}

@test "--watch ends when nobody reads any more, also where nothing happens" {
	fake_start docker docker
	run timeout 20 bash -c '"$1" list --watch --json --engine "$2" | head -n 1' - "$IMPOUND" "$docker_sock"
	[ "$status" -eq 0 ]
	[[ $output == *'"name":"web"'* ]]
}

@test "--watch sees a restart that leaves everything else as it was" {
	fake_start docker docker
	"$IMPOUND" list --watch --json --engine "$docker_sock" >"$BATS_TEST_TMPDIR/out" 2>&1 &
	watcher=$!
	wait_for grep -q '"added"' "$BATS_TEST_TMPDIR/out"
	fake_tell docker '["restart","web","2026-12-01T00:00:00Z"]'
	wait_for jq -e -s 'any(.event == "changed" and .container.started == "2026-12-01T00:00:00Z")' "$BATS_TEST_TMPDIR/out"
	kill -TERM $watcher
	wait $watcher
}

@test "--watch survives an engine that fails for a while" {
	fake_start docker docker '{"faults":[{"match":"GET */events*","fault":"status","status":500,"times":1}]}'
	"$IMPOUND" list --watch --json --engine "$docker_sock" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
	watcher=$!
	wait_for grep -q '"name":"web"' "$BATS_TEST_TMPDIR/out"
	grep -q 'answered 500' "$BATS_TEST_TMPDIR/err"
	grep -q 'answers again' "$BATS_TEST_TMPDIR/err"
	kill -TERM $watcher
	wait $watcher
}
