#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# impound collect on real engines: every state, from inside and outside, frozen and thawed, interrupted.
# It chooses its side by itself:
# views: inside

load helper

bin=/src${IMPOUND#"$checkout"}

setup() {
	name=col$BATS_TEST_NUMBER
	where=/var/tmp/$name
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "[ ! -e /run/podman/away ] || mv /run/podman/away /run/podman/podman.sock
		docker rm -f $name; podman rm -f -t 0 $name; umount $where/small; rm -rf $where" \
		>/dev/null 2>&1 || :
}

# A container that runs and can be ended, with a line on each stream.
start() { # start ENGINE [OPTION...]
	local engine=$1
	shift
	inside "$engine" run -d --name "$name" "$@" lab/busybox \
		sh -c 'echo to stdout; echo to stderr >&2; touch /made; while :; do sleep 1; done' >/dev/null
	until_true inside "$engine" exec "$name" test -e /made
}

# until_true COMMAND...: within half a minute.
until_true() {
	local deadline=$((SECONDS + 30))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || { echo "never: $*"; return 1; }
	done
}

state() { inside "$1" inspect -f '{{.State.Status}}' "$name"; }

# wait_state ENGINE STATE
wait_state() {
	local deadline=$((SECONDS + 60))
	until [ "$(state "$1")" = "$2" ]; do
		((SECONDS < deadline)) || { echo "still $(state "$1"), not $2"; return 1; }
	done
}

collect() { inside "$bin" collect --progress none -o "$where" "$@"; }

bundle() { inside sh -c "echo $where/$name-*Z-????????"; }

custody() { # custody JQ: over the rows of the one bundle
	inside sh -c 'cat '"$where/$name"'-*/custody.jsonl' | jq -cs "$1"
}

every_state_keeps() {
	local engine=$1
	start "$engine"
	run --separate-stderr collect --profile triage --json --engine "$engine" "$name"
	echo "$output" "$stderr"
	[ "$status" -eq 0 ]
	[ "$(jq -r .bundle.state <<<"$output")" = complete ]
	[ "$(jq -r .container.name <<<"$output")" = "$name" ]
	[ "$(state "$engine")" = running ]
	inside grep -q 'to stdout' "$(bundle)/data/logs/stdout.log"
	inside grep -q 'to stderr' "$(bundle)/data/logs/stderr.log"
	inside rm -rf "$(bundle)"

	inside "$engine" pause "$name"
	run --separate-stderr collect --profile triage --freeze --json --engine "$engine" "$name"
	[ "$status" -eq 0 ]
	[ "$(state "$engine")" = paused ]
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["not-frozen"]' ]
	inside rm -rf "$(bundle)"

	inside "$engine" unpause "$name"
	inside "$engine" kill "$name"
	wait_state "$engine" exited
	run --separate-stderr collect --profile triage --json --engine "$engine" "$name"
	[ "$status" -eq 0 ]
	[ "$(jq -r '[.artifacts[] | select(.kind == "sockets") | .outcome] | first' <<<"$output")" = absent ]
	[ "$(state "$engine")" = exited ]
	inside rm -rf "$(bundle)"

	inside "$engine" rm "$name"
	inside "$engine" create --name "$name" lab/busybox true
	run --separate-stderr collect --profile triage --json --engine "$engine" "$name"
	[ "$status" -eq 0 ]
	[ "$(state "$engine")" = created ]
}

@test "running, paused, stopped, created: complete on the host, and the state is as before: Docker" {
	every_state_keeps docker
}

@test "running, paused, stopped, created: complete on the host, and the state is as before: Podman" {
	every_state_keeps podman
}

terminal_is_one_log() {
	inside "$1" run -dt --name "$name" lab/busybox sh -c 'echo one; echo two >&2; sleep 1000' >/dev/null
	until_true inside sh -c "$1 logs $name 2>&1 | grep -q two"
	run collect --profile triage -q --engine "$1" "$name"
	[ "$status" -eq 0 ]
	[ "$(inside sh -c "sed 's/^[^ ]* //' $(bundle)/data/logs/tty.log" | od -c)" = "$(printf 'one\r\ntwo\r\n' | od -c)" ]
	inside test ! -e "$(bundle)/data/logs/stdout.log"
}

@test "a terminal's log is one file, without frames: Docker" { terminal_is_one_log docker; }
@test "a terminal's log is one file, without frames: Podman" { terminal_is_one_log podman; }

outside_names_the_gaps() {
	local engine=$1 socket=$2
	start "$engine"
	run --separate-stderr "$IMPOUND" collect --profile triage --json -o "$BATS_TEST_TMPDIR" \
		--engine "$socket" "$name"
	echo "$output" "$stderr"
	[ "$status" -eq 3 ]
	[ "$(jq -r .bundle.state <<<"$output")" = partial ]
	for kind in processes sockets recovered mounts; do
		jq -e --arg k "$kind" 'any(.artifacts[]; .kind == $k and .outcome == "skipped" and
			.by == "impossible" and (.reason | length) > 0)' <<<"$output"
	done
	jq -e 'all(.artifacts[]; .outcome != "failed" and .outcome != "partial")' <<<"$output"
	jq -e 'any(.artifacts[]; .path == "data/container/top.json")' <<<"$output"
	[[ $stderr == *"Missing, and why:"* && $stderr == *"impound verify"* ]]
}

