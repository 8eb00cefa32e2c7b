#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# views: inside
# examples/collect.yml and contain.yml, run by ansible inside the lab against its Docker and Podman.

load helper

setup() {
	name=play$BATS_TEST_NUMBER
	where=/root/$name
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; rm -rf $where" >/dev/null 2>&1
}

playbook() { # playbook FILE ARG...
	inside env LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 IMPOUND_JOURNAL="$where/journal.jsonl" \
		ansible-playbook -i 'suspect,' -c local "/src/examples/$1" -e escalate=false -e impound=/src/impound \
		-e spool="$where/spool" "${@:2}"
}
play() { playbook collect.yml -e impound_here=/src/impound -e evidence="$where/evidence" "$@"; }
contain() {
	run playbook contain.yml -e container="$name" -e case=C-1 "$@"
	echo "$output"
}

# seized_once_and_verified PROFILE STATE VERDICT
seized_once_and_verified() {
	run play -e container="$name" -e exhibit=X-1 -e profile="$1"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *": $2, $3"* ]]
	[[ $output == *"failed=0"* ]]

	run play -e container="$name" -e exhibit=X-1 -e profile="$1"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"changed=0"* ]]
	[ "$(inside find "$where/evidence" -name bagit.txt | wc -l)" -eq 1 ]
	[ "$(inside find "$where/spool" -name bagit.txt | wc -l)" -eq 1 ]
}

@test "the playbook collects, fetches and verifies once per exhibit: Docker" {
	inside docker run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	seized_once_and_verified standard complete valid
}

@test "a partial bundle is success too: Podman cannot checkpoint a paused container" {
	inside podman run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	inside podman pause "$name"
	seized_once_and_verified full partial partial
}

@test "a fetched bundle that was changed on the way fails the play" {
	inside podman run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	run play -e container="$name" -e exhibit=X-1
	echo "$output"
	[ "$status" -eq 0 ]
	inside sh -c "echo x | tee -a $where/evidence/suspect/X-1/*/data/container/inspect.json"
	run play -e container="$name" -e exhibit=X-1
	[ "$status" -ne 0 ]
	[[ $output == *"tampered"* ]]
}

@test "no exhibit, no such container: the play fails and says which" {
	run play -e container=nosuch -e exhibit=X-1
	[ "$status" -ne 0 ]
	[[ $output == *"nosuch"* ]]
	run play -e container=nosuch
	[ "$status" -ne 0 ]
	[[ $output == *"exhibit"* ]]
}

networks() { inside docker inspect -f '{{json .NetworkSettings.Networks}}' "$name"; }

@test "contain: evidence, isolation and its proof once; taken back once" {
	inside docker run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	contain --check
	[ "$status" -eq 0 ]
	[[ $output == *"isolate: would be done"* ]]
	[ "$(networks)" != '{}' ]
	contain
	[ "$status" -eq 0 ]
	[[ $output == *"isolate: done"*"no interface but lo"* ]]
	[ "$(networks)" = '{}' ]
	[ "$(inside find "$where/spool/C-1" -name bagit.txt | wc -l)" -eq 1 ]
	contain
	[ "$status" -eq 0 ]
	[[ $output == *"changed=0"* ]]
	[ "$(inside find "$where/spool/C-1" -name bagit.txt | wc -l)" -eq 1 ]
	contain -e verb=undo
	[ "$status" -eq 0 ]
	[[ $output == *"undo: done"* ]]
	[ "$(networks)" != '{}' ]
	contain -e verb=undo
	[ "$status" -eq 0 ]
	[[ $output == *"changed=0"* ]]
}

@test "contain: what cannot be isolated fails the play and says why" {
	inside podman run -d --name "$name" --network host lab/busybox sh -c 'while :; do sleep 1; done'
	contain -e profile=none
	[ "$status" -ne 0 ]
	[[ $output == *"host"* ]]
	contain -e verb=pause -e profile=none
	[ "$status" -eq 0 ]
	[ "$(inside podman inspect -f '{{.State.Status}}' "$name")" = paused ]
	inside podman unpause "$name"
}
