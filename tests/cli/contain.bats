#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound contain against fake engines: written down first, done, looked at, taken back; and each way it goes wrong.

load ../fake/fake
load contain

setup() { contain_setup; }
teardown() { contain_teardown; }

@test "pause and unpause, both dialects: done, proved, in the journal, nothing the second time" {
	for dialect in docker podman; do
		fake_start fake $dialect
		contain pause web --reason why --case 17
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .verb == "pause" and .container.state == "paused" and
			(.proof | length) == 1 and .undo == "impound contain unpause web" and .seq > 0'
		[ "$(state)" = paused ]
		contain pause web
		[ "$status" -eq 0 ]
		is '.results[0].result == "nothing"'
		[ "$(count POST)" -eq 1 ]
		contain unpause web
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .undoes == 1'
		[ "$(state)" = running ]
		journal_is_whole
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal"
	done
}

@test "the intent says all before the call: who, what, which run, by which requests" {
	fake_start fake docker
	contain pause web --reason 'beacons to $(reboot)' --case 17 --operator ann
	journal 'select(.event == "intent")' | jq -e '.verb == "pause" and .operator == "ann" and .case == "17" and
		.reason == "beacons to $(reboot)" and (.container.id | length) == 64 and .container.started and
		.container.state == "running" and (.engine | .label and .address and .api and .rootless == false) and
		(.requests | length) == 1 and (.requests[0] | endswith("/pause")) and (.endpoints | length) == 1'
	journal 'select(.event == "outcome")' | jq -e '.result == "done" and .state == "paused" and .of == 1'
}

@test "wrong words: named, and nothing is called or written" {
	fake_start fake docker
	while IFS='|' read -r words why; do
		# shellcheck disable=SC2086 # words
		contain $words
		echo "$words"
		[ "$status" -eq 2 ]
		[[ $stderr == *"$why"* ]]
	done <<-'END'
		|which verb
		paus web|did you mean 'pause'
		explode web|unknown verb 'explode'
		pause|which container
		undo|Or say --case
		pause web --network x|--network does not go with 'pause'
		isolate web --network x|--network does not go with 'isolate'
		pause web --image x:1|--image does not go with 'pause'
		commit web --image Big|no capitals
		commit web --image a:b:c/|NAME or NAME:TAG
		undo web --bundle x|--bundle does not go with 'undo'
		status --reason x|--reason does not go with 'status'
		pause web --freeze|--freeze needs --collect
		pause web -o x|--output needs --collect
		pause web --collect triage --key-pass-file x|--key-pass-file needs --key
		pause web --collect most|--collect takes
		kill web --bundle x --collect triage|--bundle and --collect
		kill web db --bundle x|--bundle goes with one container
		pause web db --if-started 2026-01-01T00:00:00Z|--if-started goes with one container
		pause web --if-started yesterday|--if-started
		kill web --without-evidence=|needs a reason
	END
	run -2 --separate-stderr "$IMPOUND" contain pause web --engine "$fake_sock" </dev/null
	[[ $stderr == *"no terminal"*"--yes"* ]]
	[ ! -e "$IMPOUND_JOURNAL" ]
	[ ! -s "$fake_log" ]
}

@test "no such container, and one that two engines have: 8 and 2, the others are done all the same" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}]}'
	contain pause wbe db
	[ "$status" -eq 8 ]
	is '[.results[].exit_code] == [8, 0] and (.results[0].error | contains("web"))'
	contain --stop-on-error unpause nosuch db
	is '.results[1].result == "not-begun"'
	[ "$(count unpause)" -eq 0 ]
}

@test "--dry-run: every check and the whole plan, nothing written, nothing called" {
	fake_start fake podman '{"containers":[{"name":"web","state":"paused","networks":["front","back"]}]}'
	run -0 "$IMPOUND" contain isolate web --dry-run --engine "$fake_sock"
	[[ $output == *ISOLATE* && $output == *"web, 000000000000, paused"* && $output == *"paused again"* ]]
	[[ $output == *"/networks/front/disconnect"* && $output == *"NONE of this run"* && $output == *"Nothing was done"* ]]
	# An address is not broken, however long the test's folder makes it.
	[ "$(grep -v unix:// <<<"$output" | awk 'length > 79' | wc -l)" -eq 0 ]
	contain disconnect web --dry-run
	is '.results[0] | .result == "planned" and (.requests | length) == 4 and (.requests[0] | endswith("/unpause")) and
		(.requests[3] | endswith("/pause"))'
	contain remove web --dry-run
	[ "$status" -eq 1 ]
	is '.results[0].result == "refused"'
	[ "$(count POST)" -eq 0 ]
	[ "$(count DELETE)" -eq 0 ]
	[ ! -e "$IMPOUND_JOURNAL" ]
}