@test "from outside it is partial and every gap has its reason: Docker" {
	outside_names_the_gaps docker "$LAB_DOCKER"
}

@test "from outside it is partial and every gap has its reason: Podman" {
	outside_names_the_gaps podman "$LAB_PODMAN"
}

frozen_and_thawed() {
	start "$1"
	before=$(inside "$1" diff "$name" | sort)
	run collect -q --freeze --engine "$1" "$name"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(state "$1")" = running ]
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["frozen","thawed"]' ]
	[[ $(custody 'map(select(.what == "thawed") | .detail)') =~ 'frozen for '[0-9]+\.[0-9]{3}' s' ]]
	[ "$(inside "$1" diff "$name" | sort)" = "$before" ]
	# The guard does not outlive us.
	inside sh -c "! pgrep -f '[i]mpound collect.*$name'"
}

@test "--freeze pauses for the file system, thaws, and leaves the engine's diff as it was: Docker" {
	frozen_and_thawed docker
}

@test "--freeze pauses for the file system, thaws, and leaves the engine's diff as it was: Podman" {
	frozen_and_thawed podman
}

# One run of it, frozen and left so; the journal knows, and what the bundle holds of the journal pins it.
left_frozen_and_journalled() {
	local started result head
	start "$1"
	started=$(inside "$1" inspect "$name" | jq -r '.[0].State.StartedAt')
	run --separate-stderr collect --profile triage --freeze --keep-frozen --if-started "$started" --json \
		--engine "$1" "$name"
	echo "$output" "$stderr"
	[ "$status" -eq 0 ]
	result=$output
	[ "$(state "$1")" = paused ]
	[ "$(custody 'map(select(.event == "action") | .what)')" = '["frozen","left-frozen"]' ]
	inside tail -n 1 /var/lib/impound/journal.jsonl | jq -e --argjson r "$result" '.event == "collected" and
		.left_paused and .seal == $r.seal.sha256 and .bundle.path == $r.bundle.path and
		.container.started == $r.container.started'
	head=$(inside tail -n 1 /var/lib/impound/journal.jsonl | sha256sum | cut -c1-64)
	inside rm -rf "$(bundle)"

	inside "$1" unpause "$name"
	inside "$1" restart -t 0 "$name"
	run --separate-stderr collect --if-started "$started" --json --engine "$1" "$name"
	[ "$status" -eq 1 ]
	jq -e '.error | contains("another run")' <<<"$output"
	run collect -q --profile triage --engine "$1" "$name"
	[ "$(custody '.[0].target.journal.head')" = "\"$head\"" ]
	inside cmp -n "$(inside stat -c %s "$(bundle)/data/contain/journal.jsonl")" \
		"$(bundle)/data/contain/journal.jsonl" /var/lib/impound/journal.jsonl
	run inside "$bin" journal verify --head "$head"
	[ "$status" -eq 0 ]
	run inside "$bin" verify --json "$(bundle)"
	jq -e 'any(.checks[]; .id == "journal" and .status == "ok")' <<<"$output"
}

@test "--keep-frozen leaves one run of it paused, the journal knows and the next bundle has it: Docker" {
	left_frozen_and_journalled docker
}

@test "--keep-frozen leaves one run of it paused, the journal knows and the next bundle has it: Podman" {
	left_frozen_and_journalled podman
}

# A big image makes the frozen phase long enough to be met.
big() { inside "$1" run -d --name "$name" lab/debian sh -c 'while :; do sleep 1; done' >/dev/null; }

# begin COMMAND... ENGINE: a frozen collection in the background, its number in $where/pid.
begin() {
	inside "${@:1:$#-1}" sh -c "echo \$\$ >$where/pid; exec $bin collect --freeze --with rootfs \
		--progress none -o $where --engine ${*: -1} $name" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	job=$!
}

# end SIGNAL [-]: with - to its whole process group, as a terminal or a supervisor would.
end() { inside sh -c "kill -s $1 -- ${2:-}\$(cat $where/pid)"; }

