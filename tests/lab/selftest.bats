#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: outside
#
# shellcheck disable=SC2016,SC2030,SC2031  # words for inner shells; bats runs each test in a subshell
#
# The lab itself: what it promises to the tests that run in it. Needs root; makes labs of its own
# beside whichever is up.

bats_require_minimum_version 1.5.0

LAB=$BATS_TEST_DIRNAME/lab
lab() { "$LAB" "$@"; }
inside() { lab run "$@"; }

ENGINES="docker podman rootless"
loop='while :; do sleep 1; done' # a checkpoint interrupts a sleep, and must not end the container

# engine ENGINE ARGS...: its own command line, inside.
engine() {
	local e=$1
	shift
	case $e in
	rootless) inside resp podman "$@" ;;
	*) inside "$e" "$@" ;;
	esac
}
plant_name() { [ "$1" = rootless ] && echo podman-rootless || echo "$1"; }

# The socket as the outside sees it.
socket() {
	case $1 in
	docker) echo "$LAB_DOCKER" ;;
	podman) echo "$LAB_PODMAN" ;;
	rootless) echo "$LAB_PODMAN_ROOTLESS" ;;
	esac
}

# wait_for SECONDS CMD...: until it succeeds.
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || { echo "not within the time: $*"; return 1; }
		read -r -t 0.05 <> <(:) || :
	done
}

# ended_with STATUS PID: a child of ours, which `run` could not wait for.
ended_with() {
	local status=0
	wait "$2" || status=$?
	[ "$status" = "$1" ]
}

setup_file() {
	[ "$(id -u)" = 0 ] || { echo "the lab needs root" >&2; return 1; }
	export IMPOUND_LAB=${IMPOUND_LAB:-selftest.$$}
	lab up
	for e in $ENGINES; do
		engine "$e" run -d --name loop lab/busybox sh -c "$loop"
	done
}

teardown_file() {
	lab down
}

setup() {
	eval "$(lab env)"
}

# gone NAME PIDNS: nothing of that lab is left on the host.
gone() {
	local name=$1 ns=$2 link
	[ -z "$(find /sys/fs/cgroup -name "impound-lab.$name*")" ] || { echo "a cgroup is left"; return 1; }
	! grep -q "impound-lab/labs/$name\|impound-lab/$name/" /proc/mounts || { echo "a mount is left"; return 1; }
	[ -z "$(find /run/impound-lab -maxdepth 1 -name "$name*" 2>/dev/null)" ] || { echo "state is left"; return 1; }
	[ ! -e "${XDG_CACHE_HOME:-/var/cache}/impound-lab/labs/$name" ] || { echo "storage is left"; return 1; }
	for link in /proc/[0-9]*/ns/pid; do
		[ "$(readlink "$link" 2>/dev/null)" != "$ns" ] || { echo "a process is left: $link"; return 1; }
	done
}

@test "it is up, and a second up changes nothing" {
	run -0 lab status
	[[ $output == *": up, pid $LAB_PID" ]]
	lab up
	[ "$(lab env)" = "$(eval "$(lab env)"; lab env)" ]
	[ "$(lab env | sed -n 's/^LAB_PID=//p')" = "$LAB_PID" ]
}

