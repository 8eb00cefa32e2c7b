#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# views: inside
# Finding engines by themselves, on their own host.

load helper

teardown() {
	inside sh -c 'engine start podman; engine start podman-rootless' >/dev/null 2>&1 || :
}

@test "all that answer are found and labelled by what they are and whose" {
	run --separate-stderr impound list --json
	[ "$status" -eq 0 ]
	jq -e '.engines | map(.label) == ["docker", "podman", "podman-resp"]' <<<"$output"
	run --separate-stderr impound list --json --engine podman
	jq -e '.engines | map(.label) == ["podman", "podman-resp"]' <<<"$output"
	run --separate-stderr impound list --json --engine podman-resp
	jq -e '.engines | map(.label) == ["podman-resp"]' <<<"$output"
}

@test "a second socket of the same engine is not a second engine" {
	run --separate-stderr inside env DOCKER_HOST=unix:///run/podman/podman.sock "/src${IMPOUND#"$checkout"}" list --json
	[ "$status" -eq 0 ]
	jq -e '.engines | length == 3' <<<"$output"
}

@test "Podman without a socket: its service is started, said, and gone afterwards" {
	inside engine stop podman
	run --separate-stderr impound list --json
	[ "$status" -eq 0 ]
	[[ $stderr == *"started 'podman system service'"* ]]
	jq -e '.engines | map(select(.started_by_us)) | length == 1' <<<"$output"
	run ! inside sh -c 'ls -d /run/impound-*'
	run ! inside pgrep -f 'system service.*impound-'
}

@test "--no-start forbids it" {
	inside engine stop podman
	run --separate-stderr impound list --json --no-start
	[ "$status" -eq 0 ]
	jq -e '.engines | map(.label) == ["docker", "podman-resp"]' <<<"$output"
}

@test "the service ends with us even by kill -9" {
	inside engine stop podman
	"${impound[@]}" list --watch >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	wait_for 20 grep -q started "$BATS_TEST_TMPDIR/out"
	inside pkill -KILL -f "list --watch"
	wait_for 10 inside sh -c '! pgrep -f "[s]ystem service.*impound-" >/dev/null'
	run ! inside sh -c 'ls -d /run/impound-*'
}

@test "a rootless Podman without a socket: its user starts it the same way" {
	inside engine stop podman-rootless
	run --separate-stderr inside resp "/src${IMPOUND#"$checkout"}" list --json --engine podman
	echo "$stderr"
	[ "$status" -eq 3 ] # the sockets of root are there, and not for him
	[[ $stderr == *"/run/podman/podman.sock"*"Permission denied"* ]]
	jq -e '.engines | map([.label, .started_by_us]) == [["podman-resp", true]]' <<<"$output"
	run ! inside sh -c 'ls -d /run/user/1000/impound-* /tmp/impound-*'
	wait_for 10 inside sh -c '! pgrep -f "[s]ystem service.*impound-" >/dev/null'
}
