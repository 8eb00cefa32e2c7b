# SPDX-License-Identifier: Apache-2.0
# fake.bash - fake engines for bats; README.md says how.

# Each test has a journal of its own, and none touches the machine's.
export IMPOUND_JOURNAL=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/journal/journal.jsonl

fake_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# fake_start NAME docker|podman [SCENARIO]: sets $NAME_sock and $NAME_log; returns when it listens.
fake_start() {
	fake_run "$1" "$BATS_TEST_TMPDIR/fake-$1/sock" "${@:2}"
	printf -v "$1_sock" %s "$BATS_TEST_TMPDIR/fake-$1/sock"
}

# fake_start_tcp NAME docker|podman [SCENARIO]: sets $NAME_tcp and $NAME_log.
fake_start_tcp() {
	fake_run "$1" "tcp:$BATS_TEST_TMPDIR/fake-$1/port" "${@:2}"
	printf -v "$1_tcp" %s "tcp://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/fake-$1/port")"
}

fake_run() { # fake_run NAME WHERE DIALECT [SCENARIO]
	local dir=$BATS_TEST_TMPDIR/fake-$1 until=$((SECONDS + 20))

	mkdir -p "$dir"
	mkfifo "$dir/control"
	# Read and write: the engine's input stays open until the test ends.
	python3 "$fake_dir/engine" "$3" "$2" "$dir/log" "${4:-{\}}" <>"$dir/control" >"$dir/out" 2>&1 3>&- &
	printf '%s\n' $! >"$dir/pid"
	printf -v "$1_log" %s "$dir/log"
	until [ -e "${2#tcp:}" ]; do
		if ! kill -0 "$(cat "$dir/pid")" || [ $SECONDS -ge $until ]; then
			cat "$dir/out" >&2
			return 1
		fi
		command sleep 0.05
	done
}

# fake_tell NAME JSON: changes its world, e.g. ["state","web","paused"].
fake_tell() {
	printf '%s\n' "$2" >"$BATS_TEST_TMPDIR/fake-$1/control"
}

# In teardown: ends all of them; fails if anything outside the closed list was asked, or the fake broke.
fake_stop() {
	local dir status=0

	for dir in "$BATS_TEST_TMPDIR"/fake-*/; do
		[ -e "$dir/pid" ] || continue
		kill "$(cat "$dir/pid")" 2>/dev/null
		if grep -H VIOLATION "$dir/log" >&2; then status=1; fi
		if grep -A99 '^Traceback' "$dir/out" >&2; then status=1; fi
	done
	return $status
}
