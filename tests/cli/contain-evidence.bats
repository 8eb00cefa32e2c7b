#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound contain and the evidence: what destroys needs a sealed bundle of this very run, or a reason.

load ../fake/fake
load contain

setup() { contain_setup; }
teardown() { contain_teardown; }

seal() { # seal [OPTION]...: $bundle
	bundle=$("$IMPOUND" collect -q --engine "$fake_sock" -o "$BATS_TEST_TMPDIR" "$@" || [ $? -eq 3 ])
	bundle=${bundle##*$'\n'}
	[ -d "$bundle" ]
}
refused() { # refused WORDS: the last run was, and says so; nothing was called
	[ "$status" -eq 1 ]
	is ".results[0] | .result == \"refused\" and (.error | contains(\"$1\"))"
	[ "$(count POST)" -eq 0 ]
	[ "$(count DELETE)" -eq 0 ]
	[ "$(journal .event | tail -n 1)" = '"refused"' ]
	journal_is_whole
}

@test "without a bundle: refused, for each verb that destroys, on both" {
	for dialect in docker podman; do
		fake_start fake $dialect
		for verb in stop kill remove; do
			contain $verb web
			refused 'knows of no bundle of this run'
		done
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal"
	done
}

@test "a reason instead of evidence: done, and the reason is in the journal" {
	fake_start fake docker
	contain kill web --without-evidence 'it encrypts the store'
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.warnings | length) > 0'
	journal 'select(.event == "intent") | .without_evidence' | grep -q encrypts
}

@test "a bundle that the journal knows: verified, then done" {
	fake_start fake docker
	seal web
	contain remove web
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and .evidence.verified and .evidence.vouched == "its seal is in the journal"'
	journal 'select(.event == "intent") | .evidence.seal' | grep -qE '[0-9a-f]{64}'
}

@test "remove takes more than triage; so does the end of one that is removed when it ends" {
	fake_start fake docker '{"containers":[{"name":"web","auto_remove":true},{"name":"db"}]}'
	seal --profile triage web db
	contain remove db
	refused "profile is 'triage'"
	contain kill web
	refused "profile is 'triage'"
	contain kill db
	[ "$status" -eq 0 ]
	seal web
	contain kill web
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.proof | join(" ") | contains("no such container"))'
}

@test "remove takes a bundle that has the files, whatever its profile says" {
	fake_start fake docker
	seal --without files web
	contain remove web
	refused 'its files are not in it'
	contain remove web --bundle "$bundle"
	refused 'its files are not in it'
	seal --profile full --without files web
	contain remove web
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and .evidence.profile == "full"'
}

@test "remove --collect: files that could not be had are a reason not to" {
	for dialect in docker podman; do
		fake_start fake $dialect '{"faults":[{"match":"GET */changes*","fault":"status","status":500}]}'
		contain remove web --collect standard -o "$BATS_TEST_TMPDIR"
		refused 'its files are not in it'
		contain remove web --collect standard -o "$BATS_TEST_TMPDIR" --without-evidence 'it must go'
		[ "$status" -eq 0 ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal" "$BATS_TEST_TMPDIR"/web-*
	done
}

@test "a tampered bundle, another container's, another run's, an unsealed one: refused" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}]}'
	seal db
	contain kill web --bundle "$bundle"
	refused 'another container'
	seal web
	cp -a "$bundle" "$bundle.copy"
	printf x >>"$bundle/data/logs/stdout.log"
	contain kill web
	refused tampered
	contain kill web --bundle "$bundle"
	refused tampered
	rm -r "$bundle.copy/seal"
	mv "$bundle.copy" "$bundle.copy.partial"
	contain kill web --bundle "$bundle.copy.partial"
	refused unsealed
	contain kill web --bundle "$BATS_TEST_TMPDIR/nowhere"
	[ "$status" -ne 0 ]
	[ "$(count POST)" -eq 0 ]
	seal web
	fake_tell fake '["restart","web","2026-12-01T00:00:00Z"]'
	wait_for restarted
	contain kill web --bundle "$bundle"
	refused 'another run'
	contain kill web
	refused 'knows of no bundle of this run'
}
restarted() { inspect | grep -q 2026-12-01; }

