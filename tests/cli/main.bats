#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What every command shares: help, version, wrong words, exit statuses, a checked stdout.

bats_require_minimum_version 1.5.0

commands() {
	"$IMPOUND" help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v '^help$'
}

@test "without a command it shows the usage on stderr and exits 2" {
	run --separate-stderr "$IMPOUND"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == usage:* ]]
}

@test "help lists every command, on stdout" {
	run "$IMPOUND" help
	[ "$status" -eq 0 ]
	for c in list collect verify keygen; do
		[[ $output == *"  $c "* ]]
	done
}

@test "help COMMAND and COMMAND --help say the same, and name every option's help" {
	for c in $(commands); do
		"$IMPOUND" help "$c" >"$BATS_TEST_TMPDIR/a"
		"$IMPOUND" "$c" --help >"$BATS_TEST_TMPDIR/b"
		cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
		grep -q "^usage: impound $c" "$BATS_TEST_TMPDIR/a"
		grep -q -- '--help' "$BATS_TEST_TMPDIR/a"
		[ "$(awk 'length > 100' "$BATS_TEST_TMPDIR/a" | wc -l)" -eq 0 ]
	done
}

@test "--version names the version and the libraries" {
	run "$IMPOUND" --version
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^impound\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[[ $output == *OpenSSL* && $output == *libarchive* && $output == *libcurl* ]]
	[[ $output == *cJSON* && $output == *libseccomp* ]]
}

@test "a mistyped command is named, with the one that was meant" {
	run "$IMPOUND" colect web
	[ "$status" -eq 2 ]
	[[ $output == *"unknown command 'colect'; did you mean 'collect'?"* ]]
	run "$IMPOUND" help frobnicate
	[ "$status" -eq 2 ]
	[[ $output == *"'frobnicate'"* ]]
}

@test "a wrong option names the wrong word and does not print the help" {
	for c in $(commands); do
		run "$IMPOUND" "$c" --frobnicate
		[ "$status" -eq 2 ]
		[[ $output == *"unknown option '--frobnicate'"* ]]
		[[ $output == *"Try 'impound $c --help'."* ]]
		[ "${#lines[@]}" -eq 2 ]
	done
}

@test "with --json a usage error is one JSON object on stdout too" {
	for c in $(commands); do
		run --separate-stderr "$IMPOUND" "$c" --json --frobnicate
		[ "$status" -eq 2 ]
		[ "$(jq -r '[.schema, .command, .exit_code, .status] | @csv' <<<"$output")" = \
			"\"impound-result/1\",\"$c\",2,\"usage\"" ]
		[[ $(jq -r .error <<<"$output") == *"--frobnicate"* ]]
	done
}

@test "with --json an unknown command is one JSON object on stdout too" {
	run --separate-stderr "$IMPOUND" $'no\xffpe' --json
	[ "$status" -eq 2 ]
	[ "$(jq -s -r '.[] | [.exit_code, .status] | @csv' <<<"$output")" = '2,"usage"' ]
}

@test "an escape sequence in a word is shown escaped" {
	run "$IMPOUND" $'\e[31mred\e[0m'
	[ "$status" -eq 2 ]
	[[ $output != *$'\e'* ]]
	[[ $output == *'\x1b[31mred'* ]]
}

@test "a full disk behind stdout is a failure" {
	run bash -c '"$IMPOUND" help >/dev/full'
	[ "$status" -eq 1 ]
	[[ $output == *"write to standard output"* ]]
}

@test "bash completion knows every command and every option" {
	for c in $(commands); do
		"$IMPOUND" "$c" --help | grep -o -- '--[a-z][a-z-]*' | sort -u >"$BATS_TEST_TMPDIR/options"
		while read -r o; do
			run bash -c "source completion/impound.bash
				COMP_WORDS=(impound $c '$o') COMP_CWORD=2; _impound; printf '%s\n' \"\${COMPREPLY[@]}\""
			grep -qx -- "$o" <<<"$output" || { echo "$c $o is not completed"; false; }
		done <"$BATS_TEST_TMPDIR/options"
	done
}

@test "what is printed cannot get into a file: a closed stdin, stdout or stderr is held by what takes nothing" {
	local fd job status=0
	cd "$BATS_TEST_TMPDIR"
	mkfifo pass
	bash -c 'exec "$1" keygen --pass-file pass -o key <&- >&- 2>&-' bash "$IMPOUND" 3>&- &
	job=$!
	exec 9>pass
	for fd in 0 1 2; do
		[ "$(readlink "/proc/$job/fd/$fd")" = / ]
	done
	echo secret >&9
	exec 9>&-
	wait "$job" || status=$?
	[ "$status" -eq 1 ]
	[ -s key.pub.pem ]
}