@test "a journal that cannot be written: refused, and nothing is called" {
	fake_start fake docker
	mkdir "$BATS_TEST_TMPDIR/wide"
	chmod 777 "$BATS_TEST_TMPDIR/wide"
	contain pause web --journal "$BATS_TEST_TMPDIR/wide/j"
	[ "$status" -eq 1 ]
	[[ $stderr == *"nothing was done"* ]]
	: >"$BATS_TEST_TMPDIR/file"
	contain pause web --journal "$BATS_TEST_TMPDIR/file/j"
	[ "$status" -eq 1 ]
	contain pause web --journal /dev/full
	[ "$status" -eq 1 ]
	[ "$(count POST)" -eq 0 ]
}

@test "an intent that does not fit the disk: refused, and nothing is called" {
	fake_start fake docker
	contain pause web
	contain unpause web
	run -1 --separate-stderr bash -c 'ulimit -f "$(($(stat -c %s "$IMPOUND_JOURNAL") / 1024))"; exec "$@"' x \
		"$IMPOUND" contain pause web --yes --json --engine "$fake_sock"
	jq -e '.results[0] | .result == "refused" and (.error | contains("could not be written"))' <<<"$output"
	[ "$(count /pause)" -eq 1 ]
	journal_is_whole
}

@test "an engine that says no: failed, its reason, the journal whole, nothing to take back" {
	for dialect in docker podman; do
		fake_start fake $dialect '{"faults":[{"match":"POST */pause","fault":"status","status":500,"message":"no dice"}]}'
		contain pause web
		[ "$status" -eq 1 ]
		is '.results[0] | .result == "failed" and (.error | contains("no dice")) and .container.state == "running"'
		contain undo web
		is '.results[0].result == "nothing"'
		journal_is_whole
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal"
	done
}

@test "an engine that says no and has done it: done, and said" {
	fake_start fake docker '{"faults":[{"match":"POST */pause","fault":"length","bytes":9}]}'
	contain pause web
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.warnings | join(" ") | contains("and yet it was done"))'
}

@test "rootless Podman without a freezer: no pause, and it says why" {
	fake_start fake podman '{"no_freezer":true}'
	contain pause web
	[ "$status" -eq 1 ]
	is '.results[0] | .result == "failed" and (.error | contains("cgroup"))'
	journal_is_whole
}

@test "an engine that goes away: failed or unknown, never done; status says that it does not answer" {
	fake_start fake docker '{"faults":[{"match":"POST */pause","fault":"close"},
		{"match":"GET */json","skip":4,"fault":"close"}]}'
	contain pause web
	[ "$status" -eq 1 ]
	is '.results[0].result == "unknown"'
	kill "$(cat "$BATS_TEST_TMPDIR/fake-fake/pid")"
	run -3 --separate-stderr "$IMPOUND" contain status --json --engine "$fake_sock"
	jq -e '.results[0] | .container.state == "not known" and .actions[0].holds == "unknown"' <<<"$output"
	journal_is_whole
}

@test "several: one after another, the worst counts" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"off","state":"exited"},{"name":"db"}]}'
	contain pause web off db
	[ "$status" -eq 1 ]
	is '[.results[].result] == ["done", "refused", "done"]'
	contain unpause web off db --stop-on-error
	is '[.results[].result] == ["done", "refused", "not-begun"]'
}

@test "if it is another run than the caller saw, it is not touched" {
	fake_start fake docker
	contain pause web --if-started 2001-01-01T00:00:00Z
	[ "$status" -eq 1 ]
	is '.results[0] | .result == "refused" and (.error | contains("not the same run"))'
	[ "$(count POST)" -eq 0 ]
	journal 'select(.event == "refused")' | jq -e '.verb == "pause"'
}
