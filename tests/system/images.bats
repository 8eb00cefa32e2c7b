#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images as both engines save them, in every form: each layer's digests are right, and all forms of one image
# are the same image. Read on the engines' own host only; a file is a file from anywhere.
# views: inside

load helper

bin=/src${IMPOUND#"$checkout"}
work=/var/tmp/images
forms='docker.tar docker.tar.gz docker.tar.zst podman.tar oci.tar oci.tar.gz oci-dir oci-zstd.tar oci-chunked.tar push.tar'

# One image with two layers, of which the second deletes, replaces and adds; in every form.
setup_file() {
	inside sh -eu -s "$work" <<'END'
		rm -rf "$1"
		mkdir "$1"
		cd "$1"
		docker run --name images lab/busybox sh -c 'echo new >/etc/new; rm -rf /opt; mkdir /opt; echo x >/opt/y
			rm /etc/passwd; ln -s new /etc/passwd; ln /etc/new /etc/same; mkfifo /fifo; chmod 4755 /bin/busybox'
		docker commit -c 'ENV A=b' -c 'EXPOSE 80/tcp' images images:1 >/dev/null
		docker rm images >/dev/null
		docker save -o docker.tar images:1
		docker save images:1 | gzip >docker.tar.gz
		docker save images:1 | zstd -q >docker.tar.zst
		docker save images:1 | podman load -q
		podman save -q -o podman.tar images:1
		podman save -q --format oci-archive -o oci.tar images:1
		gzip <oci.tar >oci.tar.gz
		podman save -q --format oci-dir -o oci-dir images:1
		podman push -q --compression-format zstd images:1 oci-archive:oci-zstd.tar:zstd
		podman push -q --compression-format zstd:chunked images:1 oci-archive:oci-chunked.tar:chunked
		podman push -q images:1 docker-archive:push.tar:images:1
		docker create --name images images:1 true >/dev/null
		docker export -o rootfs.tar images
		docker rm images >/dev/null
		docker image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' images:1 | sed '/^$/d' >layers
		docker image inspect -f '{{.Id}}' images:1 >id
END
}

teardown_file() {
	inside sh -c "docker rmi -f images:1 images:alias; podman manifest rm images:many; podman rmi -f images:1; rm -rf $work" \
		>/dev/null 2>&1 || :
}

# diff IMAGE [OPTION...]: against the export of a container that did nothing; the result object last.
diff() { inside env XDG_CACHE_HOME="$work/cache" sh -c "cd $work && exec $bin diff --json --rootfs rootfs.tar --image \"\$@\"" diff "$@"; }

result() { tail -n 1 <<<"$output" | jq -c "$1"; }

@test "every form verifies, has the engine's own layers, and holds what a container of it exports" {
	local form layers id
	layers=$(inside cat $work/layers | jq -Rcs 'split("\n")[:-1]')
	id=$(inside cat $work/id)
	for form in $forms; do
		echo "form: $form"
		run --separate-stderr diff "$form" --no-cache
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ "$(result '.image | [.verified, (.findings | length), .config]')" = "[true,0,\"$id\"]" ]
		[ "$(result '[.image.layers[].diff_id]')" = "$layers" ]
		[ "$(result '[.image.layers[].state] | unique')" = '["verified"]' ]
		[ "${#lines[@]}" -eq 1 ] # nothing differs
		[ "$(result '.counts | [.added, .deleted, .type, .content, .metadata]')" = '[0,0,0,0,0]' ]
	done
}

@test "the second image with the same layers is not read again, whatever form it has" {
	run --separate-stderr diff docker.tar
	[ "$(result '[.image.layers[].state] | unique')" = '["verified"]' ]
	run --separate-stderr diff oci.tar.gz
	[ "$status" -eq 0 ]
	[ "$(result '[.image.layers[].state] | unique')" = '["cached"]' ]
	[ "${#lines[@]}" -eq 1 ]
	# A broken entry is made anew, and a cache that others may write to is none.
	inside sh -c "for f in $work/cache/impound/layers/*; do printf x | dd of=\$f bs=1 seek=100 conv=notrunc status=none; done"
	run --separate-stderr diff podman.tar
	[ "$status" -eq 0 ]
	[ "$(result '[.image.layers[].state] | unique')" = '["verified"]' ]
	run --separate-stderr diff podman.tar
	[ "$(result '[.image.layers[].state] | unique')" = '["cached"]' ]
	inside chmod 777 $work/cache/impound/layers
	run --separate-stderr diff podman.tar
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(result '[.image.layers[].state] | unique')" = '["verified"]' ]
	inside rm -rf $work/cache
}

