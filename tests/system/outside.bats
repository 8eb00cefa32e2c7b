#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# views: outside
# Through the engine's socket alone: what changed, and the root file system, byte for byte as they are.

LAB_VIEW=outside # also by hand
load helper

setup() {
	name=out$BATS_TEST_NUMBER
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; resp podman rm -f -t 0 $name" >/dev/null 2>&1 || :
}

# change ENGINE FILES: a container with that many new files, one changed, one deleted, a link that climbs.
change() {
	local engine=("$1")
	[ "$1" != podman-rootless ] || engine=(resp podman)
	inside "${engine[@]}" run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	inside "${engine[@]}" exec "$name" sh -c 'i=0
		while [ $i -lt "$0" ]; do echo "content $i" >"/new$i"; i=$((i + 1)); done
		echo changed >>/etc/passwd; rm /etc/group; ln -s ../../etc/shadow /climb; mkdir /empty; chmod 4755 /new0' "$2"
	inside "${engine[@]}" exec "$name" cat /etc/passwd >passwd
}

collect() { # collect ENGINE OPTION...: sets $data; what the host's view alone has is missing
	run impound collect -q --engine "$(engine_of "$1")" "${@:2}" "$name"
	echo "$output"
	[ "$status" -eq 3 ]
	data=$(echo "$name"-*/data)
}

row() { jq -c "select(.path == \"$2\") | $3" "$data/filesystem/$1"; }

# Each row that has a SHA-256 has that of the member in the tar beside it.
sums_agree() {
	mkdir "out-$1"
	tar -xf "$data/filesystem/$1.tar" -C "out-$1"
	jq -r 'select(.sha256 and .type == "file") | "\(.sha256)  \(.path)"' "$data/filesystem/$1.jsonl" >sums
	[ "$(wc -l <sums)" -ge "$2" ]
	(cd "out-$1" && sha256sum -c --strict --quiet ../sums)
}

changes_come() {
	change "$1" "$2"
	collect "$1"
	sums_agree changes "$2"
	[ "$(row changes.jsonl etc/group .change)" = '"D"' ]
	[ "$(row changes.jsonl climb '[.change, .type, .link]')" = '["A","symlink","../../etc/shadow"]' ]
	[ "$(row changes.jsonl empty '[.change, .type]')" = '["A","dir"]' ]
	[ "$(row changes.jsonl new0 '[.change, .mode, .size]')" = '["A","4755","10"]' ]
	[ "$(row changes.jsonl etc/passwd .change)" = '"M"' ]
	cmp passwd out-changes/etc/passwd
	[ "$(cat "out-changes/new$(($2 - 1))")" = "content $(($2 - 1))" ]
	[ "$(readlink out-changes/climb)" = ../../etc/shadow ]
}

@test "few changes: Docker, one archive each" { changes_come docker 3; }
@test "many changes: Docker, one pass over the export" { changes_come docker 200; }
@test "few changes: Podman" { changes_come podman 3; }
@test "many changes: Podman" { changes_come podman 200; }
@test "many changes: rootless Podman" { changes_come podman-rootless 200; }

root_comes() {
	change "$1" 3
	collect "$1" --with rootfs
	sums_agree rootfs 3
	cmp passwd out-rootfs/etc/passwd
	[ "$(row rootfs.jsonl etc/passwd .sha256)" = "\"$(sha256sum passwd | cut -d' ' -f1)\"" ]
	[ ! -e out-rootfs/etc/group ]
}

@test "the root file system: Docker" { root_comes docker; }
@test "the root file system: Podman" { root_comes podman; }