@test "from outside each engine answers at its socket, and is who it should be" {
	local body
	body=$(curl -sf --unix-socket "$LAB_DOCKER" http://d/version)
	[ "$(jq -r '.Components[0].Name' <<<"$body")" = Engine ]
	[ "$(jq -r .Experimental <<<"$body")" = true ]
	for s in "$LAB_PODMAN" "$LAB_PODMAN_ROOTLESS"; do
		body=$(curl -sf --unix-socket "$s" http://d/version)
		[ "$(jq -r '.Components[0].Name' <<<"$body")" = "Podman Engine" ]
	done
	[ "$(curl -sf --unix-socket "$LAB_PODMAN" http://d/v5.0.0/libpod/info | jq .host.security.rootless)" = false ]
	[ "$(curl -sf --unix-socket "$LAB_PODMAN_ROOTLESS" http://d/v5.0.0/libpod/info | jq .host.security.rootless)" = true ]
}

@test "inside each engine answers at the usual place" {
	for s in "$LAB_DOCKER_INSIDE" "$LAB_PODMAN_INSIDE" "$LAB_PODMAN_ROOTLESS_INSIDE"; do
		run -0 inside curl -sf --unix-socket "$s" http://d/_ping
		[ "$output" = OK ]
	done
}

@test "run passes status, stdin, words and folder, and not the environment" {
	run -7 inside sh -c 'exit 7'
	run -0 inside printf '%s|' 'a b' '' '*'
	[ "$output" = 'a b||*|' ]
	[ "$(echo in | inside cat)" = in ]
	cd "$BATS_TEST_DIRNAME"
	run -0 inside pwd
	[ "$output" = /src/tests/lab ]
	cd /
	run -0 inside pwd
	[ "$output" = /root ]
	SECRET=x run -0 inside env
	[[ $output != *SECRET* ]]
	run ! inside touch /src/x
	run -127 inside no-such-command
}

@test "a command in the lab ends with the one who started it" {
	"$LAB" run sh -c 'echo $$ >/run/selftest.pid; while :; do sleep 1; done' 3>&- &
	local starter=$!
	wait_for 5 inside test -s /run/selftest.pid
	kill -KILL "$starter"
	wait_for 5 inside sh -c '! kill -0 "$(cat /run/selftest.pid)" 2>/dev/null'
}

@test "its namespaces are its own" {
	for ns in mnt pid net uts ipc cgroup; do
		[ "$(readlink /proc/self/ns/$ns)" != "$(readlink "/proc/$LAB_PID/ns/$ns")" ]
	done
	run -0 inside findmnt -no TARGET /
	[ "$output" = / ]
	run ! grep -q 'impound-lab/labs' /proc/mounts
}

@test "where a container's files lie is seen inside" {
	for e in $ENGINES; do
		local pid dir lower
		pid=$(engine "$e" inspect -f '{{.State.Pid}}' loop)
		engine "$e" exec loop sh -c 'echo seen >/opt/seen'
		dir=$(engine "$e" inspect -f '{{.GraphDriver.Data.UpperDir}}' loop)
		[ "$(inside cat "$dir/opt/seen")" = seen ]
		lower=$(engine "$e" inspect -f '{{.GraphDriver.Data.LowerDir}}' loop)
		inside test -x "${lower##*:}/bin/busybox"
		[ "$(inside cat "/proc/$pid/root/opt/seen")" = seen ]
		# Rootless Podman has mounted it in a namespace of its own, as on a host.
		dir=$(engine "$e" inspect -f '{{.GraphDriver.Data.MergedDir}}' loop)
		if [ "$e" = rootless ]; then
			run ! inside test -e "$dir/opt/seen"
		else
			[ "$(inside cat "$dir/opt/seen")" = seen ]
		fi
		case $e in docker) [ "$(engine docker info -f '{{.Driver}}')" = overlay2 ] ;; esac
	done
}

@test "the large image is large, in all engines, and lies on a disk" {
	for e in $ENGINES; do
		run -0 engine "$e" run --rm lab/debian sh -c 'du -smx / | cut -f1; find / -xdev -type f | wc -l; python3 -c "print(6 * 7)"; git --version'
		((lines[0] > 400 && lines[0] < 700 && lines[1] > 5000))
		[ "${lines[2]}" = 42 ]
	done
	for d in /var/lib/docker /var/lib/containers /home/resp/.local/share/containers /var/tmp /share; do
		run -0 inside findmnt -no FSTYPE -T "$d"
		[[ $output != overlay && $output != tmpfs ]]
	done
}

@test "pause and unpause" {
	for e in docker podman; do
		engine "$e" pause loop
		[ "$(engine "$e" inspect -f '{{.State.Status}}' loop)" = paused ]
		engine "$e" unpause loop
		[ "$(engine "$e" inspect -f '{{.State.Status}}' loop)" = running ]
	done
}

@test "rootless pause is refused on v1 and works on v2, where the cgroup is the user's" {
	if [ "$LAB_CGROUP" = v1 ]; then
		run ! engine rootless pause loop
		[[ $output == *cgroup* ]]
		return 0
	fi
	engine rootless pause loop
	[ "$(engine rootless inspect -f '{{.State.Status}}' loop)" = paused ]
	engine rootless unpause loop
	[ "$(engine rootless inspect -f '{{.State.Status}}' loop)" = running ]
}

@test "podman streams a checkpoint, and the container goes on" {
	run -0 curl -s -o "$BATS_TEST_TMPDIR/c.tar" -w '%{http_code}' --unix-socket "$LAB_PODMAN" -X POST \
		'http://d/v5.0.0/libpod/containers/loop/checkpoint?export=true&leaveRunning=true&tcpEstablished=true'
	[ "$output" = 200 ]
	tar tf "$BATS_TEST_TMPDIR/c.tar" | grep -q '^checkpoint/pages-1.img$'
	[ "$(engine podman inspect -f '{{.State.Status}}' loop)" = running ]
	engine podman exec loop true
}

@test "docker makes a checkpoint, and the container goes on" {
	engine docker checkpoint create --leave-running loop first
	run -0 engine docker checkpoint ls loop
	[[ $output == *first* ]]
	[ "$(engine docker inspect -f '{{.State.Status}}' loop)" = running ]
	engine docker exec loop true
	engine docker checkpoint rm loop first
}

@test "one container reaches another over a bridge, and the engines' networks differ" {
	local subnets=
	for e in docker podman; do
		engine "$e" network create lan
		engine "$e" run -d --name www --network lan lab/busybox /opt/serve
		wait_for 10 engine "$e" run --rm --network lan lab/busybox wget -qO- http://www:8080/ >"$BATS_TEST_TMPDIR/page"
		grep -q 'It works' "$BATS_TEST_TMPDIR/page"
		subnets+=" $(engine "$e" network inspect lan | grep -oE '[0-9.]+\.0/[0-9]+' | head -n1)"
		engine "$e" kill www
		engine "$e" rm -f www
		engine "$e" network rm lan
	done
	# shellcheck disable=SC2086
	[ "$(printf '%s\n' $subnets | sort -u | wc -l)" = 2 ]
}

@test "an engine can be taken away and brought back" {
	engine docker kill loop # its daemon would give it 10 s to end
	for e in $ENGINES; do
		inside engine kill "$(plant_name "$e")"
		run ! curl -sf -m 5 --unix-socket "$(socket "$e")" http://d/_ping
		inside engine start "$(plant_name "$e")"
		run -0 curl -sf -m 5 --unix-socket "$(socket "$e")" http://d/_ping
	done
	engine docker start loop
}

# one ENGINE: plants, and looks for everything without the help of the one who planted.
one() {
	local e=$1 kind path pid outer fd sum content list
	list=$(inside /src/tests/lab/plant "$(plant_name "$e")" loop)
	[ "$(wc -l <<<"$list")" = 8 ]
	while IFS=$'\t' read -r kind path pid outer fd sum content; do
		echo "$e: $kind"
		[ "$(inside sha256sum "$content" </dev/null | cut -d' ' -f1)" = "$sum" ]
		case $kind in
		setuid | cron | passwd | shm)
			[ "$(engine "$e" exec loop sha256sum "$path" </dev/null | cut -d' ' -f1)" = "$sum" ]
			;;
		deleted-exe | memfd-exe)
			[ "$(inside readlink "/proc/$outer/exe" </dev/null)" = "$path (deleted)" ]
			[ "$(inside sha256sum "/proc/$outer/exe" </dev/null | cut -d' ' -f1)" = "$sum" ]
			run ! engine "$e" exec loop test -e "$path" </dev/null
			;;
		deleted-file)
			[ "$(inside readlink "/proc/$outer/fd/$fd" </dev/null)" = "$path (deleted)" ]
			[ "$(inside sha256sum "/proc/$outer/fd/$fd" </dev/null | cut -d' ' -f1)" = "$sum" ]
			run ! engine "$e" exec loop test -e "$path" </dev/null
			;;
		shell)
			[[ $(inside readlink "/proc/$outer/fd/0" </dev/null) == socket:* ]]
			inside nsenter -t "$outer" -n ss -Htnp state established </dev/null | grep '127.0.0.1:4444' | grep -q "pid=$outer,"
			;;
		*) false ;;
		esac
		if [ "$pid" != - ]; then
			[ "$(inside awk '/^NSpid:/ { print $NF }' "/proc/$outer/status" </dev/null)" = "$pid" ]
			[ "$(inside readlink "/proc/$outer/ns/pid" </dev/null)" = "$(inside readlink "/proc/$(engine "$e" inspect -f '{{.State.Pid}}' loop </dev/null)/ns/pid" </dev/null)" ]
		fi
	done <<<"$list"
	run -0 engine "$e" exec loop stat -c %a /usr/bin/.helper
	[ "$output" = 4755 ]
	run -0 engine "$e" exec loop grep -c '^toor:x:0:0:' /etc/passwd
	[ "$output" = 1 ]
	run ! engine "$e" exec loop test -e /.planted
	# Again, and once more: nothing new.
	[ "$(inside /src/tests/lab/plant "$(plant_name "$e")" loop)" = "$list" ]
	[ "$(inside /src/tests/lab/plant --expect "$(plant_name "$e")" loop)" = "$list" ]
	[ "$(cut -f1 <<<"$list" | sort -u | wc -l)" = 8 ]
}

