#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound journal: what was done, readable on 80 columns; and whether the record of it is whole.

bats_require_minimum_version 1.5.0

setup() {
	export IMPOUND_JOURNAL=$BATS_TEST_TMPDIR/journal.jsonl
	ID=8b1a9953c4611296a827abf8c47804d7e7ab8b1a9953c4611296a827abf8c478
	WEB="\"container\":{\"id\":\"$ID\",\"name\":\"web\",\"started\":\"2026-01-02T03:00:00Z\",\"state\":\"running\"}"
	SEAL=$(printf 'ab%.0s' {1..32})
}

# say EVENT [,KEYS]: one more line that follows.
say() {
	local prev n=0

	prev=$(printf '0%.0s' {1..64})
	if [ -s "$IMPOUND_JOURNAL" ]; then
		prev=$(tail -n 1 "$IMPOUND_JOURNAL" | sha256sum | cut -c1-64)
		n=$(wc -l <"$IMPOUND_JOURNAL")
	fi
	printf '{"seq":%d,"prev":"%s","time":"2026-01-02T03:04:05.678Z","event":"%s"%s}\n' "$n" "$prev" "$1" "${2-}" \
		>>"$IMPOUND_JOURNAL"
}

# A case: a disconnect that worked, was taken back, and a remove that was refused; a bundle between.
tell() {
	say opened
	say intent ",\"verb\":\"disconnect\",\"operator\":\"alice\",\"engine\":{\"label\":\"docker\"},$WEB,\"case\":\"C-7\",\"reason\":\"talks to 203.0.113.9\",\"networks\":[\"front\"]"
	say outcome ',"of":1,"result":"done"'
	say collected ",\"operator\":\"alice\",$WEB,\"bundle\":{\"id\":\"00\",\"path\":\"/evidence/web\",\"profile\":\"full\"},\"seal\":\"$SEAL\",\"left_paused\":true,\"case\":\"C-7\""
	say intent ",\"verb\":\"reconnect\",\"operator\":\"alice\",$WEB,\"undoes\":1,\"networks\":[\"front\"]"
	say outcome ',"of":4,"result":"done"'
	say refused ',"verb":"remove","operator":"bob","error":"no such container"'
	say intent ",\"verb\":\"pause\",\"operator\":\"bob\",$WEB"
}

journal() {
	run --separate-stderr timeout 60 "$IMPOUND" journal "$@"
	echo "status $status"
	echo "$output"
	echo "$stderr"
}

@test "one line an action, its reason and its error below; 80 columns" {
	tell
	journal
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == TIME*OPERATOR*ACTION*CONTAINER*RESULT*NAME ]]
	[[ ${lines[1]} == "2026-01-02T03:04:05Z alice    disconnect 8b1a9953c461 done         web" ]]
	[[ $output == *"  reason   talks to 203.0.113.9"* && $output == *"  network  front"* ]]
	[[ $output == *"  undone   a later action"* && $output == *"  undoes   line 2 "* ]]
	[[ $output == *"collect    8b1a9953c461 sealed "* && $output == *"  bundle   /evidence/web"* ]]
	[[ $output == *"bob      remove     -            refused      -"*"  error    no such container"* ]]
	[[ $output == *"pause      8b1a9953c461 unknown "*"contain status"* ]]
	[ "$(awk 'length > 79' <<<"$output" | wc -l)" -eq 0 ]
	[ "$output" = "$("$IMPOUND" journal show)" ]
}

@test "--case and the names of containers choose" {
	tell
	journal --json --case C-7
	[ "$(jq -c '[.actions[].seq]' <<<"$output")" = '[1,3]' ]
	for word in web "$ID" 8b1a99; do
		journal show "$word" --json
		[ "$(jq -c '[.actions[].seq]' <<<"$output")" = '[1,3,4,7]' ]
	done
	journal show we ''
	[ "$status" -eq 0 ]
	[ "$output" = nothing ]
}

@test "--json has every action with what came of it" {
	tell
	journal --json
	jq -e --arg p "$IMPOUND_JOURNAL" '.schema == "impound-result/1" and .command == "journal" and .exit_code == 0 and
		.journal.path == $p and .journal.lines == 8 and (.journal.bytes | type) == "string" and
		.action_count == 5 and (.actions | length) == 5' <<<"$output"
	jq -e --arg id "$ID" '.actions[0] | .action == "disconnect" and .operator == "alice" and .result == "done" and
		.undone and .networks == ["front"] and .container.id == $id and .engine == "docker"' <<<"$output"
	jq -e --arg s "$SEAL" '.actions[1] | .result == "sealed" and .seal == $s and .left_paused' <<<"$output"
	jq -e '.actions[2] | .undoes == 1 and (.undone | not)' <<<"$output"
	jq -e '.actions[3] | .result == "refused" and .error == "no such container"' <<<"$output"
}

@test "what is hostile in it is escaped" {
	say opened
	say intent ",\"verb\":\"pause\",\"operator\":\"\\u001b[31mmallory-of-a-long-name\",\"container\":{\"id\":\"$ID\",\"name\":\"we\\u202eb\\n\"},\"reason\":\"\\u001b]0;x\\u0007 \\u009b\""
	say refused ',"time_b64":"","verb":"kill","operator_b64":"/w==","error":"\u001b[2J"'
	sed -i 's/2026-01-02T03:04:05.678Z/\\u001b[1m/' "$IMPOUND_JOURNAL"
	journal
	[[ $output != *$'\e'* && $output != *$'\x07'* && $output != *$'\xc2\x9b'* && $output != *$'\u202e'* ]]
	[[ $output != *$'\xff'* ]]
	[ "$(awk 'length > 79' <<<"$output" | wc -l)" -eq 0 ]
	journal verify
	[ "$status" -eq 4 ]
	[[ $output != *$'\e'* ]]
}