@test "a bundle that nobody vouches for: refused; a trusted signer, or its seal in the journal, is enough" {
	fake_start fake docker
	"$IMPOUND" keygen -o key
	IMPOUND_JOURNAL=$BATS_TEST_TMPDIR/other/j seal --key key web
	contain kill web --bundle "$bundle"
	refused 'signer is not trusted'
	contain kill web --bundle "$bundle" --trust key.pub.pem
	[ "$status" -eq 0 ]
	is '.results[0].evidence.vouched == "its signer is trusted"'
}

@test "a seal in a journal that is broken vouches for nothing" {
	fake_start fake docker
	seal web
	sed -i '1s/"host":"/"host":"x/' "$IMPOUND_JOURNAL"
	contain kill web --bundle "$bundle"
	[ "$status" -eq 1 ]
	is '.results[0] | .result == "refused" and (.error | contains("journal that is whole"))'
	[ "$(count POST)" -eq 0 ]
}

@test "--collect: collects, then acts; the bundle is in the journal and in the intent" {
	for dialect in docker podman; do
		fake_start fake $dialect
		contain kill web --collect triage --case 17 -o "$BATS_TEST_TMPDIR"
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .evidence.verified and .evidence.profile == "triage"'
		bundle=$(jq -r '.results[0].evidence.path' <<<"$output")
		run -5 "$IMPOUND" verify -q "$bundle"
		[ "$(journal .event | tr '\n' ' ')" = '"opened" "collected" "intent" "outcome" ' ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal" "$BATS_TEST_TMPDIR"/web-*
	done
}

@test "--collect into the directory we are in, with a journal of one's own: told by their whole names" {
	fake_start fake docker '{"containers":[{"name":"web"},{"name":"db"}]}'
	mkdir own
	contain kill web --collect triage --journal own/j.jsonl
	[ "$status" -eq 0 ]
	contain pause db --collect triage --journal own/j.jsonl
	[ "$status" -eq 0 ]
	[ ! -e "$IMPOUND_JOURNAL" ]
	[ "$(jq -r 'select(.event == "intent") | .evidence.path' own/j.jsonl)" = \
		"$(jq -r 'select(.event == "collected") | .bundle.path' own/j.jsonl)" ]
	jq -se 'map(select(.event == "intent") | .evidence.path | startswith("/")) | all' own/j.jsonl
	jq -e '.target.journal.path | endswith("/own/j.jsonl")' <<<"$(head -n 1 db-*/custody.jsonl)"
}

@test "pause --collect --freeze: the intent first, frozen by collect, and left so" {
	for dialect in docker podman; do
		fake_start fake $dialect
		contain pause web --collect standard --freeze -o "$BATS_TEST_TMPDIR"
		[ "$status" -eq 0 ]
		is '.results[0] | .result == "done" and .evidence.path'
		[ "$(journal .event | tr '\n' ' ')" = '"opened" "intent" "collected" "outcome" ' ]
		[ "$(state)" = paused ]
		[ "$(count /pause)" -eq 1 ]
		[ "$(count /unpause)" -eq 0 ]
		contain undo web
		[ "$(state)" = running ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal" "$BATS_TEST_TMPDIR"/web-*
	done
}

@test "if nothing could be collected, nothing is done, unless there is a reason" {
	fake_start fake docker
	contain pause web --collect triage -o /nowhere
	refused 'not collected, so nothing was done'
	contain pause web --collect triage --freeze -o /nowhere
	[ "$status" -eq 1 ]
	is '.results[0].result == "failed"'
	[ "$(count POST)" -eq 0 ]
	contain pause web --collect triage -o /nowhere --without-evidence 'it must stop now'
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.warnings | join(" ") | contains("no evidence"))'
}

@test "pause --collect --freeze of one that is paused by another meanwhile: refused, not done without evidence" {
	fake_start fake docker
	mkdir -m 700 journal
	exec 8>journal/journal.lock
	flock 8
	"$IMPOUND" contain pause web --collect triage --freeze --yes --json --engine "$fake_sock" >out 2>err 8>&- &
	job=$!
	wait_for grep -q waiting err
	fake_tell fake '["state","web","paused"]'
	wait_for is_paused
	exec 8>&-
	wait "$job" || code=$?
	job=
	[ "${code:-0}" -eq 1 ]
	jq -e '.results[0] | .result == "refused" and (.error | contains("changed meanwhile"))' out
	[ "$(count POST)" -eq 0 ]
}
is_paused() { [ "$(state)" = paused ]; }

@test "what goes with the container must be in the bundle: a volume without a name, of one that is removed as it ends" {
	volume=$(printf '%064d' 7)
	for name in "$volume" data; do
		fake_start fake docker '{"containers":[{"name":"web","auto_remove":true,
			"inspect":{"Mounts":[{"Type":"volume","Name":"'"$name"'","Source":"/x","Destination":"/data","RW":true}]}}]}'
		seal web
		contain kill web
		if [ "$name" = data ]; then
			[ "$status" -eq 0 ]
		else
			refused "the volume at '/data' is not in it"
		fi
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake" "$BATS_TEST_TMPDIR/journal" "$BATS_TEST_TMPDIR"/web-*
	done
}

