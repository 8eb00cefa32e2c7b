#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# shellcheck disable=SC2016 # words for inner shells
#
# The host's view of a container's processes, on real engines: rows, sockets, recovered files, mounts;
# and that looking changes nothing.

export LAB_VIEW=inside # also by hand
load helper

setup() {
	name=proc$BATS_TEST_NUMBER
	where=/var/tmp/$name
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; kill \$(cat $where/pids); rm -rf $where" \
		>/dev/null 2>&1 || :
}

# collect ENGINE: sets $dir to the process folder of the bundle, which is inside.
collect() {
	impound collect -q --engine "$1" --with processes,sockets,recovered,mounts --yes \
		--profile triage -o "$where" "$name"
	dir=$(inside sh -c "echo $where/$name-*/data/process")
}

rows() { # rows FILE JQ...
	local file=$1
	shift
	inside jq -c "$@" "$dir/$file"
}

# python ENGINE OPTIONS -- SCRIPT: the container runs it and is up once the script has made /ready.
python() {
	local engine=$1 options=() deadline=$((SECONDS + 30))
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	inside "$engine" run -d --name "$name" "${options[@]}" lab/debian python3 -c "$2"
	init=$(inside "$engine" inspect -f '{{.State.Pid}}' "$name")
	until inside test -e "/proc/$init/root/ready"; do
		((SECONDS < deadline)) || { inside "$engine" logs "$name"; return 1; }
	done
}

planted_comes_back() {
	inside "$1" run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	inside /src/tests/lab/plant "$1" "$name" >"$BATS_TEST_TMPDIR/planted"
	collect "$1"
	while IFS=$'\t' read -r kind path pid outer fd sum content; do
		case $kind in
		deleted-exe | memfd-exe) member=$outer/exe ;;
		deleted-file) member=$outer/fd/$fd ;;
		shell)
			[ "$(rows sockets.jsonl --argjson p "$outer" \
				'select(.state == "established" and any(.owners[]; .pid == $p)) | [.owners[].fd]')" = '[0,1,2]' ]
			[ "$(rows processes.jsonl --argjson p "$outer" 'select(.pid == $p) | .exe.sha256')" = "\"$sum\"" ]
			continue
			;;
		*) continue ;;
		esac
		inside sh -c "tar xOf $dir/recovered.tar $member | cmp - $content"
		[ "$(inside sh -c "tar xOf $dir/recovered.tar index.jsonl" |
			jq -r --arg m "$member" 'select(.member == $m) | .sha256, .link')" = "$sum
$path (deleted)" ]
		if [ "$kind" != deleted-file ]; then
			[ "$(rows processes.jsonl --argjson p "$outer" \
				'select(.pid == $p) | [.exe.sha256, .exe.deleted, .exe.memfd, .exe.recovered, .ns_pid]')" = \
				"[\"$sum\",true,$([ "$kind" = memfd-exe ] && echo true || echo false),\"$member\",$pid]" ]
		fi
		found=$((${found:-0} + 1))
	done <"$BATS_TEST_TMPDIR/planted"
	[ "$found" = 3 ]
}

@test "deleted, memory and deleted open files come back byte for byte, a shell is joined to its socket: Docker" {
	planted_comes_back docker
}

@test "deleted, memory and deleted open files come back byte for byte, a shell is joined to its socket: Podman" {
	planted_comes_back podman
}

