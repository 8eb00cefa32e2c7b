#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # run --separate-stderr sets stderr
#
# The command line of `impound diff`: archives, directories and bundles in, differences out.

bats_require_minimum_version 1.5.0

setup_file() {
	export TZ=UTC
	cd "$BATS_FILE_TMPDIR" || return 1
	mkdir -p image/etc image/bin image/opt/app/lib container
	echo 'root:x:0:0::/:/bin/sh' >image/etc/passwd
	echo one >image/bin/one
	echo two >image/bin/two
	ln image/bin/one image/bin/uno
	ln -s two image/bin/link
	touch image/opt/app/a image/opt/app/lib/b
	find image -exec touch -h -d @1000000000 {} +
	cp -a image/. container
	tar -cf image.tar --numeric-owner --owner=0 --group=0 -C image .
	cd container || return 1
	echo 'toor:x:0:0::/:/bin/sh' >etc/passwd # of the same size
	touch -d @1000000000 etc/passwd
	chmod 4755 bin/two
	ln -sf three bin/link
	rm -r opt/app
	mkdir bin/new dev
	printf 'x' >"bin/new/$(printf 'a\033[31mred')"
	: >.dockerenv
	touch etc
	cd .. || return 1
	tar -cf container.tar --numeric-owner --owner=0 --group=0 -C container .
}

setup() {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	cd "$BATS_FILE_TMPDIR" || return 1
}

diff_of() {
	run --separate-stderr timeout 60 "$IMPOUND" diff "$@"
	echo "status $status"
	echo "$output"
	echo "$stderr"
}

# A bundle with the files below data/ that lie in $DATA.
bundle_of() {
	local b=${B:-build/release}

	case $b in /*) ;; *) b=$BATS_TEST_DIRNAME/../../$b ;; esac
	(cd "$BATS_TEST_TMPDIR" && DATA=$DATA "$b/cli/mkbundle" . - | sed -n 2p)
}

@test "what was added, changed and deleted, in the order of the paths" {
	diff_of --image image.tar --rootfs container.tar
	[ "$status" -eq 0 ]
	[ "$(sed -n '1,6s/  *.*//p' <<<"$output" | tr '\n' ' ')" = "metadata added added metadata content deleted " ]
	[[ "${lines[0]}" == "metadata  /bin/link  two -> three" ]]
	[[ "${lines[1]}" == "added     /bin/new  dir "* ]]
	# Nothing from inside the container reaches the terminal as it is.
	[[ "${lines[2]}" == 'added     /bin/new/a\x1b[31mred  file '* ]]
	[[ "${lines[3]}" == *"/bin/two  mode 0644 -> 4755" ]]
	[[ "${lines[4]}" == *"/etc/passwd  22 B as before, time of modification as before" ]]
	[[ "${lines[5]}" == "deleted   /opt/app  dir "*", 4 paths" ]]
	[[ "${lines[6]}" == "2 added, 4 deleted, 1 content, 2 metadata" ]]
	[[ "${lines[7]}" == "13 paths in the image, 13 in the container" ]]
	[[ "$output" == *"not shown: 2 that the engine put there, empty"* ]]
	[ "$(awk 'length > 80' <<<"$output" | wc -l)" -eq 0 ]
}

@test "--json is a line a change, and the result at the end" {
	diff_of --json --image image.tar --rootfs container.tar
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.class) | "\(.class) \(.path)"' <<<"$output" | head -n 2 | tail -n 1)" = "added /bin/new" ]
	[ "$(jq -r 'select(.path == "/etc/passwd") | .before.sha256 != .after.sha256, .differs[]' <<<"$output" | tr '\n' ' ')" = "true content " ]
	[ "$(jq -r 'select(.class == "deleted") | .count' <<<"$output")" = 4 ]
	[ "$(tail -n 1 <<<"$output" | jq -r '.schema, .command, .exit_code, .counts.deleted' | tr '\n' ' ')" = "impound-result/1 diff 0 4 " ]
}

