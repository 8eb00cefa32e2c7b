#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# shellcheck disable=SC2016 # words for inner shells
#
# The file-system evidence, on real engines: what is taken equals what is there, and taking it moves nothing.

LAB_VIEW=inside # also by hand
load helper

setup() {
	name=fs$BATS_TEST_NUMBER
	where=/var/tmp/$name
	check=/src/tests/system/filesystem.py
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; resp podman rm -f -t 0 $name
		docker volume rm $name; podman volume rm $name; rm -rf $where" >/dev/null 2>&1 || :
}

# engine ENGINE ARG...: its own command line.
engine() {
	local which=$1
	shift
	if [ "$which" = podman-rootless ]; then
		inside resp podman "$@"
	else
		inside "$which" "$@"
	fi
}

collect() { # collect ENGINE OPTION...: sets $data
	local which=$1
	shift
	impound collect -q --engine "$(engine_of "$which")" --profile triage --yes -o "$where" "$@" "$name"
	data=$(inside sh -c "echo $where/$name-*/data")
}

# The host's folders behind a container, one a line: upper, then lower.
layers() {
	engine "$1" inspect -f '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' "$name" | tr : '\n'
}

atimes() {
	local dirs
	mapfile -t dirs < <(layers "$1")
	inside "$check" times "${dirs[@]}"
}

# The container has the hostile tree in /h, has lost a file and a directory, and has a directory anew.
make_hostile() {
	engine "$1" run -d --name "$name" -v "$name":/data lab/debian sleep 1000000
	engine "$1" exec "$name" sh -c 'mkdir /h; rm /etc/issue; rm -r /usr/share/doc; rm -r /etc/cron.d; mkdir /etc/cron.d
		echo new >/etc/cron.d/new; echo x >>/etc/passwd; chmod 4755 /usr/bin/env; echo volume >/data/v'
	engine "$1" exec -i "$name" sh -c 'cat >/check.py' <"$checkout/tests/system/filesystem.py"
	engine "$1" exec "$name" python3 /check.py hostile /h
	engine "$1" exec -d "$name" sh -c 'echo x >/h/fifo; touch /woken'
	engine "$1" exec "$name" sh -c 'printf "in memory\\000only" >/dev/shm/.x'
	wait_for 20 inside pgrep -f 'echo x >/h/fifo' >/dev/null
}

diff_of() {
	engine "$1" diff "$name" | LC_ALL=C sort
}

# What an engine's export and diff say, in files inside.
engines_word() {
	engine "$1" export "$name" | inside sh -c "cat >$where/export.tar"
	# A line is a path: not compared are those with a line feed in them, or that are not UTF-8, which Docker loses.
	engine "$1" diff "$name" | grep -a '^[ACD] /' | grep -av -e 'nl$' -e $'\xef\xbf\xbd' | tr '\n' '\0' | inside sh -c "cat >$where/diff"
}

takes_what_is_there() {
	make_hostile "$1"
	diff_of "$1" >"$BATS_TEST_TMPDIR/diff"
	atimes "$1" >"$BATS_TEST_TMPDIR/atimes"
	# The engine's own diff lists directories, which moves their access times: not in this one.
	collect "$1" --with files,rootfs,tmpfs,index,volumes --without changes,stats
	atimes "$1" | diff "$BATS_TEST_TMPDIR/atimes" -
	diff_of "$1" | diff "$BATS_TEST_TMPDIR/diff" -
	run ! engine "$1" exec "$name" test -e /woken
	inside sh -c "tar xOf \$(grep -l '\"mount\":\"/dev/shm\"' $data/filesystem/tmpfs-*.jsonl | sed s/jsonl/tar/) .x |
		od -An -c" >"$BATS_TEST_TMPDIR/shm"
	printf 'in memory\000only' | od -An -c | diff - "$BATS_TEST_TMPDIR/shm"
	engines_word "$1"
	inside "$check" same_as_export "$where/export.tar" "$data/filesystem/rootfs.tar" "$data/filesystem/rootfs.jsonl"
	inside "$check" diff_is_part "$data/filesystem/changes.jsonl" "$where/diff"
	[ "$(inside sh -c "tar xOf $data/volumes/1.tar v")" = volume ]
	inside sh -c "/src${IMPOUND#"$checkout"} verify -q $where/$name-*" || [ $? = 5 ]
	check_changes
}

row() { # row FILE PATH FILTER
	inside jq -c --arg p "$2" "select(.path == \$p) | $3" "$data/filesystem/$1"
}