@test "pause --collect --freeze killed while it collects: told, and undone" {
	fake_start fake docker '{"faults":[{"match":"GET */logs*","fault":"hang","times":1}]}'
	"$IMPOUND" contain pause web --collect triage --freeze -o "$BATS_TEST_TMPDIR" --yes --engine "$fake_sock" >out 2>&1 &
	job=$!
	wait_for asked /logs
	collector=$(pgrep -P "$job" -x exe)
	kill -9 "$job"
	job=
	contain status web
	is '.results[0].actions[-1].result == "unknown"'
	kill -9 "$collector"
	contain undo web
	[ "$status" -eq 0 ]
	wait_for is_running
	journal_is_whole
}
is_running() { [ "$(state)" = running ]; }

@test "what a restart policy or a person brings back is not down" {
	fake_start fake docker '{"containers":[{"name":"web","comes_back":true}]}'
	contain kill web --without-evidence test
	[ "$status" -eq 1 ]
	is '.results[0] | .result == "failed" and (.error | contains("started again"))'
}

@test "an engine that stumbles over a container that is just going is asked again" {
	dialect=podman
	fake_start fake podman '{"containers":[{"name":"web","auto_remove":true}],
		"faults":[{"match":"GET */containers/*[0-9a-f]/json","skip":3,"fault":"status","status":500,"times":1}]}'
	contain kill web --without-evidence test
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.proof | join(" ") | contains("no such container"))'
}

@test "a paused Podman container is not stopped, but killed, whatever the engine says" {
	dialect=podman
	fake_start fake podman '{"containers":[{"name":"web","state":"paused"}]}'
	contain stop web --without-evidence test
	refused 'kill it'
	contain kill web --without-evidence test
	[ "$status" -eq 0 ]
	is '.results[0] | .result == "done" and (.warnings | join(" ") | contains("yet it was done"))'
}

@test "a signal while it collects: what came is sealed, and nothing is done" {
	fake_start fake docker '{"faults":[{"match":"GET */logs*","fault":"hang","times":1}]}'
	"$IMPOUND" contain kill web --collect triage -o "$BATS_TEST_TMPDIR" --yes --json --engine "$fake_sock" >out 2>err &
	job=$!
	wait_for asked /logs
	kill -TERM "$job"
	wait "$job" || code=$?
	job=
	[ "$code" -eq 143 ]
	jq -e '.results[0].result == "refused"' out
	[ "$(count POST)" -eq 0 ]
	run -5 "$IMPOUND" verify -q "$BATS_TEST_TMPDIR"/web-*
	journal_is_whole
}

@test "status tells that the journal is broken" {
	fake_start fake docker
	contain pause web
	sed -i '2s/"verb":"pause"/"verb":"paused"/' "$IMPOUND_JOURNAL"
	contain status
	[ "$status" -eq 3 ]
	[[ $stderr == *"journal is broken"* ]]
}
