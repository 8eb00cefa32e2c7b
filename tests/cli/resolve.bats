#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which container a word names: name, id, unique prefix, engine:name; never one of several.

load ../fake/fake
bats_require_minimum_version 1.5.0

A=aaaa000000000000000000000000000000000000000000000000000000000001
B=aaaa000000000000000000000000000000000000000000000000000000000002
C=bbbb000000000000000000000000000000000000000000000000000000000003

setup() {
	fake_start docker docker "{\"containers\":[{\"name\":\"web\",\"id\":\"$A\"},{\"name\":\"database\",\"id\":\"$B\"},{\"name\":\"bbb\",\"id\":\"$A\"}]}"
	fake_start podman podman "{\"containers\":[{\"name\":\"web\",\"id\":\"$C\"}]}"
}

teardown() {
	fake_stop
}

plan() {
	run --separate-stderr timeout 20 "$IMPOUND" collect --dry-run --engine "$docker_sock" --engine "$podman_sock" "$1"
	echo "$status $stderr"
}

@test "a name, an engine and a name, an id, a unique beginning of one" {
	for word in database podman:web "$B" bbbb0 docker:database podman:b; do
		plan "$word"
		[ "$status" -eq 0 ]
	done
}

@test "a name on two engines: both are named, and 2" {
	plan web
	[ "$status" -eq 2 ]
	[[ $stderr == *"docker:web (aaaa00000000)"*"podman:web (bbbb00000000)"* ]]
}

@test "the beginning of two ids: 2" {
	plan aaaa
	[ "$status" -eq 2 ]
	[[ $stderr == *docker:web*docker:database* ]]
}

@test "a name that is the beginning of another's id is no way to be taken for it: 2" {
	plan bbb
	[ "$status" -eq 2 ]
	[[ $stderr == *docker:bbb*podman:web* ]]
}

@test "nothing of that name: 8, with what is near" {
	plan databse
	[ "$status" -eq 8 ]
	[[ $stderr == *"there is docker:database"* ]]
	plan whale:web
	[ "$status" -eq 8 ]
	[[ $stderr == *"no engine 'whale'"* ]]
	plan ''
	[ "$status" -ne 0 ]
}
