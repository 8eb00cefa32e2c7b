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

@test "impound does not act on the container it runs in" {
	engine docker run -d --name "$name" -v /run/docker.sock:/run/docker.sock -v /src:/src:ro -v /usr:/usr:ro \
		-v /lib:/lib:ro -v /lib64:/lib64:ro lab/busybox sh -c "$loop"
	engine docker run -d --name "$name-b" lab/busybox sh -c "$loop"
	binary=/src${IMPOUND#"$checkout"}
	run engine docker exec "$name" "$binary" contain pause --yes --engine /run/docker.sock --journal /j "$name"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *'impound itself runs in this container'* ]]
	[ "$(engine docker inspect -f '{{.State.Status}}' "$name")" = running ]
	# Another one is none of its business.
	engine docker exec "$name" "$binary" contain pause --yes --engine /run/docker.sock --journal /j "$name-b"
	[ "$(engine docker inspect -f '{{.State.Status}}' "$name-b")" = paused ]
	engine docker unpause "$name-b"
}