@test "plant: docker" { one docker; }
@test "plant: podman" { one podman; }
@test "plant: rootless podman" { one rootless; }

@test "a planted container can be checkpointed, with its connections and deleted files" {
	for e in docker podman; do
		inside /src/tests/lab/plant "$e" loop
	done
	engine docker checkpoint create --leave-running loop planted
	engine docker checkpoint rm loop planted
	run -0 curl -s -o /dev/null -w '%{http_code}' --unix-socket "$LAB_PODMAN" -X POST \
		'http://d/v5.0.0/libpod/containers/loop/checkpoint?export=true&leaveRunning=true&tcpEstablished=true'
	[ "$output" = 200 ]
	for e in docker podman; do # and the attack goes on
		[ "$(inside /src/tests/lab/plant "$e" loop)" = "$(inside /src/tests/lab/plant --expect "$e" loop)" ]
	done
}

@test "plant starts anew in a container that was started anew" {
	local before
	inside /src/tests/lab/plant docker loop
	before=$(inside /src/tests/lab/plant --expect docker loop | awk '$1 == "shell" { print $4 }')
	engine docker restart -t 0 loop
	inside /src/tests/lab/plant docker loop
	[ "$(inside /src/tests/lab/plant --expect docker loop | awk '$1 == "shell" { print $4 }')" != "$before" ]
	one docker
}

