#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # fake_start sets docker_sock
#
# The command line of `impound analyze`: a bundle in, findings out, whatever the bundle is like.

load ../fake/fake
bats_require_minimum_version 1.5.0

setup_file() {
	local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR # where the fake keeps its things
	cd "$BATS_FILE_TMPDIR" || return 1
	fake_start docker docker '{"containers":[{"name":"web","files":{
		"/etc/ld.so.preload": "/usr/lib/x.so --password=Tr0ub4dor3\n",
		"/etc/passwd": "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n",
		"/tmp/\u001b[31mred": "#!/bin/sh\n"}}]}'
	"$IMPOUND" collect -q --no-start --engine "$docker_sock" -o . web >/dev/null || [ $? -eq 3 ]
	fake_stop
	mv web-* honest
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/honest" "$BATS_TEST_TMPDIR/bundle"
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "the worst comes first, with its evidence and how it may be harmless" {
	run --separate-stderr "$IMPOUND" analyze bundle
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "CRITICAL /etc/ld.so.preload  file.preload" ]]
	[[ "$output" == *"it names /usr/lib/x.so"* ]]
	[[ "$output" == *"the account 'toor' has the uid 0"* ]]
	[[ "$output" == *"  or     None is known."* ]]
	[[ "$output" == *"not possible here"* || "$output" == *"evidence.gap"* ]]
	# Nothing from inside the container reaches the terminal as it is.
	[[ "$output" != *$'\033'* ]]
	[[ "$output" == *'/tmp/\x1b[31mred'* ]]
	[ "$(awk 'length > 80' <<<"$output" | wc -l)" -eq 0 ]
}

@test "--json is one object, and the same bytes each time" {
	"$IMPOUND" analyze -q --json bundle >one
	"$IMPOUND" analyze -q --format json bundle >two
	cmp one two
	[ "$(jq -r '.schema, .command, .exit_code' one | tr '\n' ' ')" = "impound-result/1 analyze 0 " ]
	[ "$(jq -r '.findings[0] | keys | join(" ")' one)" = "attack benign evidence id object severity title when why" ]
	[ "$(jq -r '.counts.critical' one)" = 2 ]
}

@test "--format sarif has a rule for each result" {
	"$IMPOUND" analyze -q --format sarif -o out.sarif bundle
	[ "$(jq -r .version out.sarif)" = 2.1.0 ]
	jq -e '.runs[0] | [.tool.driver.rules[].id] as $ids | all(.results[]; .ruleId | IN($ids[]))' out.sarif
	jq -e '.runs[0].results | all(.[]; .message.text and .locations[0].physicalLocation.artifactLocation.uri)' out.sarif
	# What is there already is not written over.
	run "$IMPOUND" analyze -q --format sarif -o out.sarif bundle
	[ "$status" -eq 1 ]
	[[ "$output" == *"out.sarif"*"File exists"* ]]
}

@test "--fail-on says 9 where there is one as bad" {
	run "$IMPOUND" analyze -q --brief --fail-on critical bundle
	[ "$status" -eq 9 ]
	rm -rf bundle
	run "$IMPOUND" analyze -q --fail-on high bundle
	[ "$status" -eq 8 ]
}

@test "lists of hashes, with other columns and remarks" {
	local sum
	sum=$(printf '/usr/lib/x.so --password=Tr0ub4dor3\n' | sha256sum | cut -c1-64)
	printf '# bad ones\r\n%s,x.so,evil\r\n\n' "${sum^^}" >bad
	[ "$("$IMPOUND" analyze -q --json --known-bad bad bundle |
		jq -r '.findings[] | select(.id == "file.known-bad").object')" = /etc/ld.so.preload ]
	sum=$(printf '#!/bin/sh\n' | sha256sum | cut -c1-64)
	echo "$sum  good" >good
	[ "$("$IMPOUND" analyze -q --json --known-good good bundle |
		jq -r '.findings[] | select(.id == "file.dropped-program").severity')" = info ]
	echo nonsense >>bad
	run "$IMPOUND" analyze -q --known-bad bad bundle
	[ "$status" -eq 6 ]
	[[ "$output" == *"bad: line 4: no SHA-256"* ]]
}

@test "a bundle that was tampered with is refused, and marks each finding if it is read all the same" {
	printf 'garbage\n' >>bundle/data/filesystem/changes.jsonl
	run "$IMPOUND" analyze -q --json bundle
	[ "$status" -eq 4 ]
	run --separate-stderr "$IMPOUND" analyze -q --json --even-if-tampered bundle
	[ "$status" -eq 3 ]
	jq -e '.findings | length > 0 and all(.[]; .tampered)' <<<"$output"
	jq -e '.findings[] | select(.id == "evidence.gap" and .object == "filesystem/changes.jsonl")' <<<"$output"
}

@test "cut anywhere, it says so and goes on" {
	local size
	size=$(stat -c %s bundle/data/filesystem/changes.tar)
	for ((n = 0; n < size; n += 700)); do
		truncate -s "$((size - n))" bundle/data/filesystem/changes.tar
		run --separate-stderr timeout 20 "$IMPOUND" analyze -q --json --even-if-tampered bundle
		[ "$status" -eq 3 ] || [ "$n" -eq 0 ]
		jq -e '.findings | length > 0' <<<"$output" >/dev/null
	done
}

@test "secrets are not in the answer unless they are asked for" {
	for format in text json sarif; do
		run --separate-stderr "$IMPOUND" analyze -q --format "$format" bundle
		[ "$status" -eq 0 ]
		[[ "$output" == *"redacted: name-and-value"* ]]
		[[ "$output" != *Tr0ub4dor* ]]
	done
	run --separate-stderr "$IMPOUND" analyze -q --show-secrets bundle
	[[ "$output" == *"--password=Tr0ub4dor3"* ]]
}

@test "wrong words are named" {
	run "$IMPOUND" analyze
	[ "$status" -eq 2 ]
	[[ "$output" == *"which bundle?"* ]]
	run "$IMPOUND" analyze one two
	[ "$status" -eq 2 ]
	[[ "$output" == *"'two'"* ]]
	run "$IMPOUND" analyze --format xml bundle
	[ "$status" -eq 2 ]
	[[ "$output" == *"xml"* ]]
	run "$IMPOUND" analyze --fail-on awful bundle
	[ "$status" -eq 2 ]
	run "$IMPOUND" analyze /etc
	[ "$status" -eq 6 ] || [ "$status" -eq 4 ]
}
