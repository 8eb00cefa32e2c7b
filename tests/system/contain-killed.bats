#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# impound killed at each line of the journal that it writes, on real engines.

export LAB_VIEW=inside # also by hand
load helper

setup() {
	name=dead$BATS_TEST_NUMBER
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

# killed N VERB OPTION...: impound is gone as it is about to make its Nth line of the journal durable.
killed() {
	local n=$1
	shift
	run inside env IMPOUND_JOURNAL="$IMPOUND_JOURNAL" strace -f -o /dev/null -e "inject=fdatasync:signal=KILL:when=$n" \
		"/src${IMPOUND#"$checkout"}" contain "$@" --yes -q --engine "$engine" "$name"
	[ "$status" -ne 0 ]
}
told() { # told WORD...: what status says has each of them
	local word
	run --separate-stderr impound contain status --engine "$(engine_of "$engine")" "$name"
	echo "$output"
	for word in "$@"; do
		[[ $output == *"$word"* ]] || { echo "not told: $word"; return 1; }
	done
}

killed_at_each_line() {
	start "$1"
	impound journal >/dev/null 2>&1 || : # the file's first line is written with the first action
	succeeds pause
	succeeds unpause
	# Before the intent is durable: it may be there or not, and nothing was done.
	killed 1 pause
	[ "$(state)" = running ]
	# After the call, before the outcome.
	killed 2 pause
	[ "$(state)" = paused ]
	told 'unknown' 'it is paused'
	run --separate-stderr impound contain undo --yes --engine "$engine" "$name"
	[ "$status" -eq 0 ]
	[ "$(state)" = running ]
	killed 2 isolate
	told 'unknown' 'it is not in'
	run --separate-stderr impound contain undo --yes --engine "$engine" "$name"
	[ "$status" -eq 0 ]
	[ "$(inside "$engine" inspect "$name" | jq '.[0].NetworkSettings.Networks | length')" -eq 1 ]
	killed 2 commit --image "impound-test/$name:1"
	told 'unknown' "impound-test/$name:1"
	killed 2 kill --without-evidence 'a test'
	[ "$(state)" = exited ]
	told 'unknown' 'it is stopped'
	killed 2 remove --without-evidence 'a test'
	run ! inside "$engine" container inspect "$name"
	whole_journal || [ $? -eq 3 ]
}
@test "Docker: killed at each line, status tells the truth and undo works" { killed_at_each_line docker; }
@test "Podman: killed at each line, status tells the truth and undo works" { killed_at_each_line podman; }
