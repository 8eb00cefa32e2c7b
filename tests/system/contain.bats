#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # words for inner shells
#
# What freezes, copies and ends a container, on real engines, from their host and through their sockets; and
# impound killed at each line that it writes.

load helper

setup() {
	name=act$BATS_TEST_NUMBER
	where=$BATS_TEST_TMPDIR
	[ "$LAB_VIEW" = outside ] || where=/root/$name
	inside mkdir -p "/root/$name"
	export IMPOUND_JOURNAL=$where/journal.jsonl
}

teardown() {
	inside sh -c "
		docker rm -f $name; podman rm -f -t 0 $name; docker volume rm $name; podman volume rm $name
		docker rmi -f impound-test/$name:1; podman rmi -f impound-test/$name:1
		rm -rf /root/$name" >/dev/null 2>&1 || :
}

# start ENGINE OPTION...
start() {
	engine=$1
	shift
	inside "$engine" run -d --name "$name" "$@" lab/busybox \
		sh -c 'trap "exit 0" TERM; n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.1; done'
	wait_for 20 inside "$engine" exec "$name" test -s /count
}
state() { inside "$engine" inspect -f '{{.State.Status}}' "$name"; }
count() { inside "$engine" cp "$name:/count" - | tar -xO 2>/dev/null; }

contain() { # contain VERB OPTION...: sets $status, $answer, $result
	run --separate-stderr impound contain "$@" --yes --json --reason test --engine "$(engine_of "$engine")" "$name"
	echo "$* $status: $output $stderr"
	answer=$output
	result=$(jq -r '.results[0].result' <<<"$answer")
}
succeeds() {
	contain "$@"
	[ "$status" -eq 0 ]
	[ "$result" = "done" ]
}
whole_journal() { impound journal verify >/dev/null; }

frozen_and_thawed() {
	start "$1"
	succeeds pause
	[ "$(state)" = paused ]
	[ "$LAB_VIEW" = outside ] || jq -e '.results[0].proof | any(contains("the kernel holds"))' <<<"$answer"
	# It does stand still.
	first=$(count)
	[ -n "$first" ]
	[ "$(count)" = "$first" ]
	contain pause
	[ "$result" = nothing ]
	succeeds unpause
	[ "$(state)" = running ]
	wait_for 10 test "$(count)" != "$first"
	succeeds pause
	run --separate-stderr impound contain undo --yes --engine "$(engine_of "$engine")" "$name"
	[ "$status" -eq 0 ]
	[ "$(state)" = running ]
	whole_journal
}
@test "Docker: frozen, thawed, frozen, undone" { frozen_and_thawed docker; }
@test "Podman: frozen, thawed, frozen, undone" { frozen_and_thawed podman; }

committed() {
	start "$1" -e DB_PASSWORD=secret
	inside "$1" exec "$name" sh -c 'echo evidence >/found'
	succeeds commit --image "impound-test/$name:1" --case 'C 1 "$x"'
	[ "$(state)" = running ]
	[ "$(inside "$1" run --rm "impound-test/$name:1" cat /found)" = evidence ]
	inside "$1" image inspect "impound-test/$name:1" | jq -r '.[0].Config.Labels | to_entries[] | "\(.key) \(.value)"' >"$BATS_TEST_TMPDIR/labels"
	cat "$BATS_TEST_TMPDIR/labels"
	grep -q "$(inside "$1" inspect -f '{{.Id}}' "$name")" "$BATS_TEST_TMPDIR/labels"
	grep -qF 'C 1 "$x"' "$BATS_TEST_TMPDIR/labels"
	jq -se '.[] | select(.event == "intent" and .verb == "commit") | .requests[0] | contains("pause=true")' \
		<<<"$(if [ "$LAB_VIEW" = inside ]; then inside cat "$IMPOUND_JOURNAL"; else cat "$IMPOUND_JOURNAL"; fi)"
	whole_journal
}
@test "Docker: committed with its labels, and runs on" { committed docker; }
@test "Podman: committed with its labels, and runs on" { committed podman; }

ended() {
	local volume
	start "$1" -v "$name:/data"
	inside "$1" exec "$name" sh -c 'echo kept >/data/kept'
	volume=$(inside "$1" volume inspect -f '{{.Mountpoint}}' "$name")
	for verb in stop kill remove; do
		contain "$verb"
		[ "$status" -eq 1 ]
		[ "$result" = refused ]
	done
	[ "$(state)" = running ]
	succeeds stop --collect standard -o "$where"
	[ "$(state)" = exited ]
	contain kill
	[ "$result" = nothing ]
	# Started anew it is another run, of which there is no evidence.
	inside "$1" start "$name"
	contain kill
	[ "$status" -eq 1 ]
	succeeds kill --without-evidence 'it spreads'
	[ "$(state)" = exited ]
	contain remove
	[ "$status" -eq 1 ]
	succeeds remove --collect standard -o "$where"
	run ! inside "$1" container inspect "$name"
	[ "$(inside cat "$volume/kept")" = kept ]
	whole_journal
}
@test "Docker: stopped, killed, removed, each with evidence or a reason; its volume stays" { ended docker; }
@test "Podman: stopped, killed, removed, each with evidence or a reason; its volume stays" { ended podman; }

a_spoilt_bundle_is_none() {
	local bundle
	start "$1"
	impound collect -q -o "$where" --engine "$(engine_of "$1")" "$name" || [ $? -eq 3 ]
	if [ "$LAB_VIEW" = inside ]; then
		bundle=$(inside sh -c "echo $where/$name-*")
		inside sh -c "echo >>$bundle/data/container/inspect.json"
	else
		bundle=$(echo "$where/$name"-*)
		echo >>"$bundle/data/container/inspect.json"
	fi
	contain remove
	[ "$status" -eq 1 ]
	[[ $answer == *tampered* ]]
	contain remove --bundle "$bundle"
	[ "$status" -eq 1 ]
	[ "$(state)" = running ]
}
@test "Docker: a bundle that was tampered with is no evidence" { a_spoilt_bundle_is_none docker; }
@test "Podman: a bundle that was tampered with is no evidence" { a_spoilt_bundle_is_none podman; }