thaws_after_the_kill() { # thaws_after_the_kill ENGINE
	wait_state "$1" paused
	end KILL -
	wait_state "$1" running
	inside sh -c "ls -d $where/$name-*.partial"
	until_true inside sh -c "! pgrep -f '[i]mpound collect.*$name'"
}

killed_while_frozen() { # killed_while_frozen ENGINE
	big "$1"
	begin setsid "$1"
	thaws_after_the_kill "$1"
}

@test "kill -9 while frozen: the guard thaws: Docker" { killed_while_frozen docker; }
@test "kill -9 while frozen: the guard thaws: Podman" { killed_while_frozen podman; }

@test "kill -9 while frozen, and the Podman service that we started is gone with us: it thaws all the same" {
	big podman
	inside mv /run/podman/podman.sock /run/podman/away
	begin setsid podman
	thaws_after_the_kill podman
}

@test "a first SIGTERM seals what was taken as partial, and thaws" {
	big docker
	begin docker
	wait_state docker paused
	end TERM
	status=0
	wait "$job" || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ "$status" -eq 3 ]
	[ "$(state docker)" = running ]
	[ "$(custody '.[-1] | [.event, .state]')" = '["sealed","partial"]' ]
	[ "$(custody 'any(.[]; .outcome == "skipped" and (.error // "" | contains("not begun: stopped by")))')" = true ]
}

@test "a full disk: what was taken is sealed as partial" {
	big docker
	inside mkdir "$where/small"
	inside mount -t tmpfs -o size=24m tmpfs "$where/small"
	run inside "$bin" collect -q --progress none --with image-archive -o "$where/small" "docker:$name"
	echo "$output"
	[ "$status" -eq 3 ]
	rows=$(inside sh -c "cat $where/small/$name-*/custody.jsonl")
	jq -se '.[-1].event == "sealed" and .[-1].state == "partial"' <<<"$rows"
	jq -se 'any(.[]; .outcome == "partial")' <<<"$rows"
	inside sh -c "cd $where/small/$name-* && sha256sum -c --strict --quiet tagmanifest-sha256.txt manifest-sha256.txt"
}

@test "no room for even the seal, a target that cannot be written, no inode left: said, and nothing lost" {
	inside podman create --name "$name" lab/busybox true
	inside mkdir "$where/small"
	inside mount -t tmpfs -o size=64k tmpfs "$where/small"
	run inside "$bin" collect -o "$where/small" "podman:$name"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"has not even the 4 MiB that the seal needs"* ]]
	[ -z "$(inside ls -A "$where/small")" ]
	inside mount -o remount,ro,size=64m "$where/small"
	run inside "$bin" collect -o "$where/small" "podman:$name"
	[ "$status" -eq 1 ]
	[[ $output == *"Read-only file system"* ]]
	inside mount -o remount,rw,nr_inodes=8 "$where/small"
	run inside "$bin" collect --progress none -o "$where/small" "podman:$name"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ ${lines[-1]} == *"not sealed; what was taken is in $where/small/$name-"*.partial* ]]
}

@test "--limit bounds the bundle" {
	big docker
	run collect -q --with image-archive --limit 4M "docker:$name"
	echo "$output"
	[ "$status" -eq 3 ]
	[ "$(inside du -sm "$(bundle)" | cut -f1)" -le 6 ]
	[ "$(custody '.[-1] | [.event, .state]')" = '["sealed","partial"]' ]
}

# meanwhile ENGINE WORD...: a collection that stands still, after the processes and before the files, while the
# engine does that.
meanwhile() {
	run inside timeout 60 sh -c "$bin collect --json --progress none --with volumes -o $where --engine $1 $name \
			>$where/out 2>$where/err & pid=\$!
		until [ -e $where/$name-*.partial/data/process/mounts.jsonl ]; do :; done
		kill -STOP \$pid; ${*} >&2; kill -CONT \$pid; wait \$pid"
	echo "status $status $output"
	output=$(inside cat "$where/out")
	echo "$output"
	inside cat "$where/err"
	inside sh -c "rm $where/out"
	[ "$status" -eq 3 ]
}

warned() { [[ $(custody 'map(select(.event == "warning") | .detail) | join(" ")') == *"$1"* ]]; }

still_had() {
	for kind; do
		jq -e --arg k "$kind" '[.artifacts[] | select(.kind == $k) | .outcome] |
			length > 0 and all(. == "whole")' <<<"$output"
	done
}

restarted_half_way() {
	start "$1" -v /data
	meanwhile "$1" restart -t 0 "$name"
	warned 'was started again at 20'
	warned 'of another run'
	still_had files volumes index logs
}