@test "plant says clearly what it cannot do" {
	engine podman create --name idle lab/busybox true
	run -1 inside /src/tests/lab/plant podman idle
	[[ $output == *"'idle' is created, not running"* ]]
	run -1 inside /src/tests/lab/plant podman nobody
	[[ $output == *"no container 'nobody'"* ]]
	run -1 inside /src/tests/lab/plant --expect podman idle
	run -2 inside /src/tests/lab/plant lxc loop
	engine podman rm idle
}

# other NAME: a second lab beside the first.
other() { export IMPOUND_LAB=$IMPOUND_LAB.$BATS_SUITE_TEST_NUMBER; }

@test "two labs at once do not see each other; down leaves nothing behind" {
	local first=$IMPOUND_LAB mounts ns
	mounts=$(sort /proc/mounts)
	other
	lab up
	ns=$(readlink "/proc/$(lab env | sed -n 's/^LAB_PID=//p')/ns/pid")
	for e in $ENGINES; do
		run -0 engine "$e" ps -aq
		[ -z "$output" ]
		engine "$e" run -d --name loop lab/debian sh -c "$loop"
	done
	# What is hard to end: frozen processes, a command that ignores signals, a mount, a netns.
	engine docker pause loop
	engine podman pause loop
	engine docker network create lan
	inside sh -c 'ip netns add extra; mount -t tmpfs tmpfs /mnt'
	"$LAB" run sh -c 'trap "" TERM HUP INT; touch /run/selftest.ready; while :; do sleep 1; done' 3>&- &
	wait_for 5 inside test -e /run/selftest.ready
	lab down
	gone "$IMPOUND_LAB" "$ns"
	[ "$(sort /proc/mounts)" = "$mounts" ]
	lab down # again, and it is fine
	run -3 lab status
	IMPOUND_LAB=$first
	lab status
	for e in $ENGINES; do
		[ "$(engine "$e" inspect -f '{{.State.Status}}' loop)" = running ]
	done
}

