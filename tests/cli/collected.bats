#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a collection has to do with containment: the journal told and copied, one run alone, left frozen.

load ../fake/fake
load forge
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
	run --separate-stderr timeout 100 "$IMPOUND" collect --progress none --profile triage -o "$where" \
		--engine "$fake_sock" "$@"
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
state_is() {
	[ "$(curl -s --unix-socket "$fake_sock" http://x/v1.45/containers/web/json | jq -r .State.Status)" = "$1" ]
}
journal() { jq -cs "$1" "$IMPOUND_JOURNAL"; }
custody() { jq -cs "$1" "$bundle/custody.jsonl"; }
journal_outcome() { jq -r '[.artifacts[] | select(.kind == "journal") | .outcome] | join(" ")' <<<"$output"; }
head_of() { tail -n 1 "$1" | sha256sum | cut -c1-64; }

# The verdict on $bundle, and its check of the journal.
checked() { # checked STATUS WORD PATTERN
	run "$IMPOUND" verify --json "$bundle"
	echo "$output"
	[ "$status" -eq "$1" ]
	jq -r '.checks[] | select(.id == "journal") | "\(.status) \(.detail)"' <<<"$output" | grep -E "^$2 .*$3"
}

@test "the journal is told of a sealed bundle, and the next one has it" {
	fake_start fake docker
	SUDO_USER=alice collect --json --case C-7 web
	[ "$(journal_outcome)" = absent ]
	jq -e --arg p "$(realpath "$IMPOUND_JOURNAL")" '.journal == {path: $p, seq: 1} and .left_paused == false' <<<"$output"
	[ "$(stat -c %a "$IMPOUND_JOURNAL" "${IMPOUND_JOURNAL%/*}" | tr '\n' ' ')" = "600 700 " ]
	[ "$(journal 'map(.event)')" = '["opened","collected"]' ]
	journal '.[1]' | jq -e --argjson r "$output" --arg where "$(realpath "$where")" \
		'.operator == "alice" and .case == "C-7" and .bundle.id == $r.bundle.id and .seal == $r.seal.sha256 and
		.bundle.state == "partial" and .bundle.profile == "triage" and (.bundle.path | startswith($where + "/")) and
		.container.id == $r.container.id and .container.started == $r.container.started and
		.engine.dialect == "docker" and .left_paused == false'
	first=$(head_of "$IMPOUND_JOURNAL")
	cp "$IMPOUND_JOURNAL" "$BATS_TEST_TMPDIR/then"

	collect --json web
	[ "$(journal_outcome)" = whole ]
	bundle=$(jq -r .bundle.path <<<"$output")
	cmp "$BATS_TEST_TMPDIR/then" "$bundle/data/contain/journal.jsonl"
	custody '.[0].target.journal' | jq -e --arg h "$first" '.head == $h and .lines == 2 and .torn == 0 and .broken == 0'
	# It comes right after the first inspect.
	[ "$(custody 'map(select(.event == "artifact") | .kind) | .[:2]')" = '["inspect","journal"]' ]
	checked 5 ok 'custody line 0 names'
}

@test "--journal names another one; an empty word is none" {
	fake_start fake docker
	collect --journal "$BATS_TEST_TMPDIR/mine.jsonl" --json web
	jq -e '.journal.seq == 1' <<<"$output"
	[ -e "$BATS_TEST_TMPDIR/mine.jsonl" ]
	[ ! -e "$IMPOUND_JOURNAL" ]
	collect --journal '' web
	[ "$status" -eq 2 ]
}

@test "a journal that cannot be written or read stops nothing" {
	fake_start fake docker
	mkdir -p "${IMPOUND_JOURNAL%/*}"
	chmod 770 "${IMPOUND_JOURNAL%/*}"
	collect --json web
	[ "$status" -eq 3 ]
	[[ $stderr == *"the journal does not know of it"*"others may write to its directory"* ]]
	jq -e '.bundle.state == "partial" and (.journal.error | contains("chmod go-w"))' <<<"$output"
	[ ! -e "$IMPOUND_JOURNAL" ]

	chmod 700 "${IMPOUND_JOURNAL%/*}"
	mkfifo "$IMPOUND_JOURNAL"
	collect --json web
	[ "$status" -eq 3 ]
	[ "$(journal_outcome)" = skipped ]
	bundle=$(jq -r .bundle.path <<<"$output")
	custody '.[0].target.journal.error' | grep 'not a regular file'
}

@test "a journal that was broken or torn before is copied as it is, and that is said" {
	fake_start fake docker
	collect -q web
	collect -q web
	sed -i '2s/triage/nothing/' "$IMPOUND_JOURNAL"
	printf '{"seq":' >>"$IMPOUND_JOURNAL"
	rm -r "${where:?}"/*
	collect --json web
	bundle=$(jq -r .bundle.path <<<"$output")
	custody '.[0].target.journal | [.lines, .torn, .broken]' | grep -F '[4,1,1]'
	custody 'map(select(.event == "warning") | .detail)' | grep -q 'journal was broken already'
	checked 5 note 'broken already .* 1 of 4'
	# The line behind the torn one owns up to it.
	[ "$(jq -Rc 'fromjson? | .event' "$IMPOUND_JOURNAL" | tail -n 2 | tr '\n' ' ')" = '"torn" "collected" ' ]
}

@test "a copy of the journal that is not the one in custody line 0 is tampered with" {
	fake_start fake docker
	export KEY=$BATS_TEST_TMPDIR/key
	"$IMPOUND" keygen -o "$KEY" >/dev/null
	collect -q web
	rm -r "${where:?}"/*
	collect --json --key "$KEY" web
	bundle=$(jq -r .bundle.path <<<"$output")
	chmod -R u+w "$bundle"
	cd "$bundle"
	cp data/contain/journal.jsonl custody.jsonl "$BATS_TEST_TMPDIR/"

	# Whoever has the key puts right all but what the journal itself holds.
	forge() {
		local old new
		old=$(sha256sum <"$BATS_TEST_TMPDIR/journal.jsonl" | cut -c1-64)
		new=$(sha256sum <data/contain/journal.jsonl | cut -c1-64)
		sed -i -e "s/\"bytes\":\"[0-9]*\",\"sha256\":\"$old\"/\"bytes\":\"$(stat -c %s data/contain/journal.jsonl)\",\"sha256\":\"$new\"/" \
			custody.jsonl
		rechain
		local oxum
		oxum=$(find data -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d.%d", s, NR }')
		sed -i -E "s/(\"oxum\":\")[0-9.]*/\1$oxum/" custody.jsonl
		sed -i -E "s/^Payload-Oxum: .*/Payload-Oxum: $oxum/" bag-info.txt
		rechain
		relist
		retag
		resign
	}
	forge
	checked 5 ok 'custody line 0 names'
	sed -i '1s/"event":"opened"/"event":"openeD"/' data/contain/journal.jsonl
	forge
	checked 4 tampered 'broken otherwise'
	cp "$BATS_TEST_TMPDIR/journal.jsonl" data/contain/
	cp "$BATS_TEST_TMPDIR/custody.jsonl" .
	sed -i '$s/"profile":"triage"/"profile":"full"/' data/contain/journal.jsonl
	forge
	checked 4 tampered 'its last line is not the one'
	cp "$BATS_TEST_TMPDIR/journal.jsonl" data/contain/
	cp "$BATS_TEST_TMPDIR/custody.jsonl" .
	sed -i '1s/"journal":{/"diary":{/' custody.jsonl
	forge
	checked 4 tampered 'does not name'
}

@test "--if-started: that run in whatever spelling, and no other" {
	fake_start fake docker '{"containers":[{"name":"web","started":"2026-01-02T03:04:05.123456789Z"}]}'
	collect -q --if-started 2026-01-02T05:04:05.123456789+02:00 web
	[ "$status" -eq 3 ]
	rm -r "${where:?}"/*
	collect --json --if-started 2026-01-02T03:04:05.123456788Z web
	[ "$status" -eq 1 ]
	jq -e '.error | contains("another run")' <<<"$output"
	for wrong in yesterday 2026-01-02T03:04:05 ''; do
		collect --if-started "$wrong" web
		[ "$status" -eq 2 ]
	done
	collect --if-started 2026-01-02T03:04:05Z web web
	[ "$status" -eq 2 ]
	collect --if-started 2026-01-02T03:04:05Z --all-running
	[ "$status" -eq 2 ]
	[ -z "$(ls "$where")" ]
}

@test "--keep-frozen leaves it paused, says so, and tells the journal" {
	fake_start fake docker
	collect --keep-frozen web
	[ "$status" -eq 2 ]
	collect --dry-run --freeze --keep-frozen web
	[[ $output == *"left so"* && $output != *"thaw "* ]]
	state_is running
	collect --json --freeze --keep-frozen web
	[ "$status" -eq 3 ]
	jq -e '.left_paused' <<<"$output"
	state_is paused
	run ! asked /unpause
	bundle=$(echo "$where"/*)
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["frozen","left-frozen"]' ]
	[ "$(journal '.[1].left_paused')" = true ]
	run ! pgrep -f "collect .*$where"
}

@test "--keep-frozen: a signal, kill -9 and a bundle that cannot be sealed thaw it" {
	local how
	for how in -TERM -9; do
		fake_start fake docker '{"faults":[{"match":"GET *logs*","fault":"stall","bytes":1}]}'
		setsid "$IMPOUND" collect -q --profile triage --freeze --keep-frozen --progress none -o "$where" \
			--engine "$fake_sock" web >/dev/null 2>&1 3>&- &
		job=$!
		wait_for asked /logs
		state_is paused
		kill $how -- -$job
		wait $job || :
		wait_for state_is running
		[ ! -e "$IMPOUND_JOURNAL" ] || [ "$(journal '.[1].left_paused')" = false ]
		fake_stop
		rm -rf "$BATS_TEST_TMPDIR/fake-fake"
	done
	fake_start fake docker '{"faults":[{"match":"GET *networks*","fault":"dribble","delay":0.02}]}'
	rm -r "${where:?}"/*
	"$IMPOUND" collect -q --profile triage --freeze --keep-frozen --progress none -o "$where" \
		--engine "$fake_sock" web >/dev/null 2>&1 3>&- &
	job=$!
	wait_for asked /networks
	# Its final name is taken meanwhile.
	partial=$(echo "$where"/*.partial)
	mkdir "${partial%.partial}"
	status=0
	wait $job || status=$?
	[ "$status" -eq 1 ]
	grep -q '"what":"left-frozen"' "$partial/custody.jsonl"
	state_is running
	[ ! -e "$IMPOUND_JOURNAL" ] || run ! grep "$partial" "$IMPOUND_JOURNAL"
}

@test "--keep-frozen: thawed by somebody else meanwhile, it is not claimed to stand still" {
	fake_start fake docker '{"faults":[{"match":"GET *networks*","fault":"dribble","delay":0.02}]}'
	"$IMPOUND" collect --json --profile triage --freeze --keep-frozen --progress none -o "$where" \
		--engine "$fake_sock" web >"$BATS_TEST_TMPDIR/out" 3>&- &
	job=$!
	wait_for asked /networks
	fake_tell fake '["state","web","running"]'
	status=0
	wait $job || status=$?
	[ "$status" -eq 3 ]
	jq -e '.left_paused == false' "$BATS_TEST_TMPDIR/out"
	bundle=$(echo "$where"/*)
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["frozen"]' ]
	custody 'map(select(.event == "warning") | .detail)' | grep 'somebody else thawed it'
}
