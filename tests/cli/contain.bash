# SPDX-License-Identifier: Apache-2.0
# contain.bash - what the tests of contain share. The fake engine is called "fake".
bats_require_minimum_version 1.5.0
cli_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

contain_setup() {
	export IMPOUND_JOURNAL=$BATS_TEST_TMPDIR/journal/journal.jsonl
	cd "$BATS_TEST_TMPDIR" || return
}

contain_teardown() {
	[ -z "${job:-}" ] || kill -9 "$job" 2>/dev/null || :
	fake_stop
}

# contain WORD...: as a script would; $output is the JSON object.
contain() {
	local words=(--json --engine "$fake_sock" --yes)

	[ "${1:-}" != status ] || unset 'words[3]'
	run --separate-stderr timeout 100 "$IMPOUND" contain "${words[@]}" "$@"
	echo "status $status"
	echo "$output"
	echo "$stderr"
}
is() { jq -e "$1" <<<"$output"; }

# asked_on_terminal [OPTION of terminal]... ANSWER WORD...
on_terminal() {
	local options=()

	while [[ $1 == --* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	run timeout 100 "$cli_dir/terminal" "${options[@]}" "$1" "$IMPOUND" contain --engine "$fake_sock" "${@:2}"
	echo "status $status"
	echo "$output"
}

wait_for() {
	local until=$((SECONDS + 60))

	until "$@"; do
		[ $SECONDS -lt $until ] || { echo "never: $*" >&2; return 1; }
		command sleep 0.05
	done
}

count() { grep -cF -- "$1" "$fake_log" || :; }
asked() { grep -qF -- "$1" "$fake_log"; }
inspect() {
	local root=/v1.45

	[ "${dialect:-docker}" = docker ] || root=/v5.4.2/libpod
	curl -s --unix-socket "$fake_sock" "http://x$root/containers/${1:-web}/json"
}
state() { inspect "$@" | jq -r .State.Status; }
networks() { inspect "$@" | jq -r '.NetworkSettings.Networks | keys | join(" ")'; }
journal() { jq -c "$1" "$IMPOUND_JOURNAL"; }
journal_is_whole() { "$IMPOUND" journal verify; }
