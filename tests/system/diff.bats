#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# shellcheck disable=SC2016 # words for inner shells
#
# Diff on real engines: what was done is what is found, it is all that the engine names and what the engine misses, and
# archives say the same as a bundle.

LAB_VIEW=inside # also by hand
load helper

setup() {
	name=diff$BATS_TEST_NUMBER
	where=/var/tmp/$name
	inside mkdir -p "$where/bundle"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; resp podman rm -f -t 0 $name
		docker rmi $name; podman rmi $name; resp podman rmi $name; rm -rf $where" >/dev/null 2>&1 || :
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

# edited ENGINE: an image of two layers, and a container of it in which this was done.
edited() {
	engine "$1" run --name "$name" lab/busybox sh -c '
		mkdir -p /srv/tree/sub /srv/opaque && echo 1 >/srv/tree/sub/1 && echo 2 >/srv/tree/2
		echo 3 >/srv/opaque/3 && echo aaaa >/srv/same && touch -d @1000000000 /srv/same
		echo 6 >/srv/linked && ln /srv/linked /srv/link && ln -s a /srv/symlink && echo 5 >/srv/type && rm /etc/group'
	engine "$1" commit "$name" "$name" >/dev/null
	engine "$1" rm "$name" >/dev/null
	engine "$1" run -d --name "$name" "$name" sh -c '
		echo bbbb >/srv/same && touch -d @1000000000 /srv/same && rm -r /srv/tree
		rm -r /srv/opaque && mkdir /srv/opaque && echo 4 >/srv/opaque/4 && ln -sf b /srv/symlink
		rm /srv/type && mkdir /srv/type && chmod 700 /srv && touch /etc/passwd && echo 6 >/srv/new
		chmod 4755 /srv/new && echo 7 >/dev/shm/.x && touch /ready; while :; do sleep 1; done' >/dev/null
	wait_for 60 engine "$1" exec "$name" test -e /ready
}

# The changes in a JSON answer, a line each, without what is only touched.
changes_of() {
	jq -r 'select(.class and (.class != "touched") and (.class != "mtime")) |
		[.class, .path, (.differs // [] | map(select(. != "mtime")) | join(",")), (.tmpfs // false | tostring)] | join(" ")'
}

expected='added /dev/shm/.x  true
added /ready  false
metadata /srv mode false
added /srv/new  false
deleted /srv/opaque/3  false
added /srv/opaque/4  false
content /srv/same content false
metadata /srv/symlink link false
deleted /srv/tree  false
type /srv/type type false'

check() {
	local found other
	edited "$1"
	impound collect -q --engine "$(engine_of "$1")" --yes -o "$where/bundle" --with index,files,tmpfs --without stats "$name" >"$BATS_TEST_TMPDIR/receipt"
	run --separate-stderr impound diff -q --json "$(inside sh -c "echo $where/bundle/$name-*")"
	[ "$status" -eq 0 ]
	found=$(changes_of <<<"$output")
	diff <(echo "$expected") <(echo "$found")
	[ "$(tail -n 1 <<<"$output" | jq .counts.deleted)" -eq 5 ]

	# All that the engine names is among it, if only as touched. Podman compares with the image without its last
	# layer, so that it names what that did, too.
	impound diff -q --json -v "$(inside sh -c "echo $where/bundle/$name-*")" >"$BATS_TEST_TMPDIR/all"
	engine "$1" diff "$name" | sort >"$BATS_TEST_TMPDIR/engine"
	[ -s "$BATS_TEST_TMPDIR/engine" ]
	while read -r letter path; do
		case $letter in
		A) other='added' ;;
		D) other='deleted' ;;
		C) other='touched|mtime|content|metadata|type' ;;
		esac
		# The mount points of its own doing are in no image and hold nothing.
		case $path in /run | /run/.containerenv | /etc/mtab | /dev | /dev/* | /proc | /sys) continue ;; esac
		jq -r --arg p "$path" 'select(.path == $p) | .class' "$BATS_TEST_TMPDIR/all" | grep -qxE "$other" || {
			echo "the engine has $letter $path"
			return 1
		}
	done < <([ "$1" != docker ] || cat "$BATS_TEST_TMPDIR/engine")

	# The same from archives, where there is no tmpfs.
	engine "$1" save "$name" | inside sh -c "cat >$where/image.tar"
	engine "$1" export "$name" | inside sh -c "cat >$where/rootfs.tar"
	run --separate-stderr impound diff -q --json --no-cache --image "$where/image.tar" --rootfs "$where/rootfs.tar"
	[ "$status" -eq 0 ]
	diff <(grep -v 'true$' <<<"$expected") <(changes_of <<<"$output")
	[ "$(tail -n 1 <<<"$output" | jq .image.verified)" = true ]
}

@test "Docker: what was done is found, from a bundle and from archives" {
	check docker
}

@test "Podman: what was done is found, from a bundle and from archives" {
	check podman
}

@test "rootless Podman: what was done is found, from a bundle and from archives" {
	check podman-rootless
}

# live ENGINE: of a container that runs, at once; nothing is left of what was collected for it.
live() {
	local left
	inside "$1" run -d --name "$name" lab/busybox sh -c 'while :; do sleep 1; done'
	inside "$1" exec "$name" sh -c 'echo new >/etc/new; echo other >>/etc/passwd; rm /etc/group; echo m >/dev/shm/m'
	run inside sh -c "mkdir -p /root/live; cd /root; TMPDIR=/root/live IMPOUND_JOURNAL=/root/live.jsonl \
		/src${IMPOUND#"$checkout"} diff -q $name"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"added     /etc/new"* && $output == *"content   /etc/passwd"* ]]
	[[ $output == *"deleted   /etc/group"* && $output == *"added     /dev/shm/m"* ]]
	[ "$(inside "$1" inspect -f '{{.State.Status}}' "$name")" = running ]
	inside "$1" rm -f "$name"
	left=$(inside sh -c 'ls /root/live; ls /root/live.jsonl 2>/dev/null || :')
	[ -z "$left" ]
}
@test "Docker: of a container that runs; nothing is left behind" { live docker; }
@test "Podman: of a container that runs; nothing is left behind" { live podman; }
