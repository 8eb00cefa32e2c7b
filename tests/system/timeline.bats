#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # words for inner shells
#
# A container with a known life, on real engines: its timeline tells it in that order, in each form.
# Through the API alone there is no process, no deletion and no time of birth.

load helper

setup() {
	name=life$BATS_TEST_NUMBER
	where=$BATS_TEST_TMPDIR
	if [ "$LAB_VIEW" = inside ]; then
		where=/var/tmp/$name
		inside mkdir -p "$where"
	fi
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; rm -rf /var/tmp/$name" >/dev/null 2>&1 || :
}

# The next second has begun: logs of Podman, and all that comes through the API, know no less.
tick() {
	local from=$EPOCHSECONDS
	wait_for 5 eval "[ \$EPOCHSECONDS -gt $from ]"
}

# live ENGINE: what happens, a second each. One deletion alone: whiteouts share an inode.
live() {
	local in=(inside "$1" exec "$name" sh -c)

	inside "$1" run -d --name "$name" lab/debian sh -c \
		'mkfifo /said; while :; do read -r line </said && echo "$line"; done'
	wait_for 20 inside "$1" exec "$name" test -p /said
	tick
	"${in[@]}" 'echo x >/root/dropped'
	tick
	"${in[@]}" 'rm /usr/bin/perl'
	tick
	"${in[@]}" 'date -u "+%Y-%m-%d %H:%M:%S install nc:amd64 <none> 1.10" >>/var/log/dpkg.log'
	tick
	"${in[@]}" 'printf "#%s\ncurl evil\n" "$(date +%s)" >>/root/.bash_history'
	tick
	"${in[@]}" 'echo "hello from the container" >/said'
	tick
	inside "$1" exec -d "$name" sleep 4242
	wait_for 10 inside "$1" exec "$name" sh -c 'grep -qz 4242 /proc/[0-9]*/cmdline'
	tick
	impound contain pause -q --yes --engine "$(engine_of "$1")" "$name"
	tick
	# Through the API alone the bundle is partial.
	run impound collect -q --engine "$(engine_of "$1")" -o "$where" "$name"
	[ "$status" -eq "$([ "$LAB_VIEW" = outside ] && echo 3 || echo 0)" ]
	bundle=$(echo "$where/$name"-*)
	[ "$LAB_VIEW" = outside ] || bundle=$(inside sh -c "echo $where/$name-*")
}

timeline() {
	impound timeline -q "$@" "$bundle"
}

# Of each event its word, if it is one of those that were caused.
words='
	def times: .timestamp_desc;
	if .source == "container" and (.message | endswith(" created")) then "created"
	elif .source == "container" and (.message | endswith(" started")) then "started"
	elif .object == "/root/dropped" and (times | contains($time)) then "dropped"
	elif .object == "/usr/bin/perl" and times == "Deletion Time" then "deleted"
	elif .source == "package" and (.message | endswith("install nc:amd64 <none> 1.10")) then "installed"
	elif .message == "/root/.bash_history: curl evil" then "typed"
	elif .message == "stdout: hello from the container" then "said"
	elif .source == "process" and (.message | endswith(": sleep 4242")) then "ran"
	elif .source == "contain" and (.message | startswith("pause: intent")) then "meant"
	elif .source == "engine" and .message == "pause" then "paused"
	elif .source == "contain" and .message == "pause: done" then "done"
	elif .source == "custody" and (.message | startswith("collecting began")) then "collected"
	elif .source == "custody" and (.message | startswith("bundle sealed")) then "sealed"
	else empty end'

tells_its_life() {
	local want='created started dropped deleted installed typed said ran meant paused done collected sealed '
	local time='Creation Time'

	live "$1"
	if [ "$LAB_VIEW" = outside ]; then
		want=${want/deleted /}
		want=${want/ran /}
		time='Content Modification Time'
	fi
	timeline --format jsonl >"$BATS_TEST_TMPDIR/jsonl"
	tail -n 1 "$BATS_TEST_TMPDIR/jsonl" | jq -e '.schema == "impound-result/1" and .exit_code == 0 and .damaged == []'
	head -n -1 "$BATS_TEST_TMPDIR/jsonl" >"$BATS_TEST_TMPDIR/events"
	jq -es '([.[].timestamp] | . == sort) and all(.[]; (.message | utf8bytelength) <= 32766 and
		(.timestamp_desc | length) > 0 and (.datetime | test("^[0-9]{4}-.*[+]00:00$")))' "$BATS_TEST_TMPDIR/events"
	run jq -r --arg time "$time" "$words" "$BATS_TEST_TMPDIR/events"
	echo "$output"
	[ "$(tr '\n' ' ' <<<"$output")" = "$want" ]
}

# As mactime takes a line apart.
is_bodyfile() {
	awk -F '|' 'NF != 11 || $1 != "0" || $2 == "" || $3 !~ /^[0-9]+$/ || length($4) != 12 || $4 !~ /^.\/.[-rwxsStT]+$/ ||
		$5 $6 $7 !~ /^[0-9]+$/ { print; bad = 1 }
		{ for (i = 8; i <= 11; i++) if ($i !~ /^-?[0-9]+$/) { print; bad = 1 } }
		$8 == 0 && $9 == 0 && $10 == 0 && $11 == 0 { print; bad = 1 }
		END { exit bad || !NR }'
}

other_forms() {
	live "$1"
	timeline --format bodyfile | is_bodyfile
	timeline --format bodyfile | grep -q '^0|/root/dropped|'
	timeline >"$BATS_TEST_TMPDIR/text"
	LC_ALL=C cut -c 1-19 "$BATS_TEST_TMPDIR/text" | LC_ALL=C sort -c
	run grep -a '[[:cntrl:]]' "$BATS_TEST_TMPDIR/text"
	[ "$status" -eq 1 ]
	# From when it was paused there is nothing but that, and what collecting did.
	since=$(grep -m 1 ' contain   pause: intent' "$BATS_TEST_TMPDIR/text" | cut -d ' ' -f 1)
	timeline --since "$since" >"$BATS_TEST_TMPDIR/after"
	grep -q ' engine    pause' "$BATS_TEST_TMPDIR/after"
	run grep -E ' (file|shell|package|log|image|container) ' "$BATS_TEST_TMPDIR/after"
	[ "$status" -eq 1 ]
}

@test "the life of a container of Docker, in order" {
	tells_its_life docker
}

@test "the life of a container of Podman, in order" {
	tells_its_life podman
}

@test "bodyfile, text and --since, Docker" {
	other_forms docker
}

@test "bodyfile, text and --since, Podman" {
	other_forms podman
}
