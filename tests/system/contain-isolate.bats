#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# shellcheck disable=SC2016 # words for inner shells
#
# isolate on real engines: proved where the namespace can be looked into, never where it cannot, and why not
# where something leads in or out still.

load helper
load isolate

# connected ENGINE: the container in two networks, and one beside it that holds a connection to its port 99.
connected() {
	local ip
	engine "$1" network create "$name-1"
	engine "$1" network create "$name-2"
	engine "$1" run -d --name "$name" --network "$name-1" lab/busybox sh -c 'nc -ll -p 99 -e cat & '"$loop"
	engine "$1" network connect "$name-2" "$name"
	ip=$(engine "$1" inspect -f "{{(index .NetworkSettings.Networks \"$name-1\").IPAddress}}" "$name")
	engine "$1" run -d --name "$name-b" --network "$name-1" lab/busybox sh -c "until sleep 1000 | nc $ip 99; do :; done"
	init=$(pid_of "$1" "$name")
	wait_for 20 is_open "$init"
}

reaches() { # reaches ENGINE: whether the one beside it gets an answer at the address it had
	engine "$1" exec "$name-b" sh -c "[ \"\$(echo hello | timeout 3 nc $ip 99)\" = hello ]"
}

connection_is_told() {
	local ip
	connected "$1"
	ip=$(engine "$1" inspect -f "{{(index .NetworkSettings.Networks \"$name-1\").IPAddress}}" "$name")
	reaches "$1"
	isolated_as_far_as_seen "$1"
	if is_inside; then
		says '[.before.connections[] | select(.local.port == 99 and .state == "established")] | length > 0' true
		says '[.after.connections[] | select(.local.port == 99)] | length > 0' true
		proves ':99 to '
		proves 'can pass nothing without an interface'
	fi
	run ! reaches "$1"
	act 0 reconnect "$1"
	reaches "$1"
}

@test "Docker: two networks and an open connection" { connection_is_told docker; }
@test "Podman: two networks and an open connection" { connection_is_told podman; }
@test "rootless Podman: two networks and an open connection" { connection_is_told podman-rootless; }

@test "a stopped container: no process is left, and no network listed" {
	for engine in docker podman; do
		engine $engine network create "$name-1"
		engine $engine run -d --name "$name" --network "$name-1" lab/busybox true
		wait_for 20 sh -c "[ \"\$($checkout/tests/lab/lab run $engine inspect -f '{{.State.Status}}' $name)\" = exited ]"
		if is_inside; then
			act 0 isolate $engine
			proves 'no process of it is on this host'
		else
			act 3 isolate $engine
			says .result unproven
		fi
		act 0 reconnect $engine
		engine $engine rm -f "$name"
	done
}

@test "Docker: a published port is given up, and comes back" {
	engine docker run -d --name "$name" -p 7001:80 lab/busybox sh -c "$loop"
	isolated_as_far_as_seen docker
	if is_inside; then
		proves 'no published port is bound'
		inside sh -c '! ss -ltn | grep -q :7001'
	fi
	act 0 reconnect docker
	inside sh -c 'ss -ltn | grep -q :7001'
}

@test "Podman: the monitor keeps a published port" {
	engine podman run -d --name "$name" -p 7002:80 lab/busybox sh -c "$loop"
	act 3 isolate podman
	is_inside || return 0
	says .result not-isolated
	because 'the published port 0.0.0.0:7002/tcp by conmon'
	proves 'no interface but lo'
}

@test "rootless Podman: a forwarder of ports stays in the namespace" {
	engine podman-rootless network create "$name-1"
	engine podman-rootless run -d --name "$name" --network "$name-1" -p 7003:80 lab/busybox sh -c "$loop"
	act 3 isolate podman-rootless
	is_inside || return 0
	says .result not-isolated
	because 'rootlessport'
	because 'the published port 0.0.0.0:7003/tcp by rootlessport'
	proves 'no interface but lo'
}

@test "rootless Podman: pasta cannot be taken away" {
	engine podman-rootless run -d --name "$name" lab/busybox sh -c "$loop"
	act 3 isolate podman-rootless
	says .result not-isolated
	because pasta
	says '.isolation.alternative | startswith("pause it")' true
}

@test "the host's own network cannot be taken away" {
	for engine in docker podman podman-rootless; do
		engine $engine run -d --name "$name" --network host lab/busybox sh -c "$loop"
		act 3 isolate $engine
		says .result not-isolated
		because "the host's own network"
		says '.isolation.alternative | startswith("pause it")' true
		engine $engine rm -f "$name"
	done
}

@test "a namespace shared with another container: neither of them is isolated" {
	for engine in docker podman; do
		engine $engine network create "$name-1"
		engine $engine run -d --name "$name" --network "$name-1" lab/busybox sh -c "$loop"
		engine $engine run -d --name "$name-b" --network "container:$name" lab/busybox sh -c "$loop"
		act 3 isolate $engine "$name-b"
		says .result not-isolated
		because "another's"
		act 3 isolate $engine "$name"
		if is_inside; then
			says .result not-isolated
			because "shared with container $(engine $engine inspect -f '{{.Id}}' "$name-b")"
			proves 'no interface but lo'
		fi
		engine $engine rm -f "$name-b"
		engine $engine rm -f "$name"
	done
}

@test "a pod: its member and its infra container" {
	engine podman pod create --name "$name-pod"
	engine podman run -d --pod "$name-pod" --name "$name" lab/busybox sh -c "$loop"
	infra=$(engine podman pod inspect -f '{{.InfraContainerID}}' "$name-pod")
	act 3 isolate podman
	says .result not-isolated
	because "its pod's infra container"
	says '.isolation.alternative | contains("infra")' true
	act 3 isolate podman "$infra"
	if is_inside; then
		says .result not-isolated
		because "shared with container $(engine podman inspect -f '{{.Id}}' "$name")"
		proves 'no interface but lo'
	fi
}

# What is frozen cannot notice: its connections go on as soon as there is a network again.
paused_is_told() {
	connected "$1"
	engine "$1" pause "$name"
	act 3 isolate "$1"
	[ "$(engine "$1" inspect -f '{{.State.Status}}' "$name")" = paused ]
	if is_inside; then
		says .result not-isolated
		because 'it is paused, and 1 of its connections stays open'
		proves 'no interface but lo'
		says '.after.interfaces | length' 0
	else
		says .result unproven
	fi
	engine "$1" unpause "$name"
}

@test "Docker: paused, with an open connection" { paused_is_told docker; }
@test "Podman: paused, with an open connection" { paused_is_told podman; }

@test "in no network from the beginning" {
	for engine in docker podman podman-rootless; do
		engine $engine run -d --name "$name" --network none lab/busybox sh -c "$loop"
		isolated_as_far_as_seen $engine
		engine $engine rm -f "$name"
	done
}

