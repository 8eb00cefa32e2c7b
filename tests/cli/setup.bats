#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ./setup with a system that is made up: what is missing is named, and nothing is done without root.

# A dpkg-query that knows every package but one, an apt-get and a make that only say that they were called.
setup() {
	bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	cat >"$bin/dpkg-query" <<-'X'
		#!/bin/sh
		for last; do :; done
		[ "$last" = "${ABSENT-}" ] || echo 'install ok installed'
	X
	printf '#!/bin/sh\necho "apt-get $*"\n' >"$bin/apt-get"
	printf '#!/bin/sh\necho "make $*"\n' >"$bin/make"
	cat >"$bin/id" <<-'X'
		#!/bin/sh
		echo "${FAKE_UID-0}"
	X
	chmod +x "$bin"/*
	PATH=$bin:$PATH
}

@test "with everything there it hands over to make" {
	run ./setup check
	[ "$status" -eq 0 ]
	[[ $output == "make "*" check" ]]
	run ./setup demo
	[[ $output == "make "*" demo" ]]
}

@test "as root on Debian it installs what is missing, first" {
	grep -q '^ID=debian' /etc/os-release || skip "this system is not Debian"
	ABSENT=libcjson-dev run ./setup check
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *"installing libcjson-dev" ]]
	[[ $output == *"apt-get -qq update"* && $output == *"make "*" check" ]]
}

@test "without root it prints exactly what to install, and stops" {
	ABSENT=libcjson-dev FAKE_UID=1000 run ./setup check
	[ "$status" -eq 1 ]
	[[ $output == *" libcjson-dev"* ]]
	[[ $output != *"make "* && $output != *"apt-get -qq"* ]]
}

@test "without root, the lab is said to need it" {
	FAKE_UID=1000 run ./setup demo
	[ "$status" -eq 1 ]
	[[ $output == *"sudo ./setup demo"* ]]
}

@test "a wrong word is named" {
	run ./setup chekc
	[ "$status" -eq 2 ]
	[[ $output == *"'chekc'"* ]]
	run ./setup check now
	[ "$status" -eq 2 ]
	[[ $output == *"'now'"* ]]
}

@test "every package of the list exists by that name" {
	while read -r name _; do
		case $name in '' | '#'*) continue ;; esac
		[[ $name =~ ^[a-z0-9][a-z0-9+.-]+$ ]]
	done <packages
}
