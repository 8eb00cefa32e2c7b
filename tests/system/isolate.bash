# SPDX-License-Identifier: Apache-2.0
# isolate.bash - containers to isolate, and what impound said of them.

loop='while :; do sleep 1; done'

setup() {
	name=iso$BATS_TEST_NUMBER
	if [ "$LAB_VIEW" = outside ]; then
		export IMPOUND_JOURNAL=$BATS_TEST_TMPDIR/journal.jsonl
	fi
}

teardown() {
	inside sh -c "docker unpause $name $name-b; docker rm -f $name-b $name; docker network rm $name-1 $name-2
		podman pod rm -f -t 0 $name-pod; podman unpause $name; podman rm -f -t 0 $name-b; podman rm -f -t 0 $name; podman network rm $name-1 $name-2
		resp podman rm -f -t 0 $name-b; resp podman rm -f -t 0 $name; resp podman network rm $name-1 $name-2
		kill \$(cat /var/tmp/$name.pids)" >/dev/null 2>&1 || :
}

is_inside() {
	[ "$LAB_VIEW" = inside ]
}

engine() { # engine podman-rootless CMD...: the engine's own command, inside
	local words=("$1")
	[ "$1" != podman-rootless ] || words=(resp podman)
	inside "${words[@]}" "${@:2}"
}

# act STATUS VERB ENGINE [WORD...]: what it says as JSON is in $said.
act() {
	local want=$1 verb=$2 engine=$3 status=0
	shift 3
	said=$(impound contain "$verb" --yes --json --engine "$(engine_of "$engine")" "${@:-$name}") || status=$?
	printf '%s\n' "$said"
	[ "$status" -eq "$want" ]
}

says() { # says JQ: of the first result
	[ "$(jq -r ".results[0] | $1" <<<"$said")" = "$2" ]
}

because() { jq -e --arg part "$1" 'any(.results[0].isolation.reasons[]; contains($part))' <<<"$said"; }
proves() { jq -e --arg part "$1" 'any(.results[0].isolation.proof[]; contains($part))' <<<"$said"; }

# A state that isolate must come to in either view: inside it is proved, outside it cannot be.
isolated_as_far_as_seen() { # ENGINE [WORD...]
	if is_inside; then
		act 0 isolate "$@"
		says .isolation.verdict isolated
		proves 'no interface but lo'
		proves 'no route but those of lo'
		says '.after.interfaces | length' 0
	else
		act 3 isolate "$@"
		says .result unproven
		says .isolation.verdict unproven
		because 'could not be looked at'
		says '.isolation.alternative | contains("root")' true
	fi
}

# is_open PID: whether a connection is established in the namespace of the process.
is_open() {
	inside sh -c "cat /proc/$1/net/tcp /proc/$1/net/tcp6" | grep -Eq '^ *[0-9]+: .*:0063 .* 01 '
}

pid_of() { engine "$1" inspect -f '{{.State.Pid}}' "$2"; }
