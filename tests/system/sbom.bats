#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# shellcheck disable=SC2016 # words for inner shells
#
# A real Debian on real engines: what is installed is what dpkg says, and so is what changed. dpkg is run by the
# test, in the container; impound never runs anything.

export LAB_VIEW=inside # also by hand
load helper

setup() {
	name=sbom$BATS_TEST_NUMBER
	where=/var/tmp/$name
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; rm -rf $where" >/dev/null 2>&1 || :
}

# In the container: a program with a line more and the old time, a library that is gone, a configuration file.
spoil='cp -p /usr/bin/env /tmp/env && cat /tmp/env >/usr/bin/env && echo evil >>/usr/bin/env &&
	touch -r /tmp/env /usr/bin/env && rm /usr/bin/tac && echo "# mine" >>/etc/login.defs'

as_dpkg_says() {
	local engine=$1

	inside "$engine" run -d --name "$name" lab/debian sh -c 'while :; do sleep 1; done'
	inside "$engine" exec "$name" sh -c "$spoil"
	inside "$engine" exec "$name" dpkg-query -W -f '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n' |
		LC_ALL=C sort >"$BATS_TEST_TMPDIR/installed"
	inside "$engine" exec "$name" sh -c 'dpkg -V || :' | tr -d '\r' |
		sed -nE 's,^(missing|..5......) +(c )?/(.*)$,\1 \3,p' | sed -E 's,^\S*5\S* ,changed ,' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/verified"
	impound collect -q --engine "$engine" --profile triage --with rootfs -o "$where" "$name"
	inside sh -c "mv $where/$name-* $where/bundle"

	impound sbom -q "$where/bundle" -o "$where/doc" --verify --json >"$BATS_TEST_TMPDIR/result"
	inside cat "$where/doc" >"$BATS_TEST_TMPDIR/doc"
	jq -e '.exit_code == 0 and .notes == [] and .distribution.id == "debian"' "$BATS_TEST_TMPDIR/result"
	jq -r '.components[] | select(.type == "library") | (.properties | from_entries) as $p |
		"\(.name) \(.version) \(.purl | capture("arch=(?<a>[^&]*)").a) \($p["aquasecurity:trivy:SrcName"]) " +
		(if $p["aquasecurity:trivy:SrcEpoch"] then $p["aquasecurity:trivy:SrcEpoch"] + ":" else "" end) +
		$p["aquasecurity:trivy:SrcVersion"] +
		(if $p["aquasecurity:trivy:SrcRelease"] then "-" + $p["aquasecurity:trivy:SrcRelease"] else "" end)' \
		"$BATS_TEST_TMPDIR/doc" | LC_ALL=C sort | diff "$BATS_TEST_TMPDIR/installed" -
	[ "$(wc -l <"$BATS_TEST_TMPDIR/installed")" -gt 150 ]

	jq -r '.files[] | "\(.verdict) \(.path)"' "$BATS_TEST_TMPDIR/result" | LC_ALL=C sort >"$BATS_TEST_TMPDIR/ours"
	diff "$BATS_TEST_TMPDIR/verified" "$BATS_TEST_TMPDIR/ours"
	grep -qx 'changed usr/bin/env' "$BATS_TEST_TMPDIR/ours"
	grep -qx 'missing usr/bin/tac' "$BATS_TEST_TMPDIR/ours"
	jq -e '.files[] | select(.path == "etc/login.defs") | .config and .verdict == "changed"' "$BATS_TEST_TMPDIR/result"
	jq -e '.verified.ok > 5000' "$BATS_TEST_TMPDIR/result"
}

# The image with the changes upon it is the same root: the same packages, the same files.
as_layers_say() {
	local engine=$1 what

	inside "$engine" run -d --name "$name" lab/debian sh -c 'while :; do sleep 1; done'
	inside "$engine" exec "$name" sh -c "$spoil"
	for what in rootfs files,image-archive; do
		impound collect -q --engine "$engine" --profile triage --with "$what" -o "$where" "$name"
		inside sh -c "mv $where/$name-* $where/$what"
		impound sbom -q "$where/$what" -o "$where/$what.json" --verify --json >"$BATS_TEST_TMPDIR/$what"
		inside cat "$where/$what.json" | jq '.components' >"$BATS_TEST_TMPDIR/$what.components"
	done
	jq -e '.source == "image/image.tar"' "$BATS_TEST_TMPDIR/files,image-archive"
	jq -e '.notes == []' "$BATS_TEST_TMPDIR/files,image-archive"
	cmp "$BATS_TEST_TMPDIR/rootfs.components" "$BATS_TEST_TMPDIR/files,image-archive.components"
	diff <(jq .files,.verified "$BATS_TEST_TMPDIR/rootfs") <(jq .files,.verified "$BATS_TEST_TMPDIR/files,image-archive")
	jq -e '[.files[].path] | index("usr/bin/env")' "$BATS_TEST_TMPDIR/rootfs"
}

@test "docker: what is installed, and what changed, is what dpkg says" {
	as_dpkg_says docker
}

@test "podman: what is installed, and what changed, is what dpkg says" {
	as_dpkg_says podman
}

@test "docker: the image and what was changed are as good as the whole root" {
	as_layers_say docker
}

@test "podman: the image and what was changed are as good as the whole root" {
	as_layers_say podman
}

@test "an image exported by the engine, through a file, is read as well" {
	inside docker create --name "$name" lab/debian true
	inside sh -c "docker export $name >$where/root.tar"
	impound sbom -q --rootfs "$where/root.tar" --format spdx -o "$where/doc"
	inside cat "$where/doc" | jq -e '[.packages[] | select(.primaryPackagePurpose == "LIBRARY")] | length > 150'
	# A busybox has no packages, and that is said.
	inside docker rm "$name"
	inside docker create --name "$name" lab/busybox true
	inside sh -c "docker export $name >$where/box.tar"
	run impound sbom --rootfs "$where/box.tar" -o "$where/box"
	[ "$status" -eq 3 ]
	[[ "$output" == *"no package database"* ]]
}
