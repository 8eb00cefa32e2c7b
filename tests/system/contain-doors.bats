#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# views: inside
#
# shellcheck disable=SC2016 # words for inner shells
#
# Ways out of a container beside its network, and names that lie: what isolate finds on the engines' own host.

LAB_VIEW=inside # also by hand
load helper
load isolate

@test "paused, without a connection" {
	for engine in docker podman; do
		engine $engine network create "$name-1"
		engine $engine run -d --name "$name" --network "$name-1" lab/busybox sh -c "$loop"
		engine $engine pause "$name"
		isolated_as_far_as_seen $engine
		engine $engine unpause "$name"
		engine $engine rm -f "$name"
	done
}

# enter PID OPTION... -- CMD: in the background, as a process of the container; its parent is none of it.
enter() {
	local init=$1
	shift
	inside sh -c 'nsenter -t "$0" "$@" >/dev/null 2>&1 </dev/null & echo $! >>"/var/tmp/'"$name"'.pids"' "$init" "$@"
}

@test "a socket held from the host's network, also by a paused container" {
	engine docker network create "$name-1"
	engine docker run -d --name "$name" --network "$name-1" lab/busybox sh -c "$loop"
	init=$(pid_of docker "$name")
	inside sh -c "socat TCP-LISTEN:7004,fork,bind=127.0.0.1 EXEC:cat >/dev/null 2>&1 </dev/null & echo \$! >/var/tmp/$name.pids"
	wait_for 10 inside sh -c 'ss -ltn | grep -q 127.0.0.1:7004'
	# The connection is made outside, and taken along into all of the container's namespaces.
	inside bash -c "exec 5<>/dev/tcp/127.0.0.1/7004; nsenter -t $init -m -n -p -i -u sleep 1000 >/dev/null 2>&1 </dev/null &
		echo \$! >>/var/tmp/$name.pids"
	wait_for 10 inside sh -c "nsenter -t $init -p -m ps | grep -q 'sleep 1000'"
	act 3 isolate docker
	says .result not-isolated
	because 'tcp 127.0.0.1:'
	because "to 127.0.0.1:7004, descriptor 5 of process"
	because "of the host's network namespace"
	proves 'no interface but lo'
}

@test "a process of the container in the host's network" {
	engine docker network create "$name-1"
	engine docker run -d --name "$name" --network "$name-1" lab/busybox sh -c "$loop"
	init=$(pid_of docker "$name")
	enter "$init" -m -p -i -u sleep 1000
	wait_for 10 inside sh -c "nsenter -t $init -p -m ps | grep -q 'sleep 1000'"
	act 3 isolate docker
	because "is in the host's own network namespace"
}

@test "the engine's own socket in the container, by itself and in a folder" {
	engine docker network create "$name-1"
	engine docker run -d --name "$name" --network "$name-1" -v /run/docker.sock:/d.sock -v /run:/r lab/busybox sh -c "$loop"
	act 3 isolate docker
	because "the engine's own socket '/run/docker.sock', mounted at '/d.sock'"
	because "the engine's own socket '/run/podman/podman.sock', in '/run', mounted at '/r'"
	says 'any(.warnings[]; contains("own socket"))' true
}

@test "an interface that calls itself a terminal's command, and one that calls itself the kernel's" {
	engine docker network create "$name-1"
	engine docker run -d --name "$name" --network "$name-1" --cap-add NET_ADMIN lab/busybox sh -c "$loop"
	engine docker exec "$name" sh -c 'ip link add "$(printf "\033[31mx")" type veth'
	act 3 isolate docker
	says .result not-isolated
	because 'the interface '
	run impound contain isolate --yes --engine "$(engine_of docker)" "$name"
	[ "$status" -eq 3 ]
	[[ $output != *$'\e'* ]]
	[[ $output == *'\x1b[31mx'* ]]
}

# By what is mounted there: the host name is another one, and the cgroup namespace hides the cgroup.
refuses_itself() { # ENGINE SOCKET
	local binary=/src${IMPOUND#"$checkout"} words
	engine "$1" run -d --name "$name" --hostname other -v "$2:/s.sock" -v /src:/src:ro -v /usr:/usr:ro \
		-v /lib:/lib:ro -v /lib64:/lib64:ro lab/busybox sh -c "$loop"
	engine "$1" run -d --name "$name-b" lab/busybox sh -c "$loop"
	words=("$binary" contain pause --yes --engine /s.sock --journal /j)
	run engine "$1" exec "$name" "${words[@]}" "$name"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *'impound itself runs in this container'* ]]
	[ "$(engine "$1" inspect -f '{{.State.Status}}' "$name")" = running ]
	# Another one is none of its business.
	engine "$1" exec "$name" "${words[@]}" "$name-b"
	[ "$(engine "$1" inspect -f '{{.State.Status}}' "$name-b")" = paused ]
	engine "$1" unpause "$name-b"
}

@test "Docker: impound does not act on the container it runs in" { refuses_itself docker /run/docker.sock; }
@test "Podman: impound does not act on the container it runs in" { refuses_itself podman /run/podman/podman.sock; }

# The shell is the login's, as far as impound can tell: one that comes from outside the lab has no parent in it.
from_a_shell() { inside env "$@" sh -c '"$0" contain pause --dry-run --json --engine "$1" "$2"; exit $?' \
	"/src${IMPOUND#"$checkout"}" "$(engine_of docker)" "$name"; }

@test "a login that comes over the container's network is warned" {
	engine docker run -d --name "$name" --network host lab/busybox sh -c "$loop"
	run from_a_shell SSH_CONNECTION='203.0.113.7 40022 10.0.0.5 22'
	[ "$status" -eq 0 ]
	jq -e 'any(.results[0].warnings[]; contains("this login (SSH) comes in through"))' <<<"$output"
	run from_a_shell -u SSH_CONNECTION
	[ "$status" -eq 0 ]
	jq -e '.results[0].warnings | length == 0' <<<"$output"
}

@test "an engine in the container is warned about" {
	engine docker run -d --name "$name" lab/busybox sh -c "printf dockerd >/proc/self/comm; $loop"
	init=$(pid_of docker "$name")
	wait_for 10 inside sh -c "nsenter -t $init -p -m ps -o comm | grep -q dockerd"
	run impound contain pause --dry-run --json --engine "$(engine_of docker)" "$name"
	jq -e 'any(.results[0].warnings[]; contains("an engine runs in it (dockerd"))' <<<"$output"
}
