#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# impound list against real engines, through their sockets and on their own host.

load helper

engines=()

setup_file() {
	inside sh -c 'docker run -d --name list-run -p 18080:80 lab/busybox sleep 1000
		docker run -d --name list-paused lab/busybox sleep 1000 && docker pause list-paused
		docker run --name list-stopped lab/busybox true
		docker create --name list-created lab/busybox true
		podman run -d --name list-run -p 18081:80 lab/busybox sleep 1000
		podman run -d --name list-paused lab/busybox sleep 1000 && podman pause list-paused
		podman run --name list-stopped lab/busybox true
		podman create --name list-created lab/busybox true
		resp podman run -d --name list-rootless lab/busybox sleep 1000' >/dev/null
}

teardown_file() {
	inside sh -c 'for e in docker podman; do $e unpause list-paused; done
		docker rm -f list-run list-paused list-stopped list-created list-new
		podman rm -f -t 0 list-run list-paused list-stopped list-created list-new
		resp podman rm -f -t 0 list-rootless' >/dev/null 2>&1 || :
}

setup() {
	engines=()
	for e in docker podman podman-rootless; do
		engines+=(--engine "$(engine_of $e)")
	done
}

# state ENGINE NAME WORD: of the JSON in $output.
state() {
	jq -e --arg e "$1" --arg n "$2" --arg s "$3" \
		'[.containers[] | select(.name == $n and (.engine | startswith($e))) | .state] == [$s]' <<<"$output"
}

@test "every state, on both engines, rootful and rootless" {
	run --separate-stderr impound list --all --json "${engines[@]}"
	[ "$status" -eq 0 ]
	for e in docker podman; do
		state $e list-run running
		state $e list-paused paused
		state $e list-stopped stopped
		state $e list-created created
	done
	state podman- list-rootless running
	jq -e '.engines | map(.kind + " " + (.rootless | tostring)) == ["docker false", "podman false", "podman true"]' <<<"$output"
	jq -e '[.containers[] | select(.name == "list-run") | .ports] | sort | .[0] | test("18080->80/tcp")' <<<"$output"
}

@test "without --all only what runs or is paused" {
	run --separate-stderr impound list --json "${engines[@]}"
	[ "$status" -eq 0 ]
	jq -e '[.containers[] | select(.name | startswith("list-")) | .state] | unique == ["paused", "running"]' <<<"$output"
}

@test "asking leaves no trace: no container of the engine's changes" {
	before=$(inside docker inspect list-run list-stopped)
	impound list --all "${engines[@]}"
	[ "$before" = "$(inside docker inspect list-run list-stopped)" ]
}

@test "--watch sees containers come, change and go, on both engines" {
	out=$BATS_TEST_TMPDIR/out
	"${impound[@]}" list --watch --all --json "${engines[@]}" >"$out" 2>&1 3>&- &
	watcher=$!
	saw() {
		jq -e -s --arg g "$1" --arg e "$2" --arg s "$3" 'any(.event == $e and .container.name == "list-new"
			and .container.engine == $g and (.container.state | test($s)))' "$out" >/dev/null
	}
	wait_for 20 grep -q list-rootless "$out"
	for e in docker podman; do
		inside $e run -d --name list-new lab/busybox sleep 1000
		wait_for 20 saw $e added .
		inside $e pause list-new
		wait_for 20 saw $e changed paused
		inside $e unpause list-new
		wait_for 20 saw $e changed running
		inside $e kill list-new
		wait_for 20 saw $e changed stopped
		inside $e rm -f list-new
		wait_for 20 saw $e removed .
	done
	kill -TERM $watcher
	wait_for 10 grep -q '^{"schema":"impound-result/1","command":"list","exit_code":0' "$out"
}