@test "down cleans up after the lab's first process was killed" {
	local pid ns
	other
	lab up
	engine docker run -d lab/busybox sh -c "$loop"
	pid=$(lab env | sed -n 's/^LAB_PID=//p')
	ns=$(readlink "/proc/$pid/ns/pid")
	kill -KILL "$pid"
	wait_for 10 eval '! lab status'
	run -4 lab status
	run -1 inside true
	lab down
	gone "$IMPOUND_LAB" "$ns"
}

@test "down cleans up after a starter that was killed half way" {
	local starter
	other
	"$LAB" up 3>&- &
	starter=$!
	wait_for 20 test -e "/run/impound-lab/$IMPOUND_LAB/pid"
	kill -KILL "$starter"
	wait "$starter" || :
	lab down
	gone "$IMPOUND_LAB" none
}

@test "an up that fails says why and leaves nothing" {
	other
	IMPOUND_LAB_DEADLINE=0 run -1 lab up
	[[ $output == *"not ready after 0 s"* ]]
	gone "$IMPOUND_LAB" none
}

@test "an up that is interrupted leaves nothing" {
	local starter
	other
	"$LAB" up 3>&- &
	starter=$!
	wait_for 20 test -e "/run/impound-lab/$IMPOUND_LAB/pid"
	kill -TERM "$starter"
	ended_with 143 "$starter"
	gone "$IMPOUND_LAB" none
}

@test "with: the command's status, its environment, and down afterwards" {
	local child
	other
	run -5 lab with sh -c 'curl -sf --unix-socket "$LAB_DOCKER" http://d/_ping; exit 5'
	[[ $output == *OK* ]]
	gone "$IMPOUND_LAB" none
	"$LAB" with sh -c 'while :; do sleep 1; done' 3>&- &
	child=$!
	wait_for 30 lab status
	kill -TERM "$child"
	ended_with 143 "$child"
	gone "$IMPOUND_LAB" none
}

@test "another checkout cannot take an occupied name" {
	mkdir -p "$BATS_TEST_TMPDIR/tests"
	cp -a "$BATS_TEST_DIRNAME" "$BATS_TEST_TMPDIR/tests/lab"
	run -1 "$BATS_TEST_TMPDIR/tests/lab/lab" up
	[[ $output == *"another IMPOUND_LAB"* ]]
}

@test "an interrupted build is not taken for a whole one" {
	local builder cache=$BATS_TEST_TMPDIR/cache
	XDG_CACHE_HOME=$cache "$LAB" build 3>&- &
	builder=$!
	wait_for 20 eval "test -e $cache/impound-lab/new.*/build.log"
	kill -KILL "$builder"
	wait "$builder" || :
	run ! ls "$cache"/impound-lab/*/complete
	# What it started ends with it.
	wait_for 10 eval "! grep -qs $cache /proc/[0-9]*/cmdline"
}

@test "names and verbs that are none are refused" {
	for n in ../x .x 'a b' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do
		IMPOUND_LAB=$n run -1 lab status
		[[ $output == *"is no name"* ]]
	done
	run -2 lab fly
	run -0 lab help
	[[ $output == *IMPOUND_LAB* ]]
}
