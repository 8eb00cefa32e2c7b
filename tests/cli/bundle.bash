# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # bats sets status and output; the tests use what setup sets
# bundle.bash - a sealed bundle for each test to spoil, and what verify must say of it.

setup_file() {
	export B TOOL
	B=${B:-build/release}
	case $B in /*) ;; *) B=$PWD/$B ;; esac
	TOOL=$B/cli/mkbundle
	cd "$BATS_FILE_TMPDIR" || return 1
	export XDG_CONFIG_HOME=$PWD/config
	export KEY=$XDG_CONFIG_HOME/impound/seal.key
	"$IMPOUND" keygen >/dev/null
	"$IMPOUND" keygen -o other >/dev/null
	mkdir honest
	"$TOOL" honest "$KEY" | sed -n '2,5p' >receipt
}

# Each test has a copy of its own, and stands in it.
setup() {
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	export KEY=$XDG_CONFIG_HOME/impound/seal.key
	OTHER=$BATS_FILE_TMPDIR/other
	{ read -r bundle && read -r id && read -r seal && read -r fingerprint; } <"$BATS_FILE_TMPDIR/receipt"
	name=${bundle##*/}
	cp -a "$BATS_FILE_TMPDIR/$bundle" "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR/$name" || return 1
}

# verdict STATUS VERDICT [PATTERN] [OPTION]...: what verify says of the bundle we stand in.
verdict() {
	local want=$1 word=$2 pattern=${3-} said
	shift $(($# < 3 ? $# : 3))
	run timeout 60 "$IMPOUND" verify --json "$@" .
	if [ "$status" -ne "$want" ]; then
		echo "status $status instead of $want"
		echo "$output"
		return 1
	fi
	said=$(jq -r .verdict <<<"$output")
	if [ "$said" != "$word" ] || [ "$(jq -r .exit_code <<<"$output")" -ne "$want" ]; then
		echo "verdict $said instead of $word"
		return 1
	fi
	if [ -n "$pattern" ] && ! jq -r '.checks[] | "\(.status) \(.path // .id): \(.detail)"' <<<"$output" |
		grep -E -- "$pattern"; then
		echo "nothing like '$pattern' in: $output"
		return 1
	fi
}

tampered() {
	verdict 4 tampered "$@"
}

# As somebody who is not root.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# A public key from its 32 bytes in hex.
raw_key() {
	{
		echo "-----BEGIN PUBLIC KEY-----"
		printf '302a300506032b6570032100%s' "$1" | unhex | base64
		echo "-----END PUBLIC KEY-----"
	}
}

unhex() {
	perl -e 'print pack("H*", join("", <STDIN>))'
}