@test "the container may come plain, compressed, through a pipe, or as a directory" {
	gzip -c container.tar >"$BATS_TEST_TMPDIR/c.tgz"
	zstd -q container.tar -o "$BATS_TEST_TMPDIR/c.zst"
	chown -R 0:0 container 2>/dev/null || [ "$(id -u)" -ne 0 ]
	"$IMPOUND" diff -q --json --image image.tar --rootfs container.tar | grep '"class"' >"$BATS_TEST_TMPDIR/plain"
	for form in c.tgz c.zst; do
		"$IMPOUND" diff -q --json --image image.tar --rootfs "$BATS_TEST_TMPDIR/$form" | grep '"class"' | cmp - "$BATS_TEST_TMPDIR/plain"
	done
	"$IMPOUND" diff -q --json --image image.tar --rootfs - <container.tar | grep '"class"' | cmp - "$BATS_TEST_TMPDIR/plain"
	if [ "$(id -u)" -eq 0 ]; then # the owners are the tar's
		"$IMPOUND" diff -q --json --image image.tar --rootfs container | jq -c 'select(.class) | [.path, .class]' >"$BATS_TEST_TMPDIR/dir"
		jq -c '[.path, .class]' "$BATS_TEST_TMPDIR/plain" | cmp - "$BATS_TEST_TMPDIR/dir"
	fi
}

@test "--only, --path and --stat" {
	diff_of --image image.tar --rootfs container.tar --only added,content
	[ "$(grep -c '^added\|^content' <<<"$output")" -eq 3 ]
	[ "$(grep -c '^deleted\|^metadata' <<<"$output")" -eq 0 ]
	diff_of --image image.tar --rootfs container.tar --path '/opt/*/b'
	[[ "${lines[0]}" == "deleted   /opt/app/lib/b  file "* ]]
	[[ "${lines[1]}" == "1 deleted" ]]
	diff_of --image image.tar --rootfs container.tar --stat
	[[ "${lines[0]}" == "2 added, "* ]]
	diff_of --image image.tar --rootfs container.tar --only mtime
	[[ "$output" == *"mtime     /etc"* ]]
	diff_of --image image.tar --rootfs container.tar --only nonsense
	[ "$status" -eq 2 ]
	[[ "$stderr" == *"no class 'nonsense'"* ]]
}

@test "an image of layers, each checked, and kept for the next time" {
	python3 "$BATS_TEST_DIRNAME/layers.py" "$BATS_TEST_TMPDIR/i.tar" image
	diff_of --image "$BATS_TEST_TMPDIR/i.tar" --rootfs container.tar
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 added, 4 deleted, 1 content, 2 metadata"* ]]
	[[ "$output" == *"every layer verified"* ]]
	[ "$(find "$XDG_CACHE_HOME/impound/layers" -type f | wc -l)" -eq 2 ]
	first=$output
	diff_of --image "$BATS_TEST_TMPDIR/i.tar" --rootfs container.tar
	[ "$output" = "$first" ]
	diff_of --no-cache --image "$BATS_TEST_TMPDIR/i.tar" --rootfs container.tar
	[ "$output" = "$first" ]
}

@test "a layer that is not what its names promise is said" {
	python3 "$BATS_TEST_DIRNAME/layers.py" "$BATS_TEST_TMPDIR/i.tar" image spoil
	diff_of --image "$BATS_TEST_TMPDIR/i.tar" --rootfs container.tar
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"image.layer"* ]]
	[[ "$output" == *"nothing vouches for"* ]]
	[ ! -e "$XDG_CACHE_HOME/impound/layers" ] || [ "$(find "$XDG_CACHE_HOME/impound/layers" -type f | wc -l)" -le 1 ]
}

@test "an archive that is cut off: what came is shown, and nothing is called deleted" {
	head -c 6000 container.tar >"$BATS_TEST_TMPDIR/cut.tar"
	diff_of --image image.tar --rootfs "$BATS_TEST_TMPDIR/cut.tar"
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"container: after "*" members: "* ]]
	[[ "$output" != *"deleted"* ]]
	[[ "$output" == *"not known: whether "*" are gone"* ]]
	: >"$BATS_TEST_TMPDIR/none.tar"
	diff_of --image image.tar --rootfs "$BATS_TEST_TMPDIR/none.tar"
	[ "$status" -eq 3 ]
}