@test "every process is found, by cgroup and pid namespace, and nothing else" {
	inside podman run -d --name "$name" lab/busybox sh -c 'sleep 1000 & sleep 1000 & exec sleep 1000'
	collect podman
	[ "$(rows processes.jsonl -r '[.ns_pid, .comm, .by[]] | join(" ")')" = "1 sleep engine cgroup pidns
2 sleep cgroup pidns
3 sleep cgroup pidns" ]
	[ "$(rows mounts.jsonl -r 'select(.mount_point == "/") | .type')" = overlay ]
	[ "$(inside sh -c "tar tf $dir/proc.tar" | grep -c '^[0-9]*/status$')" = 3 ]
	[ "$(inside sh -c "tar tf $dir/proc.tar" | grep -c '^[0-9]*/net/tcp$')" = 1 ]
	[ "$(inside sh -c "tar tf $dir/proc.tar" | grep -c '^[0-9]*/mountinfo$')" = 1 ]
}

@test "names that lie: comm, command line, socket and memory file" {
	python docker -- '
import ctypes, os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind("/run/a\nb"); s.listen()
m = os.memfd_create("x\n\x1b[2J"); os.write(m, b"memory")
if os.fork() == 0: os.execv("/bin/sleep", [b"not\xffutf8", "1000"])
ctypes.CDLL(None).prctl(15, b"a) R 1\n2 (b", 0, 0, 0)
open("/ready", "w"); time.sleep(1000)'
	collect docker
	[ "$(rows processes.jsonl 'select(.ns_pid == 1) | .comm')" = '"a) R 1\n2 (b"' ]
	[ "$(rows processes.jsonl 'select(.ns_pid != 1) | .cmdline')" = '[{"text_b64":"bm90/3V0Zjg="},"1000"]' ]
	[ "$(rows sockets.jsonl 'select(.protocol == "unix") | [.name, .state, (.owners | length)]')" = '["/run/a\nb","listen",1]' ]
	[ "$(inside sh -c "tar xOf $dir/recovered.tar index.jsonl" | jq -c 'select(.size == "6") | .link')" = '"/memfd:x\n\u001b[2J (deleted)"' ]
}

@test "an environment of 4 MB is kept whole, and its escapes are shown to nobody" {
	python docker --ulimit stack=67108864:67108864 -- '
import os
if os.fork() == 0:
    os.execve("/bin/sleep", ["sleep", "1000"], {f"K{i}": "\x1b[2J\n" + "v" * 124990 for i in range(33)})
open("/ready", "w"); os.wait()'
	wait_for 30 inside pgrep -P "$init" -x sleep >/dev/null
	collect docker
	pid=$(rows processes.jsonl 'select(.comm == "sleep") | .pid')
	[ "$(inside sh -c "tar xOf $dir/proc.tar $pid/environ | wc -c")" -gt 4124670 ]
	[ "$(rows processes.jsonl 'select(.comm == "sleep") | [(.environ | length), .cut]')" = '[33,null]' ]
}

@test "a file that is only mapped, a hole of 10 GiB, and two names of one file" {
	python podman -- '
import mmap, os, time
f = open("/tmp/m", "wb+"); f.write(b"M" * 8192); f.flush()
keep = mmap.mmap(f.fileno(), 8192, trackfd=False); f.close(); os.unlink("/tmp/m")
h = os.memfd_create("hole"); os.ftruncate(h, 10 << 30); os.pwrite(h, b"end", (10 << 30) - 3)
os.dup2(h, 77)
open("/ready", "w"); time.sleep(1000)'
	collect podman
	inside sh -c "tar tf $dir/recovered.tar" >"$BATS_TEST_TMPDIR/members"
	map=$(grep '/map/' "$BATS_TEST_TMPDIR/members")
	[ "$(inside sh -c "tar xOf $dir/recovered.tar $map" | tr -d M | wc -c)" = 0 ]
	[ "$(inside sh -c "tar xOf $dir/recovered.tar $map" | wc -c)" = 8192 ]
	[ "$(rows processes.jsonl -r '.maps.files[].recovered // empty')" = "$map" ]
	inside tar -C "$where" -xf "$dir/recovered.tar"
	[ "$(inside sh -c "stat -c %s $where/*/fd/77")" = $((10 << 30)) ]
	[ "$(inside sh -c "tail -c 3 $where/*/fd/77")" = end ]
	[ "$(inside sh -c "stat -c %h $where/*/fd/77")" = 2 ]
	[ "$(inside sh -c "stat -c %s $dir/recovered.tar")" -lt 1000000 ]
}

@test "no access time moves" {
	inside docker run -d --name "$name" lab/busybox sleep 1000
	inside /src/tests/lab/plant docker "$name" >"$BATS_TEST_TMPDIR/planted"
	links=$(awk -F '\t' '$1 ~ /exe$/ { print "/proc/" $4 "/exe" }
		$1 == "deleted-file" { print "/proc/" $4 "/fd/" $5 }
		$1 == "shell" { print "/proc/" $4 "/exe" }' "$BATS_TEST_TMPDIR/planted")
	# Older than the last change: then any ordinary read would move them.
	# shellcheck disable=SC2086 # words
	inside touch -a -d @1000000000 $links
	# shellcheck disable=SC2086
	before=$(inside stat -L -c '%n %x' $links)
	collect docker
	# shellcheck disable=SC2086
	[ "$(inside stat -L -c '%n %x' $links)" = "$before" ]
	[ "$(grep -c 2001-09-09 <<<"$before")" = 4 ]
	# The proof that they would have.
	last=${links##*$'\n'}
	inside cat "${links%%$'\n'*}" "$last" >/dev/null
	# shellcheck disable=SC2086
	[ "$(inside stat -L -c '%n %x' $links)" != "$before" ]
}

@test "a FIFO's writer stays blocked, and so does one with nobody at the other end" {
	python podman -- '
import os, time
os.mkfifo("/lone"); os.mkfifo("/full")
if os.fork() == 0:
    os.open("/lone", os.O_WRONLY); open("/woken", "w"); os._exit(0)
r = os.open("/full", os.O_RDONLY | os.O_NONBLOCK)
if os.fork() == 0:
    os.close(r); w = os.open("/full", os.O_WRONLY); os.write(w, b"x" * 10000000); open("/woken", "w"); os._exit(0)
while len(os.listdir("/proc/3/fd")) < 4 and time.sleep(0.01) is None: pass
open("/ready", "w"); time.sleep(1000)'
	collect podman
	[ "$(rows processes.jsonl -r '.descriptors[] | select(.type == "fifo") | .link' | sort -u)" = /full ]
	inside test ! -e "/proc/$init/root/woken"
	[ "$(inside podman top "$name" pid | wc -l)" = 4 ]
}

@test "a program on a file system that the container serves, and does not any more, holds nobody up" {
	python docker --privileged -- '
import ctypes, os, struct, time
data = open("/bin/sleep", "rb").read()
os.mkdir("/fuse"); dev = os.open("/dev/fuse", os.O_RDWR)
if ctypes.CDLL(None).mount(b"x", b"/fuse", b"fuse", 0, b"fd=%d,rootmode=40000,user_id=0,group_id=0" % dev): raise SystemExit(1)
def attr(n):
    mode, size = (0o40755, 0) if n == 1 else (0o100755, len(data))
    return struct.pack("<6Q10I", n, size, 8, 1, 1, 1, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
def answer(op, node, body):
    if op == 26: return struct.pack("<4I2H2I2H8I", 7, 31, 65536, 0, 8, 6, 131072, 1, 32, 0, *[0] * 8)
    if op == 1: return struct.pack("<4Q2I", 2, 0, 0, 0, 0, 0) + attr(2)
    if op == 3: return struct.pack("<Q2I", 0, 0, 0) + attr(node)
    if op in (14, 27): return struct.pack("<Q2I", 1, 0, 0)
    if op == 15:
        at, size = struct.unpack_from("<QI", body, 8)
        return data[at:at + size]
def serve():
    while True:
        ask = os.read(dev, 1 << 20)
        _, op, unique, node = struct.unpack_from("<IIQQ", ask)
        while os.path.exists("/ready"): time.sleep(1000)
        if op in (2, 36, 42): continue
        out = answer(op, node, ask[40:])
        os.write(dev, struct.pack("<IiQ", 16 + len(out or b""), 0 if out is not None else -38, unique) + (out or b""))
if os.fork() == 0: serve()
os.close(dev)
child = os.fork()
if child == 0: os.execv("/fuse/x", ["x", "1000"])
while os.readlink("/proc/%d/exe" % child) != "/fuse/x" or b"hrtimer" not in open("/proc/%d/wchan" % child, "rb").read(): time.sleep(0.01)
open("/ready", "w"); time.sleep(1000)'
	collect docker || : # 3
	[ "$(rows processes.jsonl -r 'select(.exe.path == "/fuse/x") | .exe.error')" = \
		'not read: it lies on a file system that the container may serve itself' ]
	[ "$(rows processes.jsonl -r 'select(.exe.sha256) | .comm' | wc -l)" = 2 ]
	inside grep -q '"path":"data/process/processes.jsonl".*"outcome":"partial"' "$dir/../../custody.jsonl"
}

@test "on the host's own network only the container's sockets are listed" {
	inside sh -c "socat TCP-LISTEN:7171,fork EXEC:true & echo \$! >$where/pids"
	python docker --network host -- '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 7272)); s.listen()
open("/ready", "w"); time.sleep(1000)'
	collect docker
	[ "$(rows sockets.jsonl '[.host_network, .local.port, .state]')" = '[true,7272,"listen"]' ]
	run inside sh -c "tar tf $dir/proc.tar | grep net/"
	[ "$status" -ne 0 ]
}

@test "200 processes: triage takes at most 2 s" {
	inside podman run -d --name "$name" lab/busybox sh -c \
		'i=0; while [ $i -lt 199 ]; do sleep 1000 & i=$((i + 1)); done; exec sleep 1000'
	until [ "$(inside podman top "$name" pid | wc -l)" = 201 ]; do :; done
	ms=$(inside sh -c "a=\$(date +%s%N); /src${IMPOUND#"$checkout"} collect -q --engine podman --profile triage --yes \
		-o $where $name >&2; b=\$(date +%s%N); echo \$(((b - a) / 1000000))")
	dir=$(inside sh -c "echo $where/$name-*/data/process")
	[ "$(rows processes.jsonl .pid | wc -l)" = 200 ]
	echo "$ms ms"
	[ "$ms" -le 2000 ]
}
