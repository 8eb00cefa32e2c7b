#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What ends a container takes: only with a bundle that has it.

load helper

setup() {
	name=evidence$BATS_TEST_NUMBER
	bundles=/share/$name
	[ "$LAB_VIEW" = inside ] || bundles=$BATS_TEST_TMPDIR
}

teardown() {
	inside sh -c "docker rm -fv $name; podman rm -fv -t 0 $name; rm -rf /share/$name" >/dev/null 2>&1 || :
}

kill_it() { # kill_it STATUS ENGINE PROFILE
	run -"$1" impound contain kill "$name" --json --yes --engine "$(engine_of "$2")" -o "$bundles" --collect "$3"
	echo "$output"
}

# Outside no volume is read, so that none is in any bundle.
volume_goes_with_it() {
	local engine=$1

	[ "$LAB_VIEW" = outside ] || inside mkdir -p "$bundles"
	inside "$engine" run -d --rm --name "$name" -v /data lab/busybox sh -c 'echo x >/data/x; while :; do sleep 1; done'
	kill_it 1 "$engine" standard
	grep -q "the volume at '/data' is not in it" <<<"$output"
	inside "$engine" inspect "$name"
	if [ "$LAB_VIEW" = inside ]; then
		kill_it 0 "$engine" full
		grep -q '"result":"done"' <<<"$output"
	else
		kill_it 1 "$engine" full
		inside "$engine" inspect "$name"
	fi
}

@test "Docker: a volume without a name of one that is removed as it ends" { volume_goes_with_it docker; }
@test "Podman: a volume without a name of one that is removed as it ends" { volume_goes_with_it podman; }
