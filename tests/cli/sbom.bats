#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # bats sets stderr
#
# `impound sbom`: roots with package databases of every kind in, documents that scanners read out.

load ../fake/fake
bats_require_minimum_version 1.5.0

md5() { md5sum "$1" | cut -c1-32; }
# apk's way of writing a SHA-1.
q1() { printf 'Q1%s' "$(sha1sum | cut -c1-40 | tr -d '\n' | perl -ne 'print pack("H*", $_)' | base64)"; }

# A small Debian: bin is usr/bin, and the package of the tool says bin/tool.
debian() {
	mkdir -p "$1"/usr/{bin,lib,share/doc/tool} "$1"/etc/dpkg/dpkg.cfg.d "$1"/var/lib/dpkg/info
	ln -s usr/bin "$1/bin"
	ln -s ../usr/lib/os-release "$1/etc/os-release"
	printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >"$1/usr/lib/os-release"
	echo tool >"$1/usr/bin/tool"
	echo old-sh >"$1/usr/bin/sh.distrib"
	echo new-sh >"$1/usr/bin/sh"
	echo conf >"$1/etc/tool.conf"
	echo path-exclude=/usr/share/doc/* >"$1/etc/dpkg/dpkg.cfg.d/docker"
	printf '/bin/sh\n/bin/sh.distrib\ndash\n' >"$1/var/lib/dpkg/diversions"
	cat >"$1/var/lib/dpkg/status" <<-EOF
		Package: tool
		Status: install ok installed
		Maintainer: A Person <a@example.org>
		Architecture: amd64
		Source: toolbox (2.0-1)
		Version: 1:2.0-1+b1
		Conffiles:
		 /etc/tool.conf $(md5 "$1/etc/tool.conf")

		Package: dash
		Status: install ok installed
		Architecture: amd64
		Version: 0.5.12-2

		Package: gone
		Status: deinstall ok config-files
		Architecture: amd64
		Version: 9
	EOF
	printf '/.\n/bin\n/bin/tool\n/bin/sh\n/etc\n/etc/tool.conf\n/usr/share/doc/tool/copyright\n' >"$1/var/lib/dpkg/info/tool.list"
	{
		printf '%s  bin/tool\n' "$(md5 "$1/usr/bin/tool")"
		printf '%s  bin/sh\n' "$(md5 "$1/usr/bin/sh.distrib")"
		printf '%s  usr/share/doc/tool/copyright\n' 00000000000000000000000000000000
		printf '%s  bin/replaced\n' 00000000000000000000000000000000
	} >"$1/var/lib/dpkg/info/tool.md5sums"
	printf '/.\n/bin/sh\n' >"$1/var/lib/dpkg/info/dash.list"
	printf '%s  bin/sh\n' "$(md5 "$1/usr/bin/sh")" >"$1/var/lib/dpkg/info/dash.md5sums"
	TZ=UTC touch -d 2024-01-02T03:04:05 "$1/var/lib/dpkg/info/tool.list" "$1/var/lib/dpkg/status"
}

alpine() {
	mkdir -p "$1"/{etc,bin} "$1/lib/apk/db"
	printf 'ID=alpine\nVERSION_ID=3.19.1\n' >"$1/etc/os-release"
	echo busybox >"$1/bin/busybox"
	ln -s /bin/busybox "$1/bin/sh"
	echo motd >"$1/etc/motd"
	cat >"$1/lib/apk/db/installed" <<-EOF
		P:busybox
		V:1.36.1-r15
		A:x86_64
		L:GPL-2.0-only
		o:busybox
		m:Somebody <s@example.org>
		F:bin
		R:busybox
		a:0:0:755
		Z:$(q1 <"$1/bin/busybox")
		R:sh
		a:0:0:777
		Z:$(printf /bin/busybox | q1)
		F:etc
		R:motd
		Z:$(q1 <"$1/etc/motd")

	EOF
}

# A rpmdb.sqlite with the header of one package, of which usr/bin/bash is; NAME is that of the table.
rpmdb() {
	python3 - "$1" "${2-Packages}" "$(sha256sum "$3" | cut -c1-64)" <<-'EOF'
		import sqlite3, struct, sys
		def header(tags):
		    index = data = b''
		    for number, kind, count, value in tags:
		        index += struct.pack('>IIII', number, kind, len(data), count)
		        data += value
		    return struct.pack('>II', len(tags), len(data)) + index + data
		u32 = lambda *n: struct.pack('>%dI' % len(n), *n)
		blob = header([
		    (1000, 6, 1, b'bash\0'), (1001, 6, 1, b'5.1.8\0'), (1002, 6, 1, b'6.el9\0'), (1003, 4, 1, u32(1)),
		    (1022, 6, 1, b'x86_64\0'), (1044, 6, 1, b'bash-5.1.8-6.el9.src.rpm\0'), (1008, 4, 1, u32(1700000000)),
		    (1117, 8, 4, b'bash\0sh\0.bashrc\0log\0'), (1118, 8, 3, b'/bin/\0/etc/skel/\0/var/\0'),
		    (1116, 4, 4, u32(0, 0, 1, 2)), (1035, 8, 4, sys.argv[3].encode() + b'\0\0' + b'0' * 64 + b'\0\0'),
		    (1036, 8, 4, b'\0bash\0\0\0'), (5011, 4, 1, u32(8)), (1037, 4, 4, u32(0, 0, 1, 64)),
		    (1030, 3, 4, struct.pack('>4H', 0o100755, 0o120777, 0o100644, 0o100600))])
		db = sqlite3.connect(sys.argv[1])
		db.execute('CREATE TABLE %s (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)' % sys.argv[2])
		db.execute('INSERT INTO %s VALUES (1, ?)' % sys.argv[2], (blob,))
		key = header([(1000, 6, 1, b'gpg-pubkey\0'), (1001, 6, 1, b'abc\0'), (1002, 6, 1, b'1\0')])
		db.execute('INSERT INTO %s VALUES (2, ?)' % sys.argv[2], (key,))
		db.commit()
	EOF
}

redhat() {
	mkdir -p "$1"/usr/{bin,lib/sysimage/rpm} "$1/etc/skel"
	ln -s usr/bin "$1/bin"
	printf 'ID="rhel"\nVERSION_ID="9.3"\n' >"$1/etc/os-release"
	echo bash >"$1/usr/bin/bash"
	ln -s bash "$1/usr/bin/sh"
	echo rc >"$1/etc/skel/.bashrc"
	rpmdb "$1/usr/lib/sysimage/rpm/rpmdb.sqlite" Packages "$1/usr/bin/bash"
}

setup() {
	SEALDIR=${B:-build/release}/cli/sealdir
	case $SEALDIR in /*) ;; *) SEALDIR=$PWD/$SEALDIR ;; esac
	cd "$BATS_TEST_TMPDIR" || return 1
}

sbom() {
	"$IMPOUND" sbom "$@"
}

# A bundle of such a Debian; the fake engine has no links, so nothing is merged.
bundle() {
	debian flat
	rm flat/bin flat/etc/os-release
	cp flat/usr/lib/os-release flat/etc/os-release
	(cd flat && find . -type f -printf '%P\n' | while read -r f; do jq -n --arg k "/$f" --rawfile v "$f" '{($k): $v}'; done) |
		jq -s '{containers: [{name: "web", files: add}]}' >scenario
	fake_start docker docker @scenario
	"$IMPOUND" keygen -o key >/dev/null
	"$IMPOUND" collect -q --no-start --engine "$docker_sock" -o . --key key --profile "$1" web >/dev/null || [ $? -eq 3 ]
	fake_stop
	mv web-* bundle
}

# What the files are that are not as delivered: "verdict path".
verify() {
	rm -f out.json
	sbom --rootfs "$1" --verify -o out.json --json | jq -r '.files[] | "\(.verdict) \(.path)"'
}

@test "Debian: packages with their sources, below the operating system" {
	debian root
	sbom --rootfs root >doc
	[ "$(wc -l <doc)" -eq 1 ]
	jq -e '.bomFormat == "CycloneDX" and .specVersion == "1.5" and .version == 1' doc
	jq -e '.serialNumber | test("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")' doc
	jq -e '.metadata.component | .type == "container" and .name == "root"' doc
	jq -e '.metadata.timestamp == "2024-01-02T03:04:05Z"' doc
	jq -e '.components[0] | .type == "operating-system" and .name == "debian" and .version == "12"' doc
	[ "$(jq -r '.components[1:][].purl' doc)" = "pkg:deb/debian/dash@0.5.12-2?arch=amd64&distro=debian-12
pkg:deb/debian/tool@1:2.0-1%2Bb1?arch=amd64&distro=debian-12&upstream=toolbox%402.0-1" ]
	jq -e '.components[2].properties | from_entries |
		.["aquasecurity:trivy:SrcName"] == "toolbox" and .["aquasecurity:trivy:SrcVersion"] == "2.0" and
		.["aquasecurity:trivy:SrcRelease"] == "1" and .["aquasecurity:trivy:PkgType"] == "debian" and
		.["impound:installed"] == "2024-01-02T03:04:05Z"' doc
	# Every reference is to something, once.
	jq -e '[.metadata.component["bom-ref"], .components[]["bom-ref"]] as $refs |
		($refs | length) == ($refs | unique | length) and
		([.dependencies[] | .ref, .dependsOn[]] - $refs == [])' doc
	jq -e '.dependencies[] | select(.ref == "os") | .dependsOn | length == 2' doc
}

@test "SPDX: what scanners ask for, and every relationship is to something" {
	debian root
	sbom --rootfs root --format spdx >doc
	jq -e '.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT"' doc
	jq -e '.creationInfo | .created == "2024-01-02T03:04:05Z" and (.creators | length) > 0' doc
	jq -e '.documentNamespace | test("^urn:uuid:[0-9a-f-]{36}$")' doc
	jq -e '.packages | all(has("SPDXID") and has("name") and .downloadLocation == "NOASSERTION")' doc
	jq -e '.packages[] | select(.SPDXID == "SPDXRef-OperatingSystem") | .name == "debian" and .versionInfo == "12"' doc
	jq -e '.packages[] | select(.name == "tool") | .versionInfo == "1:2.0-1+b1" and
		.sourceInfo == "built package from: toolbox 2.0-1" and
		(.externalRefs[0] | .referenceCategory == "PACKAGE-MANAGER" and .referenceType == "purl")' doc
	jq -e '[.SPDXID, .packages[].SPDXID] as $ids | [.relationships[] | .spdxElementId, .relatedSpdxElement] - $ids == []' doc
	jq -e '[.relationships[] | select(.relationshipType == "DESCRIBES")] | length == 1' doc
}

@test "the same root gives the same bytes, as directory, tar and compressed tar" {
	debian root
	tar -C root -cf a.tar .
	tar -C root --sort=name -czf b.tar etc usr var bin
	for f in cyclonedx spdx; do
		SOURCE_DATE_EPOCH=1700000000 sbom --rootfs root --format $f | sed 's/root/X/' >one
		SOURCE_DATE_EPOCH=1700000000 sbom --rootfs root --format $f | sed 's/root/X/' >two
		cmp one two
		for tar in a.tar b.tar; do
			SOURCE_DATE_EPOCH=1700000000 sbom --rootfs $tar --format $f >three
			diff <(jq -S 'del(.serialNumber, .documentNamespace, .metadata.component, .name, .comment, .packages[0]?)' one) \
				<(jq -S 'del(.serialNumber, .documentNamespace, .metadata.component, .name, .comment, .packages[0]?)' three)
		done
	done
	# Another root has another number.
	echo "
Package: new
Status: install ok installed
Version: 1" >>root/var/lib/dpkg/status
	SOURCE_DATE_EPOCH=1700000000 sbom --rootfs root --format cyclonedx >four
	[ "$(jq -r .serialNumber four)" != "$(sbom --rootfs b.tar | jq -r .serialNumber)" ]
}

@test "Debian: every file is as delivered, through usrmerge, diversions and filters" {
	debian root
	[ "$(verify root)" = "" ]
	jq -e '.' out.json >/dev/null
	rm out.json
	sbom --rootfs root --verify -o out.json --json | jq -e '.verified == {"ok": 5, "changed": 0, "missing": 0, "not_checked": 2}'
}

@test "Debian: a trojaned, a missing and a configuration file, and one that became a link" {
	debian root
	echo evil >>root/usr/bin/tool
	rm root/usr/bin/sh.distrib
	echo mine >root/etc/tool.conf
	ln -sf tool root/usr/bin/sh
	[ "$(verify root)" = "changed etc/tool.conf
changed usr/bin/sh
missing usr/bin/sh.distrib
changed usr/bin/tool" ]
	rm out.json
	run sbom --rootfs root --verify -o out.json
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "changed  c /etc/tool.conf  (tool: other content)" ]
	[ "${lines[1]}" = "changed    /usr/bin/sh  (dash: of another type)" ]
	rm out.json
	sbom --rootfs root --verify -o out.json --json | jq -e --arg md5 "$(md5 root/usr/bin/tool)" \
		'.files[] | select(.path == "usr/bin/tool") | .found == $md5 and .expected != $md5 and .digest == "md5"'
}

@test "distroless: a file a package, and digests under the file's name" {
	debian root
	mkdir root/var/lib/dpkg/status.d
	rm -r root/var/lib/dpkg/info root/var/lib/dpkg/status root/var/lib/dpkg/diversions
	printf 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n' >root/var/lib/dpkg/status.d/base
	printf '%s  usr/bin/tool\n' "$(md5 root/usr/bin/tool)" >root/var/lib/dpkg/status.d/base.md5sums
	[ "$(sbom --rootfs root | jq -r '.components[1:][].name')" = base-files ]
	rm -f out.json
	sbom --rootfs root --verify -o out.json --json | jq -e '.verified.ok == 1 and .packaged_files == 1'
}

@test "Alpine: files by SHA-1, and links by their target" {
	alpine root
	[ "$(sbom --rootfs root | jq -r '.components[1:][].purl')" = \
		"pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64&distro=alpine-3.19.1" ]
	[ "$(verify root)" = "" ]
	ln -sf /tmp/evil root/bin/sh
	echo x >>root/bin/busybox
	rm root/etc/motd
	[ "$(verify root)" = "changed bin/busybox
changed bin/sh
missing etc/motd" ]
}

@test "rpm: files by SHA-256 and their types, ghosts are not missing, keys are no packages" {
	redhat root
	[ "$(sbom --rootfs root | jq -r '.components[1:][].purl')" = \
		"pkg:rpm/redhat/bash@5.1.8-6.el9?arch=x86_64&distro=rhel-9.3&epoch=1&upstream=bash-5.1.8-6.el9.src.rpm" ]
	sbom --rootfs root | jq -e '.components[1].version == "1:5.1.8-6.el9"'
	[ "$(verify root)" = "changed etc/skel/.bashrc" ]
	echo x >>root/usr/bin/bash
	ln -sf /tmp/evil root/usr/bin/sh
	[ "$(verify root)" = "changed etc/skel/.bashrc
changed usr/bin/bash
changed usr/bin/sh" ]
}

@test "rpm: what lies in the write-ahead log alone is read" {
	redhat root
	python3 - root/usr/lib/sysimage/rpm/rpmdb.sqlite <<-'EOF'
		import os, sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.execute('PRAGMA journal_mode=WAL')
		db.execute('UPDATE Packages SET blob = replace(hex(blob), hex("bash"), hex("zsh!"))')
		db.execute('DELETE FROM Packages WHERE hnum = 1')
		db.commit()
		os._exit(0) # no checkpoint
	EOF
	[ -s root/usr/lib/sysimage/rpm/rpmdb.sqlite-wal ]
	before=$(sha256sum root/usr/lib/sysimage/rpm/*)
	run --separate-stderr sbom --rootfs root
	[ "$(jq -r '[.components[].name] | index("bash")' <<<"$output")" = null ]
	[ "$(sha256sum root/usr/lib/sysimage/rpm/*)" = "$before" ]
}

@test "rpm: views, damage and databases of other kinds are said, and nothing runs" {
	redhat root
	db=root/usr/lib/sysimage/rpm/rpmdb.sqlite
	rm $db
	rpmdb $db Other root/usr/bin/bash
	python3 - $db <<-'EOF'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		db.execute("CREATE VIEW Packages AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS blob FROM c")
		db.commit()
	EOF
	run --separate-stderr timeout 60 "$IMPOUND" sbom --rootfs root
	[ "$status" -eq 3 ]
	echo "$stderr"
	[[ "$stderr" == *"not a whole rpm database"* ]]
	jq -e '.compositions[0].aggregate == "incomplete"' <<<"$output"
	echo "SQLite format 3" >$db
	run --separate-stderr sbom --rootfs root
	[ "$status" -eq 3 ]
	rm $db
	echo x >root/usr/lib/sysimage/rpm/Packages.db
	run --separate-stderr sbom --rootfs root
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"not supported (ndb)"* ]]
}

@test "a database cut anywhere is said or gives fewer packages, never a wrong end" {
	redhat root
	db=root/usr/lib/sysimage/rpm/rpmdb.sqlite
	cp $db whole
	size=$(stat -c %s whole)
	for n in $(seq 0 997 "$size"); do
		head -c "$n" whole >$db
		run --separate-stderr timeout 60 "$IMPOUND" sbom --rootfs root
		echo "$n: $status $stderr"
		[ "$status" -eq 3 ]
		jq -e . <<<"$output" >/dev/null
	done
}

@test "a cut tar: what came of it, and files behind the cut are not called missing" {
	debian root
	tar -C root --sort=name -cf whole.tar etc bin var usr
	head -c $(($(stat -c %s whole.tar) - 12000)) whole.tar >cut.tar
	rm -f out.json
	run --separate-stderr sbom --rootfs cut.tar --verify -o out.json --json
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"not a whole tar archive"* || "$stderr" == *"cut off"* ]]
	jq -e '.verified.missing == 0' <<<"$output"
	jq -e '.components | length >= 2' out.json
}

@test "hostile text in a database is text in the document, and shown escaped" {
	debian root
	printf '\nPackage: \033[31mred"\\\001\xff\nStatus: install ok installed\nVersion: 1?x=\xe2\x80\xae#\n\n' >>root/var/lib/dpkg/status
	printf 'garbage \033[2J\n' >>root/var/lib/dpkg/info/tool.list
	run --separate-stderr sbom --rootfs root
	[ "$status" -eq 3 ]
	[[ "$output$stderr" != *$'\033'* ]]
	jq -e '[.components[].purl // "" | test("^[!-~]*$")] | all' <<<"$output"
	jq -e '[.components[].name | contains("red")] | any' <<<"$output"
}

@test "hard links: an owned file that is a link in the tar has the content of its first name" {
	debian root
	ln root/usr/bin/tool root/usr/bin/alias
	printf '/bin/alias\n' >>root/var/lib/dpkg/info/tool.list
	printf '%s  bin/alias\n' "$(md5 root/usr/bin/tool)" >>root/var/lib/dpkg/info/tool.md5sums
	tar -C root -cf a.tar etc bin var usr/lib usr/share usr/bin/tool usr/bin/sh usr/bin/sh.distrib usr/bin/alias
	tar -tvf a.tar | grep -q 'alias link to'
	[ "$(verify a.tar)" = "" ]
	echo evil >>root/usr/bin/tool
	tar -C root -cf b.tar etc bin var usr/lib usr/share usr/bin/tool usr/bin/sh usr/bin/sh.distrib usr/bin/alias
	[ "$(verify b.tar)" = "changed usr/bin/alias
changed usr/bin/tool" ]
}

@test "without os-release, and without any package database, it is said" {
	debian root
	rm root/usr/lib/os-release
	run --separate-stderr sbom --rootfs root
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"no os-release"* ]]
	jq -e '[.components[] | .type] | all(. == "library")' <<<"$output"
	mkdir empty
	run --separate-stderr sbom --rootfs empty
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"no package database"* ]]
	jq -e '.components == []' <<<"$output"
}

@test "names that climb, links in a circle and links out of the root lead nowhere" {
	debian root
	rm root/bin
	ln -s bin root/bin
	ln -s / root/out
	printf '/../../etc/passwd\n/out/etc/passwd\n' >>root/var/lib/dpkg/info/tool.list
	printf '%s  out/etc/passwd\n' 00000000000000000000000000000000 >>root/var/lib/dpkg/info/tool.md5sums
	run --separate-stderr timeout 60 "$IMPOUND" sbom --rootfs root --verify -o out.json --json
	[ "$status" -eq 3 ]
	jq -e '[.files[] | select(.path == "etc/passwd")][0].verdict == "missing"' <<<"$output"
}

@test "a bundle: named after the container, and of the time of the seizure" {
	bundle full
	[ -s bundle/data/filesystem/rootfs.tar ]
	sbom bundle >doc
	jq -e '.metadata.component.name == "web" and (.components | length == 3)' doc
	opened=$(head -n 1 bundle/custody.jsonl | jq -r .time)
	[ "$(jq -r .metadata.timestamp doc)" = "${opened%.*}Z" ]
	jq -e --arg id "$(head -n 1 bundle/custody.jsonl | jq -r .id)" \
		'.metadata.component.properties | from_entries | .["impound:bundle"] == $id' doc
	sbom bundle | cmp - doc
	run --separate-stderr sbom bundle -o out.json --json
	jq -e '.verdict == "unattributed" and .source == "filesystem/rootfs.tar" and .packages == 2' <<<"$output"
}

@test "a bundle without a root file system: what its changes say, and that they are not all" {
	bundle standard
	[ ! -e bundle/data/filesystem/rootfs.tar ]
	run --separate-stderr sbom bundle --verify -o out.json --json
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"only packages whose database was changed"* ]]
	jq -e '.source == "filesystem/changes.tar" and .verified.missing == 0' <<<"$output"
	jq -e '.compositions[0].aggregate == "incomplete"' out.json
}

@test "a bundle with the image and what was changed: layers, whiteouts, and the container's own on top" {
	debian image
	python3 "$BATS_TEST_DIRNAME/layers.py" image.tar image
	mkdir -p data/image data/filesystem own/usr/bin
	mv image.tar data/image/
	echo evil >own/usr/bin/tool
	tar -C own -cf data/filesystem/changes.tar usr/bin/tool
	printf '%s\n' '{"path":"usr","change":"M","type":"dir","mode":"0755","uid":0,"gid":0,"mtime":"2024-01-02T03:04:05.000000000Z","differs":[]}' \
		'{"path":"usr/bin","change":"M","type":"dir","mode":"0755","uid":0,"gid":0,"mtime":"2024-01-02T03:04:05.000000000Z","differs":[]}' \
		'{"path":"usr/bin/sh.distrib","change":"D","type":"file","mode":"0644","uid":0,"gid":0,"mtime":"2024-01-02T03:04:05.000000000Z","size":"7"}' \
		'{"path":"usr/bin/tool","change":"M","type":"file","mode":"0644","uid":0,"gid":0,"mtime":"2024-01-02T03:04:05.000000000Z","size":"5"}' >data/filesystem/changes.jsonl
	"$SEALDIR" data . - >/dev/null
	run --separate-stderr sbom web-* --verify -o out.json --json
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	jq -e '.source == "image/image.tar" and .packages == 2' <<<"$output"
	[ "$(jq -r '.files[] | "\(.verdict) \(.path)"' <<<"$output")" = "missing usr/bin/sh.distrib
changed usr/bin/tool" ]
	# A layer that is not what the image says is said.
	echo one >image/etc/one
	rm -r web-* out.json
	python3 "$BATS_TEST_DIRNAME/layers.py" data/image/image.tar image spoil
	"$SEALDIR" data . - >/dev/null
	run --separate-stderr sbom web-* -o out.json --json
	[ "$status" -eq 3 ]
	jq -e '.packages == 2 and (.notes[0] | startswith("image.layer-diffid"))' <<<"$output"
}

@test "a bundle that is tampered with is refused, or its document says so" {
	bundle full
	printf x | dd of=bundle/data/filesystem/rootfs.tar bs=1 seek=100 conv=notrunc status=none
	run sbom bundle
	[ "$status" -eq 4 ]
	[[ "$output" != *bomFormat* ]]
	run --separate-stderr sbom bundle --even-if-tampered
	jq -e '.metadata.component.properties | from_entries | .["impound:tampered"] == "true"' <<<"$output"
}

@test "a document is never written over, and words that do not fit are named" {
	debian root
	echo mine >there
	run sbom --rootfs root -o there
	[ "$status" -eq 1 ]
	[ "$(cat there)" = mine ]
	run sbom --rootfs root --json
	[ "$status" -eq 2 ]
	run sbom --rootfs root some-bundle
	[ "$status" -eq 2 ]
	run sbom
	[ "$status" -eq 2 ]
	run sbom --rootfs nowhere
	[ "$status" -eq 8 ]
	run sbom --rootfs root --format xml
	[ "$status" -eq 2 ]
	mkfifo pipe
	run timeout 10 "$IMPOUND" sbom --rootfs pipe
	[ "$status" -eq 2 ]
}

@test "a full disk is no document" {
	debian root
	run sbom --rootfs root -o /dev/full
	[ "$status" -eq 1 ]
	run bash -c '"$IMPOUND" sbom --rootfs root >/dev/full'
	[ "$status" -eq 1 ]
}