@test "names that climb are said, and written nowhere" {
	python3 - "$BATS_TEST_TMPDIR/slip.tar" <<-'END'
		import io, sys, tarfile
		t = tarfile.open(sys.argv[1], 'w')
		for name in ('../../slipped', '/abs', 'ok', 'a/../../slipped'):
		    i = tarfile.TarInfo(name)
		    i.size = 1
		    t.addfile(i, io.BytesIO(b'x'))
		l = tarfile.TarInfo('hard')
		l.type, l.linkname = tarfile.LNKTYPE, '../../etc/passwd'
		t.addfile(l)
		t.close()
	END
	mkdir -p "$BATS_TEST_TMPDIR/a/b"
	cd "$BATS_TEST_TMPDIR/a/b"
	diff_of --image "$BATS_FILE_TMPDIR/image.tar" --rootfs ../../slip.tar --only added
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"'../../slipped': a name with '..'"* ]]
	[[ "$stderr" == *"'../../etc/passwd': a hard link to what is not below the root"* ]]
	[[ "$output" == *"added     /abs"* && "$output" == *"added     /ok"* ]]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name slipped)" ]
}

@test "a bomb ends at its limit" {
	head -c 40000000 /dev/zero | zstd -q -19 >"$BATS_TEST_TMPDIR/inner"
	for _ in $(seq 100); do cat "$BATS_TEST_TMPDIR/inner"; done >"$BATS_TEST_TMPDIR/bomb.zst"
	diff_of --image image.tar --rootfs "$BATS_TEST_TMPDIR/bomb.zst" --stat
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"container: after 0 members: "* ]]
}

@test "a hostile directory: nothing in it is opened but files, and no mount is entered" {
	mkdir -p "$BATS_TEST_TMPDIR/d/deep/deep/deep"
	cd "$BATS_TEST_TMPDIR"
	mkfifo d/fifo
	ln -s /etc/passwd d/link
	ln -s . d/circle
	perl -e 'chdir "d"; for (1 .. 1200) { mkdir "x"; chdir "x" }'
	diff_of --image "$BATS_FILE_TMPDIR/image.tar" --rootfs d --only added
	[ "$status" -eq 0 ]
	[[ "$output" == *"added     /circle  symlink "*", -> ."* ]]
	[[ "$output" == *"added     /fifo  fifo "* ]]
	[[ "$output" == *"added     /link  symlink "*"-> /etc/passwd"* ]]
	[ "$(grep -c '^added     /x/' <<<"$output")" -eq 1199 ]
}

@test "a directory of many entries, and of many directories" {
	mkdir "$BATS_TEST_TMPDIR/many"
	(cd "$BATS_TEST_TMPDIR/many" && seq 20000 | xargs touch && seq -f d%g 5000 | xargs mkdir)
	diff_of --image image.tar --rootfs "$BATS_TEST_TMPDIR/many" --stat
	[ "$status" -eq 0 ]
	[[ "$output" == *"25000 added"* ]]
}