@test "two runs at once on an empty cache both succeed" {
	inside rm -rf $work/cache
	diff docker.tar >"$BATS_TEST_TMPDIR/one" &
	run --separate-stderr diff oci.tar
	wait $!
	[ "$status" -eq 0 ]
	run --separate-stderr diff oci-dir
	[ "$(result '[.image.layers[].state] | unique')" = '["cached"]' ]
}

@test "several images: an error that lists them, and --ref by name, digest and its beginning" {
	local id
	id=$(inside cat $work/id)
	inside sh -c "cd $work && docker tag images:1 images:alias && docker save -o two.tar images:1 images:alias lab/busybox"
	run --separate-stderr diff two.tar
	[ "$status" -eq 2 ]
	[[ $stderr == *'several images, choose one with --ref: '*'images:1, '*'lab/busybox:latest'* ]]
	for ref in images:1 images:alias "$id" "${id:7:12}"; do
		run --separate-stderr diff two.tar --ref "$ref"
		[ "$status" -eq 0 ]
		[ "$(result .image.config)" = "\"$id\"" ]
	done
	run --separate-stderr diff two.tar --ref nothing
	[ "$status" -eq 8 ]
	run --separate-stderr diff two.tar --ref lab/busybox
	[ "$(result '.image.ref')" = '"docker.io/lab/busybox:latest"' ]
	[ "$(result '.image.layers | length')" = 1 ]
}

@test "one name for several platforms: this machine's, and says so; another by --ref" {
	local arch other
	arch=$(inside podman version -f '{{.Server.OsArch}}')
	other=linux/s390x
	inside sh -eu -c "cd $work
		podman manifest create images:many >/dev/null
		podman manifest add images:many containers-storage:localhost/lab/busybox:latest --arch s390x --os linux >/dev/null
		podman manifest add images:many containers-storage:docker.io/library/images:1 >/dev/null
		podman manifest push -q --all images:many oci-archive:many.tar:many"
	run --separate-stderr diff many.tar
	[ "$status" -eq 0 ]
	[ "$(result '.image | [.platform, (.layers | length)]')" = "[\"$arch\",2]" ]
	run --separate-stderr diff many.tar --ref $other
	[ "$(result '.image | [.platform, (.layers | length), .verified]')" = '[null,1,true]' ]
}

@test "a layer that was changed is said, named, and no other is doubted" {
	inside sh -eu -c "cd $work
		cp docker.tar changed.tar
		at=\$(grep -abo 'root:x:0:0' changed.tar | head -n 1 | cut -d: -f1)
		printf evil | dd of=changed.tar bs=1 seek=\$at conv=notrunc status=none"
	run --separate-stderr diff changed.tar --no-cache
	[ "$status" -eq 3 ]
	[ "$(result '[.image.layers[].state]')" = '["mismatch","verified"]' ]
	[ "$(result '[.image.findings[].id]')" = '["image.layer-digest","image.layer-diffid"]' ]
	[ "$(result .image.verified)" = false ]
	# It is not kept as what it claims to be.
	inside rm -rf $work/cache
	run --separate-stderr diff changed.tar
	run --separate-stderr diff docker.tar
	[ "$(result '[.image.layers[].state]')" = '["verified","cached"]' ]
}

@test "an archive that breaks off is read as far as it goes, or refused with a word" {
	local form size
	for form in docker.tar docker.tar.gz oci.tar; do
		size=$(inside stat -c %s $work/$form)
		for part in 1 2 3 4 5 6 7 8 9; do
			inside sh -c "head -c $((size * part / 10)) $work/$form >$work/cut"
			run --separate-stderr diff cut --no-cache
			[ "$status" -ne 0 ]
			[ "$status" -lt 128 ]
			[ -n "$stderr" ]
		done
	done
}

@test "a large image: Docker's plain layers and Podman's gzip are one, and cost little memory" {
	inside sh -eu -c "cd $work
		docker save -o large.tar lab/debian
		podman save -q --format oci-archive -o large-oci.tar lab/debian
		docker create --name images lab/debian true >/dev/null
		docker export -o large-rootfs.tar images
		docker rm images >/dev/null"
	for form in large.tar large-oci.tar; do
		run --separate-stderr inside python3 -c 'import os, resource, subprocess, sys
os.chdir(sys.argv[1])
ended = subprocess.run(sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)' $work "$bin" diff --no-cache --json --image "$form" --rootfs large-rootfs.tar
		[ "$status" -eq 0 ]
		echo "$form: $stderr KiB"
		[ "$stderr" -lt $((48 * 1024)) ]
		[ "$(result .image.verified)" = true ]
		[ "$(result '.counts | [.added, .deleted, .type, .content, .metadata]')" = '[0,0,0,0,0]' ]
	done
	inside sh -c "rm $work/large*"
}
