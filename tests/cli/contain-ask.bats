#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound contain on a terminal: the question, the answers, and what happens between the two.

load ../fake/fake
load contain

setup() { contain_setup; }
teardown() { contain_teardown; }

@test "the question says which, what, how and the way back, on 80 columns; yes does it" {
	fake_start fake docker
	on_terminal yes pause web --reason why
	[ "$status" -eq 0 ]
	[[ $output == *PAUSE*"web, 000000000000, running"*docker*"(unix://"*lab/busybox*" ago"*"Health checks"* ]]
	[[ $output == *"POST /v1.45/containers/000000000000.../pause"*"NONE of this run"* ]]
	[[ $output == *"impound contain unpause web"*"To pause it, type yes: yes"*"pause: done"* ]]
	[ "$(grep -v 'unix://' <<<"$output" | awk 'length > 79' | wc -l)" -eq 0 ]
	[ "$(state)" = paused ]
}

@test "any other answer leaves it alone, and is in the journal" {
	fake_start fake docker
	for answer in no '' y YES 'yes please' yesyes; do
		on_terminal "$answer" pause web
		[ "$status" -eq 1 ]
		[[ $output == *"NOT DONE"*"not confirmed"* ]]
	done
	[ "$(count POST)" -eq 0 ]
	[ "$(journal 'select(.event == "refused")' | wc -l)" -eq 6 ]
}

@test "what was typed before the question is no answer" {
	fake_start fake docker "{\"faults\":[{\"match\":\"GET */json*\",\"fault\":\"dribble\"}]}"
	on_terminal --early yes no pause web
	[ "$status" -eq 1 ]
	[ "$(count POST)" -eq 0 ]
}

@test "what destroys wants the first six digits of the id" {
	fake_start fake docker '{"containers":[{"name":"web","id":"'"$(printf 'abc%061d' 1)"'"}]}'
	on_terminal yes kill web --without-evidence 'it burns'
	[ "$status" -eq 1 ]
	[[ $output == *"type the first six digits"* && $output == *"it burns"* && $output == *"what it held in memory"* ]]
	[ "$(count POST)" -eq 0 ]
	on_terminal abc000 kill web --without-evidence 'it burns'
	[ "$status" -eq 0 ]
	[ "$(state)" = exited ]
}

@test "a container that was restarted between question and answer is not touched" {
	for verb in pause kill disconnect commit; do
		fake_start fake docker
		on_terminal --then "printf '%s\n' '[\"restart\",\"web\",\"2026-12-01T00:00:00Z\"]' >'$BATS_TEST_TMPDIR/fake-fake/control';
			until grep -q restarted '$BATS_TEST_TMPDIR/told'; do curl -s --unix-socket '$fake_sock' http://x/v1.45/containers/web/json |
			grep -q 2026-12-01 && echo restarted >'$BATS_TEST_TMPDIR/told' || touch '$BATS_TEST_TMPDIR/told'; done" \
			"$([ $verb = kill ] && echo 000000 || echo yes)" $verb web --without-evidence test
		[ "$status" -eq 1 ]
		[[ $output == *"NOT DONE"*"not the same run"* ]]
		[ "$(count POST)" -eq 0 ]
		[ "$(journal .event | tail -n 1)" = '"refused"' ]
		journal_is_whole
		fake_stop || :
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal" "$BATS_TEST_TMPDIR/told"
	done
}

@test "one that is gone when the answer comes: said, nothing is called" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}]}'
	on_terminal --then "printf '%s\n' '[\"remove\",\"web\"]' >'$BATS_TEST_TMPDIR/fake-fake/control';
		while curl -sf --unix-socket '$fake_sock' http://x/v1.45/containers/web/json | grep -q Id; do :; done" yes pause web
	[ "$status" -eq 8 ]
	[ "$(count POST)" -eq 0 ]
}

@test "Ctrl-C at the question: nothing was done, and it ends by that signal" {
	fake_start fake docker
	on_terminal ^C pause web
	[ "$status" -eq 130 ]
	[ "$(count POST)" -eq 0 ]
}

@test "what is so already is not asked about" {
	fake_start fake docker '{"containers":[{"name":"web","state":"paused"}]}'
	on_terminal yes pause web
	[ "$status" -eq 0 ]
	[[ $output != *"type yes"* && $output == *"it is paused already"* ]]
}

@test "names from outside cannot speak to the terminal" {
	fake_start fake docker '{"containers":[{"name":"web","image":"\u001b]0;x\u0007\u202eevil"}]}'
	on_terminal no pause web --case $'\e[2J'
	[[ $output != *$'\e'* && $output == *'\x1b]0;x'* ]]
	run "$IMPOUND" contain status
	[[ $output != *$'\e'* ]]
}