@test "a bundle: the image's index and the changes upon it, and what lies in a tmpfs" {
	export DATA=$BATS_TEST_TMPDIR/data
	mkdir -p "$DATA/image" "$DATA/filesystem"
	cat >"$DATA/image/files.jsonl" <<-'END'
		{"layers":[{"dir":"/x","state":"as stored"}]}
		{"path":".","type":"dir","mode":"0755","uid":0,"gid":0}
		{"path":"etc","type":"dir","mode":"0755","uid":0,"gid":0}
		{"path":"etc/a","type":"file","mode":"0644","uid":0,"gid":0,"size":"0","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
		{"path":"opt","type":"dir","mode":"0755","uid":0,"gid":0}
		{"path":"opt/b","type":"file","mode":"0644","uid":0,"gid":0,"size":"0"}
	END
	cat >"$DATA/filesystem/changes.jsonl" <<-'END'
		{"path":"etc","change":"M","type":"dir","mode":"0755","uid":0,"gid":0,"differs":[]}
		{"path":"etc/a","change":"M","type":"file","mode":"4644","uid":0,"gid":0,"size":"0","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","differs":["mode"]}
		{"path":"opt","change":"D","type":"dir","mode":"0755","uid":0,"gid":0}
		{"path":"opt/b","change":"D","type":"file","mode":"0644","uid":0,"gid":0,"size":"0"}
	END
	cat >"$DATA/filesystem/tmpfs-1.jsonl" <<-'END'
		{"mount":"/dev/shm"}
		{"path":".","type":"dir","mode":"1777","uid":0,"gid":0}
		{"path":".x","type":"file","mode":"0700","uid":0,"gid":0,"size":"4"}
	END
	bundle=$(bundle_of)
	diff_of "$BATS_TEST_TMPDIR/$bundle"
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "added     /dev/shm/.x  file 0700 0:0, 4 B, in a tmpfs" ]]
	[[ "${lines[1]}" == "metadata  /etc/a  mode 0644 -> 4644" ]]
	[[ "${lines[2]}" == "deleted   /opt  dir 0755 0:0, 2 paths" ]]
	[[ "$output" == *"image: image/files.jsonl, as stored"*"container: filesystem/changes.jsonl"* ]]
	diff_of --json "$BATS_TEST_TMPDIR/$bundle"
	[ "$(tail -n 1 <<<"$output" | jq -r '.verdict, .counts.tmpfs, .counts.touched' | tr '\n' ' ')" = "unattributed 1 1 " ]
	# The same without the image: the rows say it.
	rm -r "$DATA/image"
	bundle=$(bundle_of)
	diff_of "$BATS_TEST_TMPDIR/$bundle"
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "metadata  /etc/a  file 4644 0:0, 0 B, mode" ]]
	[[ "${lines[2]}" == "deleted   /opt  dir 0755 0:0, 2 paths" ]]
	[[ "$output" == *"image: not in the bundle"* ]]
}

@test "a bundle that was tampered with is refused, and one without files says so" {
	export DATA=$BATS_TEST_TMPDIR/data
	mkdir -p "$DATA/filesystem"
	echo '{"path":"a","change":"A","type":"file"}' >"$DATA/filesystem/changes.jsonl"
	bundle=$BATS_TEST_TMPDIR/$(bundle_of)
	echo '{"path":"b","change":"A","type":"fifo"}' >>"$bundle/data/filesystem/changes.jsonl"
	diff_of --json "$bundle"
	[ "$status" -eq 4 ]
	[ "$(jq -r .status <<<"$output")" = tampered ]
	diff_of --even-if-tampered "$bundle"
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "added     /b  fifo" ]]
	rm -r "$DATA/filesystem"
	diff_of "$BATS_TEST_TMPDIR/$(bundle_of)"
	[ "$status" -eq 8 ]
	[[ "$stderr" == *"no files to compare"* ]]
}

@test "what cannot be is refused with a word" {
	diff_of
	[ "$status" -eq 2 ]
	diff_of --image image.tar
	[ "$status" -eq 2 ]
	diff_of --image image.tar --rootfs container.tar some
	[ "$status" -eq 2 ]
	diff_of --image image.tar --rootfs none.tar
	[ "$status" -eq 8 ]
	diff_of --image none.tar --rootfs container.tar
	[ "$status" -eq 8 ]
	diff_of "$BATS_TEST_TMPDIR"
	[ "$status" -eq 6 ]
}

@test "a container is collected for it, and nothing of that stays: also where there is none, or it fails" {
	load ../fake/fake
	mkdir "$BATS_TEST_TMPDIR/tmp"
	fake_start docker docker '{"containers":[{"name":"web","files":{"/etc/new":"x\n"}}]}'
	export TMPDIR=$BATS_TEST_TMPDIR/tmp DOCKER_HOST=unix://$docker_sock
	diff_of -q docker:web
	[[ $output == *"/etc/new"* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
	diff_of docker:nowhere
	[ "$status" -eq 8 ]
	[ -z "$(ls -A "$TMPDIR")" ]
	fake_stop
	diff_of docker:web
	[ "$status" -ne 0 ]
	[ -z "$(ls -A "$TMPDIR")" ]
	TMPDIR=$BATS_TEST_TMPDIR/nowhere diff_of web
	[ "$status" -eq 1 ]
	[[ $stderr == *nowhere* ]]
}