@test "verify: a whole journal, its lines and its head; --head holds it to what was noted" {
	tell
	journal verify
	[ "$status" -eq 0 ]
	head=$(tail -n 1 "$IMPOUND_JOURNAL" | sha256sum | cut -c1-64)
	[[ $output == *"intact"*"lines  8"*"head   $head"* ]]
	say outcome ',"of":7,"result":"done"'
	journal verify --json --head "${head^^}"
	[ "$status" -eq 0 ]
	jq -e '.verdict == "intact" and .head_found and .journal.lines == 9 and .fault_count == 0' <<<"$output"
	# Written anew from line 3 on, its chain holds; but not what was noted.
	sed -i '3,$d' "$IMPOUND_JOURNAL"
	say outcome ',"of":1,"result":"failed"'
	journal verify
	[ "$status" -eq 0 ]
	journal verify --json --head "$head"
	[ "$status" -eq 4 ]
	jq -e '.verdict == "broken" and (.head_found | not)' <<<"$output"
	journal verify --head "$head"
	[[ $output == *BROKEN*"no line has the digest of --head"* ]]
	journal verify --head "$(printf '0%.0s' {1..64})"
	[ "$status" -eq 0 ]
}

@test "verify: changed, removed, inserted and empty lines are broken, and named" {
	tell
	cp "$IMPOUND_JOURNAL" "$BATS_TEST_TMPDIR/whole"
	for edit in '2s/203/204/' 3d 2p '5s/^.*$//' '1s/0000/0001/'; do
		sed "$edit" "$BATS_TEST_TMPDIR/whole" >"$IMPOUND_JOURNAL"
		journal verify --json
		[ "$status" -eq 4 ]
		jq -e '.verdict == "broken" and .journal.broken > 0 and .fault_count == (.faults | length)' <<<"$output"
		journal verify
		[ "$status" -eq 4 ]
		[[ $output == *BROKEN*"  line "[1-8]" "* ]]
		# What can be read is shown, and that there is more is said.
		journal
		[ "$status" -eq 3 ]
		[[ $stderr == *"journal verify"* ]]
	done
}

@test "verify: a torn end is no fault, and is no fault after it was owned up to" {
	tell
	printf '{"seq":8,"prev' >>"$IMPOUND_JOURNAL"
	torn=$(tail -n 1 "$IMPOUND_JOURNAL" | sha256sum | cut -c1-64)
	journal verify
	[ "$status" -eq 3 ]
	[[ $output == *"line 9 was cut by a crash"*"head   $torn"* ]]
	journal verify --json
	jq -e '.verdict == "torn" and .journal.ends_torn and .faults == [{line: 9, torn: true, detail: .faults[0].detail}]' <<<"$output"
	echo >>"$IMPOUND_JOURNAL"
	journal verify
	[ "$status" -eq 4 ]
	say torn ',"lines":1'
	journal verify --json
	[ "$status" -eq 3 ]
	jq -e '.verdict == "torn" and .journal.torn == 1 and (.journal.ends_torn | not)' <<<"$output"
	# A head that was noted while the end was torn is still known.
	journal verify --head "$torn"
	[ "$status" -eq 3 ]
	journal
	[ "$status" -eq 0 ]
}

@test "no journal is 8, no journal at all is 6, wrong words are 2; nothing is made" {
	journal
	[ "$status" -eq 8 ]
	journal verify --json
	[ "$status" -eq 8 ]
	jq -e '.exit_code == 8 and .command == "journal"' <<<"$output"
	[ -z "$(ls "$BATS_TEST_TMPDIR"/*.jsonl 2>/dev/null)" ]
	mkdir "$BATS_TEST_TMPDIR/folder"
	journal --journal "$BATS_TEST_TMPDIR/folder"
	[ "$status" -eq 6 ]
	for words in 'verify web' 'verify --case C' "--head $SEAL" 'verify --head 12' 'verify --head xyz' '--journal='; do
		# shellcheck disable=SC2086 # words
		journal $words
		[ "$status" -eq 2 ]
	done
}

@test "a journal of another version: what is not understood is counted" {
	tell
	say intent ",\"verb\":\"teleport\",$WEB"
	say announced
	journal
	[ "$status" -eq 3 ]
	[[ $stderr == *"1 lines are not understood"* ]]
	journal verify
	[ "$status" -eq 0 ]
}

@test "thousands of actions: all for people, the newest thousand in JSON, all counted" {
	python3 - "$IMPOUND_JOURNAL" "$ID" <<-'PY'
		import hashlib, json, sys
		prev = '0' * 64
		with open(sys.argv[1], 'wb') as f:
		    for seq in range(3001):
		        line = json.dumps({'seq': seq, 'prev': prev, 'time': '2026-01-02T03:04:05.678Z',
		                           'event': 'intent' if seq else 'opened', 'verb': 'pause',
		                           'container': {'id': sys.argv[2], 'name': f'c{seq}'}},
		                          separators=(',', ':')).encode() + b'\n'
		        f.write(line)
		        prev = hashlib.sha256(line).hexdigest()
	PY
	journal --json
	jq -e '.action_count == 3000 and (.actions | length) == 1000 and .actions[-1].container.name == "c3000"' <<<"$output"
	[ "$("$IMPOUND" journal | grep -c '^2026')" -eq 3000 ]
}