check_changes() {
	[ "$(row changes.jsonl etc/issue '.change')" = '"D"' ]
	[ "$(row changes.jsonl usr/share/doc '[.change, .type]')" = '["D","dir"]' ]
	[ "$(inside jq -r 'select(.change == "D" and (.path // "" | startswith("usr/share/doc/"))) | .path' \
		"$data/filesystem/changes.jsonl" | wc -l)" -gt 100 ]
	[ "$(row changes.jsonl etc/cron.d '[.change, .opaque]')" = '["M",true]' ]
	[ "$(row changes.jsonl etc/cron.d/new '.change')" = '"A"' ]
	[ "$(inside jq -c 'select(.change == "D" and (.path // "" | startswith("etc/cron.d/"))) | .path' \
		"$data/filesystem/changes.jsonl" | wc -l)" -ge 1 ]
	[ "$(row changes.jsonl etc/passwd '[.change, (.differs | index("content") != null)]')" = '["M",true]' ]
	[ "$(row changes.jsonl usr/bin/env '[.mode, .differs]')" = '["4755",["mode"]]' ]
	[ "$(row changes.jsonl usr '[.change, .differs]')" = '["M",[]]' ]
	[ "$(row changes.jsonl h/climb '[.type, .link]')" = '["symlink","../../../../../../etc/shadow"]' ]
	[ "$(row changes.jsonl h/linked '[.type, .link]')" = '["hardlink","h/also"]' ]
	[ "$(row changes.jsonl h/fifo '.type')" = '"fifo"' ]
	[ "$(inside jq -r 'select(.path_b64) | .path_b64' "$data/filesystem/changes.jsonl" | base64 -d | od -An -tx1)" = \
		" 68 2f ff fe" ]
}

@test "docker, running: equal to the export, no access time moved, no writer woken" {
	takes_what_is_there docker
}

@test "podman, running: equal to the export, no access time moved, no writer woken" {
	takes_what_is_there podman
}

@test "podman-rootless, running: equal to the export, no access time moved, no writer woken" {
	takes_what_is_there podman-rootless
	# Owners are the container's, with the host's beside them.
	[ "$(row rootfs.jsonl etc/passwd '[.uid, .host_uid]')" = '[0,1000]' ]
}

moves_no_time() {
	engine "$1" run -d --name "$name" -v "$name":/data lab/debian sh -c 'echo v >/data/v; echo s >/dev/shm/s
		echo n >/new; find /data /dev/shm /new -exec touch -a -d @1000000000 {} +; exec sleep 1000000'
	wait_for 20 engine "$1" exec "$name" test -s /new
	wait_for 20 inside pgrep -x sleep >/dev/null
	local pid dirs
	pid=$(engine "$1" inspect -f '{{.State.Pid}}' "$name")
	mapfile -t dirs < <(layers "$1")
	dirs+=("$(engine "$1" volume inspect -f '{{.Mountpoint}}' "$name")" "/proc/$pid/root/dev/shm")
	inside "$check" times "${dirs[@]}" >"$BATS_TEST_TMPDIR/before"
	[ "$(grep -c '^1000000000000000000 ' "$BATS_TEST_TMPDIR/before")" -ge 5 ]
	impound collect -q --engine "$(engine_of "$1")" --profile full --without checkpoint -o "$where" "$name"
	inside "$check" times "${dirs[@]}" | diff "$BATS_TEST_TMPDIR/before" -
	[ "$(inside sh -c "cat $where/$name-*/custody.jsonl" | jq -s 'any(.[]; (.effects // []) | length > 0)')" = false ]
}

@test "docker: everything but a checkpoint is taken, and no access time of layers, volumes or memory moves" {
	moves_no_time docker
}

@test "podman: everything but a checkpoint is taken, and no access time of layers, volumes or memory moves" {
	moves_no_time podman
}

stopped() {
	make_hostile "$1"
	engine "$1" stop -t 0 "$name"
	atimes "$1" >"$BATS_TEST_TMPDIR/atimes"
	collect "$1" --with files,rootfs,index --without changes,stats
	atimes "$1" | diff "$BATS_TEST_TMPDIR/atimes" -
	engines_word "$1"
	inside "$check" same_as_export "$where/export.tar" "$data/filesystem/rootfs.tar" "$data/filesystem/rootfs.jsonl"
	inside "$check" diff_is_part "$data/filesystem/changes.jsonl" "$where/diff"
	check_changes
}

@test "docker, stopped: the layers are read as one" {
	stopped docker
}

@test "podman, stopped: the layers are read as one" {
	stopped podman
}

@test "podman-rootless, stopped: the layers are read as one" {
	stopped podman-rootless
}

@test "a container that never ran" {
	inside docker create --name "$name" lab/busybox true
	collect docker --with files,rootfs,index
	inside sh -c "test -s $data/filesystem/rootfs.tar && test -s $data/image/files.jsonl"
}

@test "the image's index is what the image gave, whatever the container did" {
	make_hostile docker
	collect docker --with index
	[ "$(inside jq -c 'select(.path == "etc/issue") | [.type, has("sha256")]' "$data/image/files.jsonl")" = '["file",true]' ]
	[ -z "$(inside jq -c 'select(.path == "h")' "$data/image/files.jsonl")" ]
	[ "$(inside jq -c 'select(.layers) | .layers[0].state' "$data/image/files.jsonl")" = '"as stored"' ]
}

