#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container leaves its networks and comes back as it was: a connection fails, and works again.
# On the engine's own host the network namespace proves it; through the socket alone nothing can: unproven, 3.

load helper

setup() {
	name=net$BATS_TEST_NUMBER
	journal=$BATS_TEST_TMPDIR/journal.jsonl
	[ "$LAB_VIEW" = outside ] || journal=/root/$name.jsonl
	export IMPOUND_JOURNAL=$journal
}

teardown() {
	inside sh -c "
		for c in web peer third; do docker rm -f $name-\$c; podman rm -f -t 0 $name-\$c; done
		for e in docker podman; do \$e network rm $name-lan $name-side; done
		rm -f /root/$name.jsonl" >/dev/null 2>&1 || :
}

# web ENGINE [unpublished]: a server with all that can be asked for on a network of its own and a second one with what comes; a peer.
web() {
	engine=$1
	lan=172.31.210
	[ "$engine" = docker ] || lan=10.89.210
	port=$((18000 + BATS_TEST_NUMBER))
	publish=(-p "$port:8080")
	[ "${2:-}" != unpublished ] || publish=()
	mac=$(printf '02:42:%02x:%02x:%02x:32' ${lan//./ })
	inside "$engine" network create --subnet "$lan.0/24" "$name-lan"
	inside "$engine" network create "$name-side"
	if [ "$engine" = docker ]; then
		inside docker run -d --name "$name-web" --network "$name-lan" --ip "$lan.50" --mac-address "$mac" \
			--network-alias www --network-alias shop "${publish[@]}" lab/busybox /opt/serve
		inside docker network connect --alias www "$name-side" "$name-web"
	else
		inside podman run -d --name "$name-web" --network "$name-lan:ip=$lan.50,mac=$mac,alias=www,alias=shop" \
			--network "$name-side:alias=www" "${publish[@]}" lab/busybox /opt/serve
	fi
	inside "$engine" exec "$name-web" sh -c 'mkdir -p /var/www; echo it is me >/var/www/index.html'
	inside "$engine" run -d --name "$name-peer" --network "$name-lan" lab/busybox sh -c 'while :; do sleep 1; done'
	inside "$engine" run -d --name "$name-third" --network "$name-side" lab/busybox sh -c 'while :; do sleep 1; done'
	wait_for 20 answers
	wait_for 20 answers_on_the_side
	wait_for 20 answers_outside
	before=$(settings)
}

# By its alias; by its address; from the other network; through the published port.
answers() { inside "$engine" exec "$name-peer" wget -q -T 2 -O - http://shop:8080/ | grep -q 'it is me'; }
answers_by_address() { inside "$engine" exec "$name-peer" wget -q -T 2 -O - "http://$lan.50:8080/" | grep -q 'it is me'; }
answers_on_the_side() { inside "$engine" exec "$name-third" wget -q -T 2 -O - http://www:8080/ | grep -q 'it is me'; }
answers_outside() { # or need not
	[ ${#publish[@]} -eq 0 ] || inside busybox wget -q -T 2 -O - "http://127.0.0.1:$port/" | grep -q 'it is me'
}

inspect() { inside "$engine" inspect "$name-web" | jq -cS ".[0] | $1"; }
state() { inspect .State.Status | tr -d '"'; }
settings() {
	inspect '[.NetworkSettings.Ports, (.NetworkSettings.Networks | map_values(
		[(.Aliases // [] | sort), .IPAMConfig.IPv4Address, .IPAddress, .MacAddress, (.DriverOpts // {})]))]'
}

# contain VERB OPTION...: on the web server; the status is that of a proof, and $result the outcome.
contain() {
	run --separate-stderr impound contain "$@" --yes --json --reason test --engine "$(engine_of "$engine")" "$name-web"
	echo "$* $status: $output $stderr"
	answer=$output
	result=$(jq -r '.results[0].result' <<<"$answer")
}
proves() { # contain, where the engine's host proves it and its socket cannot
	contain "$@"
	if [ "$LAB_VIEW" = inside ]; then
		[ "$status" -eq 0 ]
		[ "$result" = "done" ]
	else
		[ "$status" -eq 3 ]
		[ "$result" = unproven ]
	fi
}
succeeds() { # contain, where the engine's word is enough
	contain "$@"
	[ "$status" -eq 0 ]
	[ "$result" = "done" ]
}

is_cut() {
	run ! answers_by_address
	run ! answers
	run ! answers_on_the_side
	[ ${#publish[@]} -eq 0 ] || run ! answers_outside
}

is_back() {
	wait_for 20 answers
	wait_for 20 answers_on_the_side
	wait_for 20 answers_outside
	echo "was $before"
	echo "now $(settings)"
	[ "$(settings)" = "$before" ]
}

there_and_back() {
	web "$1"
	proves disconnect
	is_cut
	[ "$(state)" = running ]
	succeeds reconnect
	is_back
}

@test "Docker: disconnected, nothing connects; reconnected, all is as before" { there_and_back docker; }
@test "Podman: disconnected, nothing connects; reconnected, all is as before" { there_and_back podman; }

paused_there_and_back() {
	web "$1"
	succeeds pause
	[ "$(state)" = paused ]
	proves disconnect
	[ "$(state)" = paused ]
	inside "$engine" unpause "$name-web"
	is_cut
	succeeds pause
	succeeds reconnect
	[ "$(state)" = paused ]
	succeeds unpause
	is_back
}

@test "Docker: a paused one too, and it stays paused" { paused_there_and_back docker; }
@test "Podman: a paused one too, and it stays paused" { paused_there_and_back podman; }

one_of_two() {
	web "$1"
	proves disconnect --network "$name-lan"
	run ! answers_by_address
	run ! answers
	wait_for 20 answers_on_the_side
	contain disconnect --network "$name-lan"
	[ "$status" -eq 0 ]
	[ "$result" = nothing ]
	contain disconnect --network nowhere
	[ "$status" -ne 0 ]
	[[ $answer == *nowhere* ]]
	wait_for 20 answers_on_the_side
	succeeds reconnect --network "$name-lan"
	is_back
}

@test "Docker: a named network only" { one_of_two docker; }
@test "Podman: a named network only" { one_of_two podman; }

isolated_and_undone() {
	web "$@"
	proves isolate
	[ "$LAB_VIEW" = outside ] || jq -e '.results[0].after | .interfaces == null and .routes == null' <<<"$answer"
	is_cut
	run --separate-stderr impound contain undo --yes --json --engine "$(engine_of "$engine")" "$name-web"
	echo "$output $stderr"
	[ "$status" -eq 0 ]
	is_back
}

@test "Docker: isolated, and undone" { isolated_and_undone docker; }
# Its monitor keeps a published port, which is told: contain-isolate.bats.
@test "Podman: isolated, and undone" { isolated_and_undone podman unpublished; }

@test "Docker drops a MAC of one's own choice: that is named" {
	engine=docker lan=172.31.211
	inside docker network create --subnet "$lan.0/24" "$name-lan"
	inside docker run -d --name "$name-web" --network "$name-lan" --ip "$lan.50" --mac-address 02:00:00:00:00:07 \
		lab/busybox /opt/serve
	proves disconnect
	contain reconnect
	[ "$status" -eq 0 ]
	jq -e '.results[0].warnings[] | select(contains("02:00:00:00:00:07"))' <<<"$answer"
}

@test "Podman: an address that somebody else took meanwhile is another one, and that is named" {
	engine=podman
	inside podman network create "$name-side"
	inside podman run -d --name "$name-web" --network "$name-side" lab/busybox /opt/serve
	had=$(inspect '.NetworkSettings.Networks[].IPAddress' | tr -d '"')
	proves disconnect
	inside podman run -d --name "$name-third" --network "$name-side:ip=$had" lab/busybox sh -c 'while :; do sleep 1; done'
	contain reconnect
	[ "$status" -eq 0 ]
	jq -e '.results[0].warnings[] | select(contains("'"$had"'"))' <<<"$answer"
	[ "$(inspect '.NetworkSettings.Networks[].IPAddress' | tr -d '"')" != "$had" ]
}
