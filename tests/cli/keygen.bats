#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The operator's key: where it lies, who can read it, that it is never lost.

bats_require_minimum_version 1.5.0

setup() {
	export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	cd "$BATS_TEST_TMPDIR" || return 1
}

# fingerprint PUB.pem, by stock tools
fingerprint() {
	openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -c1-64
}

@test "the default pair: private to its owner, its fingerprint that of openssl" {
	umask 0
	run "$IMPOUND" keygen
	[ "$status" -eq 0 ]
	[[ $output == *"fingerprint  $(fingerprint config/impound/seal.pub.pem)"* ]]
	[ "$(stat -c %a config/impound/seal.key)" = 600 ]
	[ "$(stat -c %a config/impound)" = 700 ]
	openssl pkey -in config/impound/seal.key -noout
}

@test "without XDG_CONFIG_HOME it is below the home, without a home it says so" {
	run env -u XDG_CONFIG_HOME HOME="$PWD/home" "$IMPOUND" keygen
	[ "$status" -eq 0 ]
	[ -f home/.config/impound/seal.key ]
	run env -u XDG_CONFIG_HOME -u HOME "$IMPOUND" keygen
	[ "$status" -eq 2 ]
	[[ $output == *HOME* ]]
}

@test "a key is never overwritten, nor half of a pair, nor through a link" {
	"$IMPOUND" keygen -o key
	cp key kept
	run "$IMPOUND" keygen -o key
	[ "$status" -eq 1 ]
	[[ $output == *"never overwritten"* ]]
	cmp key kept
	: >half.pub.pem
	run "$IMPOUND" keygen -o half
	[ "$status" -eq 1 ]
	[ ! -e half ]
	ln -s nowhere link
	run "$IMPOUND" keygen -o link
	[ "$status" -eq 1 ]
	[ ! -e nowhere ]
}

@test "--json says it all in one object" {
	run --separate-stderr "$IMPOUND" keygen --json -o key
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	jq -e --arg f "$(fingerprint key.pub.pem)" '.schema == "impound-result/1" and .command == "keygen" and
		.exit_code == 0 and .key == "key" and .public == "key.pub.pem" and .fingerprint == $f and
		.encrypted == false' <<<"$output"
	run --separate-stderr "$IMPOUND" keygen --json -o key
	[ "$status" -eq 1 ]
	[ "$(jq -r .exit_code <<<"$output")" = 1 ]
}

@test "--pass-file encrypts it, and openssl reads it" {
	echo 'correct horse' >pass
	"$IMPOUND" keygen --pass-file pass -o key
	grep -q 'BEGIN ENCRYPTED PRIVATE KEY' key
	run openssl pkey -in key -passin pass:wrong -noout
	[ "$status" -ne 0 ]
	[ "$(openssl pkey -in key -passin file:pass -pubout -outform DER | sha256sum | cut -c1-64)" = \
		"$(fingerprint key.pub.pem)" ]
	: >empty
	run "$IMPOUND" keygen --pass-file empty -o other
	[ "$status" -ne 0 ]
	[ ! -e other ]
}

@test "an operand or a folder that is not there is an error" {
	run "$IMPOUND" keygen key
	[ "$status" -eq 2 ]
	[[ $output == *"'key'"* ]]
	run "$IMPOUND" keygen -o no/such/key
	[ "$status" -eq 1 ]
	[[ $output == *"No such file"* ]]
}