@test "a container that is started again half way: what comes after is of another run, and said to be: Docker" {
	restarted_half_way docker
}

@test "a container that is started again half way: what comes after is of another run, and said to be: Podman" {
	restarted_half_way podman
}

ended_half_way() {
	start "$1" -v /data
	meanwhile "$1" kill "$name"
	warned 'was running when it began to be collected and is stopped at the end'
	still_had files volumes index logs changes
	jq -e 'any(.artifacts[]; .kind == "tmpfs" and (.reason | contains("has ended")))' <<<"$output"
}

@test "a container that ends half way: its files and volumes still come from the disk: Docker" {
	ended_half_way docker
}

@test "a container that ends half way: its files and volumes still come from the disk: Podman" {
	ended_half_way podman
}

@test "a container that is removed half way: named volumes and the image's index still come, the rest says why" {
	start docker -v "$name:/data"
	meanwhile docker rm -f "$name"
	inside docker volume rm "$name"
	still_had volumes index
	jq -e 'all(.artifacts[]; .outcome == "whole" or .outcome == "absent" or (.reason | length) > 0)' <<<"$output"
	jq -e '[.artifacts[] | select(.kind == "inspect") | .outcome] == ["whole", "failed"]' <<<"$output"
}

checkpointed() {
	start "$1"
	run --separate-stderr collect --profile triage --with checkpoint --json --engine "$1" "$name"
	echo "$output" "$stderr"
	[ "$status" -eq 0 ]
	jq -e 'any(.artifacts[]; .path == "data/memory/checkpoint.tar" and .outcome == "whole" and
		(.effects | length) > 0)' <<<"$output"
	inside tar -tf "$(bundle)/data/memory/checkpoint.tar" | grep -q 'pages-1.img'
	[ "$(state "$1")" = running ]
	# Nothing of it is left beside the bundle.
	[ "$(inside ls "$where" | wc -l)" -eq 1 ]
}

@test "a checkpoint is taken, and nothing of it is left with the daemon: Docker" {
	checkpointed docker
	[ -z "$(inside docker checkpoint ls "$name" | tail -n +2)" ]
}

@test "a checkpoint is taken: Podman" { checkpointed podman; }

@test "several containers: a bundle each, one that is missing fails alone" {
	start docker
	inside podman create --name "$name" lab/busybox true
	run --separate-stderr collect --profile triage --json "docker:$name" nosuch "podman:$name"
	echo "$output" "$stderr"
	[ "$status" -eq 8 ]
	[ "$(jq -c '[.results[].exit_code]' <<<"$output")" = '[0,8,0]' ]
	[ "$(jq -r '.results[1].asked' <<<"$output")" = nosuch ]
	[ "$(inside ls "$where" | wc -l)" -eq 2 ]
}

@test "--dry-run says the plan and does nothing" {
	start docker
	run --separate-stderr collect --dry-run --profile full --freeze "docker:$name"
	[ "$status" -eq 0 ]
	[[ $output == *"sleeping system calls"* && $output == *freeze* ]]
	[ -z "$(inside ls "$where")" ]
	[ "$(awk 'length > 79' <<<"$output" | wc -l)" -eq 0 ]
}

@test "rootless Podman: by root on the host nothing is missing but what the engine cannot give" {
	inside resp podman run -d --name "$name" lab/busybox sh -c 'echo to stdout; sleep 10000'
	run --separate-stderr collect --json --engine "$LAB_PODMAN_ROOTLESS_INSIDE" "$name"
	echo "$output" "$stderr"
	inside resp podman rm -f -t 0 "$name"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
	# Rootless stats want cgroup v2.
	jq -e 'all(.artifacts[]; .outcome == "whole" or .outcome == "absent" or .by == "choice" or .kind == "stats")' <<<"$output"
	jq -e 'any(.artifacts[]; .path == "data/process/processes.jsonl")' <<<"$output"
}

@test "rootless Podman: its owner, not root, has the API's view, and each gap is named" {
	inside resp podman run -d --name "$name" lab/busybox sh -c 'echo to stdout; sleep 10000'
	run --separate-stderr inside resp sh -c "cd && exec $bin collect --json --progress none $name"
	echo "$output" "$stderr"
	inside resp sh -c "podman rm -f -t 0 $name; rm -rf ~/$name-*"
	[ "$status" -eq 3 ]
	jq -e 'any(.artifacts[]; .kind == "processes" and .by == "impossible")' <<<"$output"
	jq -e 'any(.artifacts[]; .path == "data/filesystem/changes.jsonl")' <<<"$output"
}