# The engines' own diff and export fail there, so what they said is recorded as not had: 3.
@test "a path longer than PATH_MAX does not hide a file" {
	engine docker run -d --name "$name" lab/debian sleep 1000000
	engine docker exec -i "$name" sh -c 'cat >/check.py' <"$checkout/tests/system/filesystem.py"
	engine docker exec "$name" python3 /check.py deep /
	collect docker --with files,rootfs --without changes,stats
	inside "$check" has_bottom "$data/filesystem/changes.jsonl" ""
	inside "$check" has_bottom "$data/filesystem/rootfs.jsonl" ""
	[ "$(inside sh -c "tar xOf $data/filesystem/changes.tar --wildcards '*/bottom'")" = found ]
}

@test "a sparse file of 10 GB takes its data's room, and its hash is that of all of it" {
	engine docker run -d --name "$name" lab/busybox sleep 1000000
	engine docker exec "$name" sh -c 'truncate -s 10G /sparse; printf end | dd of=/sparse bs=1 seek=10737418237 conv=notrunc'
	want=$(engine docker exec "$name" sha256sum /sparse | cut -d' ' -f1)
	collect docker --with files
	[ "$(row changes.jsonl sparse '.sha256')" = "\"$want\"" ]
	[ "$(inside stat -c %s "$data/filesystem/changes.tar")" -lt 1000000 ]
}

@test "a million small files, in bounded memory" {
	engine docker run -d --name "$name" --tmpfs /t:size=4g,nr_inodes=2m lab/debian sleep 1000000
	engine docker exec "$name" python3 -c '
import os
for d in range(2):
    os.mkdir(f"/t/{d}")
    for i in range(500000 if d else 1000000 - 500000):
        os.close(os.open(f"/t/{d}/file-{i}", os.O_CREAT | os.O_WRONLY))'
	inside sh -c "command time -f %M -o $where/peak /src${IMPOUND#"$checkout"} collect -q --engine docker \
		--profile triage --with tmpfs --yes -o $where $name"
	data=$(inside sh -c "echo $where/$name-*/data")
	[ "$(inside sh -c "cat $data/filesystem/tmpfs-*.jsonl | grep -c /file-")" = 1000000 ]
	[ "$(inside cat "$where/peak")" -le 49152 ]
}

@test "a volume that the container hid under a file system of its own holds nobody up" {
	inside docker run -d --name "$name" --privileged -v "$name":/data lab/debian python3 -c '
import ctypes, os, time
dev = os.open("/dev/fuse", os.O_RDWR)
if ctypes.CDLL(None).mount(b"x", b"/data", b"fuse", 0, b"fd=%d,rootmode=40000,user_id=0,group_id=0" % dev): raise SystemExit(1)
open("/ready", "w"); time.sleep(1000)'
	wait_for 20 inside test -e "/proc/$(inside docker inspect -f '{{.State.Pid}}' "$name")/root/ready"
	run timeout 60 "${impound[@]}" collect -q --engine "$(engine_of docker)" --profile triage --with volumes,rootfs -o "$where" "$name"
	[ "$status" -eq 3 ]
	[ "$(inside sh -c "jq -r 'select(.kind == \"volumes\") | .error' $where/$name-*/custody.jsonl")" = \
		'not read: it lies on a file system that the container may serve itself' ]
	[ "$(inside sh -c "jq -r 'select(.kind == \"rootfs\") | .outcome' $where/$name-*/custody.jsonl" | sort -u)" = whole ]
}

never_led_out() {
	inside sh -c "mkdir -p /root/$name && echo outside >/root/$name/secret"
	inside "$1" run -d --name "$name" lab/debian python3 -c '
import ctypes, os, sys
exchange = ctypes.CDLL(None).renameat2
os.makedirs("/h/swap/" + sys.argv[1]); open("/h/swap/" + sys.argv[1] + "/secret", "w").write("inside\n")
os.symlink("../" * 40 + "root", "/h/link")
if os.fork() == 0:
    while True:
        if os.fork() == 0: os._exit(0)
        os.wait()
open("/ready", "w")
while True: exchange(-100, b"/h/swap", -100, b"/h/link", 2)' "$name"
	wait_for 20 inside test -e "/proc/$(inside "$1" inspect -f '{{.State.Pid}}' "$name")/root/ready"
	for _ in 1 2 3; do
		run timeout 100 "${impound[@]}" collect -q --engine "$(engine_of "$1")" --with rootfs,files -o "$where" "$name"
		[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
	done
	inside sh -c "for t in $where/$name-*/data/filesystem/rootfs.tar $where/$name-*/data/filesystem/changes.tar; do
		tar -xOf \$t --wildcards '*/secret' 2>/dev/null; done" >"$BATS_TEST_TMPDIR/secrets"
	run ! grep -q outside "$BATS_TEST_TMPDIR/secrets"
	grep -q inside "$BATS_TEST_TMPDIR/secrets"
	inside rm -r "/root/$name"
}

@test "a directory exchanged for a link out, over and over, beside forks without end: Docker" { never_led_out docker; }
@test "a directory exchanged for a link out, over and over, beside forks without end: Podman" { never_led_out podman; }
