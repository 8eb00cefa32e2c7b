# SPDX-License-Identifier: Apache-2.0
# helper.bash - for every system test: commands in the lab, and impound in the view that is being tested.
# The lab is up already (tests/system/run); a file run by hand wants `tests/lab/lab up` before it.

bats_require_minimum_version 1.5.0

checkout=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
LAB_VIEW=${LAB_VIEW:-outside}
[ -n "${LAB_DOCKER:-}" ] || eval "$("$checkout/tests/lab/lab" env)"
IMPOUND=${IMPOUND:-$checkout/build/release/impound}

# Each test has a journal of its own, and none touches the machine's; inside it is the lab's.
export IMPOUND_JOURNAL=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/journal/journal.jsonl
[ "$LAB_VIEW" = outside ] || unset IMPOUND_JOURNAL

# inside CMD...: in the lab, with its exit status.
inside() {
	"$checkout/tests/lab/lab" run -- "$@"
}

# impound ARG...: in the view under test. Outside, the command's engines have to be named (engine_of).
# "${impound[@]}" is the same as a command, for one that is to be sent a signal.
impound=("$IMPOUND")
if [ "$LAB_VIEW" = inside ]; then
	impound=("$checkout/tests/lab/lab" run -- "/src${IMPOUND#"$checkout"}")
fi
impound() {
	"${impound[@]}" "$@" 3>&-
}

# engine_of docker|podman|podman-rootless: what --engine takes for it in this view.
engine_of() {
	local name=LAB_${1^^}

	name=${name//-/_}
	[ "$LAB_VIEW" = outside ] || name+=_INSIDE
	printf '%s\n' "${!name}"
}

# wait_for SECONDS CMD...: until it succeeds; the caller's test fails if it never does.
wait_for() {
	local until=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || return 1
		command sleep 0.1
	done
}
