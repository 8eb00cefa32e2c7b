#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# views: inside
# A user's engine is that user's word: root who asks it reads nothing that the user could not.

LAB_VIEW=inside # also by hand
load helper

ID=0000000000000000000000000000000000000000000000000000000000000001

setup() {
	where=/var/tmp/hostile
	inside sh -c "mkdir -p $where /root/secret/diff && echo only-root >/root/secret/diff/key && chmod -R go= /root/secret"
}

teardown() {
	inside sh -c "kill \$(cat /home/resp/pid); rm -rf $where /root/secret; resp sh -c 'cd && rm -rf pid sock log *-containers s'" \
		>/dev/null 2>&1 || :
}

# forge UPPER LOWER SOURCE LAYER ROOT [COMMAND]: an engine of resp's, and the storage's metadata that confirm it.
forge() {
	inside resp sh -c "mkdir -p ~/s/overlay/L/diff $5/overlay-containers
		echo '[{\"id\":\"$ID\",\"layer\":\"$4\"}]' >$5/overlay-containers/containers.json
		python3 /src/tests/fake/engine podman ~/sock ~/log '{\"containers\":[{\"name\":\"evil\",\"state\":\"exited\",\"inspect\":{
			\"GraphDriver\":{\"Name\":\"overlay\",\"Data\":{\"UpperDir\":\"$1\",\"LowerDir\":\"$2\"}},
			\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"v\",\"Source\":\"$3\",\"Destination\":\"/v\",\"RW\":true}]}}]}' \
			>/dev/null 2>&1 </dev/null & echo \$! >~/pid"
	wait_for 10 inside test -S /home/resp/sock
	[ -z "${6:-}" ] || inside resp sh -c "$6"
	timeout 60 "${impound[@]}" collect -q --yes --progress none --with files,index,rootfs,volumes --engine /home/resp/sock -o "$where" evil || :
	inside sh -c "cat $where/evil-*/custody.jsonl" >"$BATS_TEST_TMPDIR/custody"
	jq -c 'select(.error)' "$BATS_TEST_TMPDIR/custody"
	[ "$(jq -r '.event' <"$BATS_TEST_TMPDIR/custody" | tail -n 1)" = sealed ]
}

reads_nothing() {
	run ! inside grep -rqa -e only-root -e '"key"' "$where"
	grep -q "$1" "$BATS_TEST_TMPDIR/custody"
}

own=/home/resp/s/overlay/L/diff

@test "an upper directory that climbs out of the user's own" {
	forge /home/resp/s/overlay/../../../../root/secret/diff "$own" /nowhere secret /home/resp/s/overlay/../../../../home/resp
	reads_nothing "no plain path"
}

@test "an upper directory behind a link of the user's" {
	inside resp sh -c 'mkdir -p ~/s/overlay && ln -s /root/secret ~/s/overlay/M'
	forge /home/resp/s/overlay/M/diff "$own" /nowhere M /home/resp/s
	reads_nothing "Too many levels of symbolic links"
}

@test "a lower directory of somebody else's" {
	forge "$own" /root/secret/diff /nowhere L /home/resp/s
	reads_nothing "is not of user 1000"
}

@test "a volume of somebody else's" {
	forge "$own" "$own" /root/secret/diff L /home/resp/s
	reads_nothing "is not of user 1000"
}

@test "metadata that nobody writes the other end of" {
	forge "$own" "$own" /nowhere L /home/resp/s \
		'rm ~/s/overlay-containers/containers.json; mkfifo ~/s/overlay-containers/containers.json'
	reads_nothing "nothing here ties"
}
