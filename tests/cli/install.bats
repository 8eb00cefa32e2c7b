#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# make install and uninstall: what a package would hold, and nothing left afterwards.

@test "install puts the binary, the man pages and the completion in place, uninstall takes them out" {
	root=$BATS_TEST_TMPDIR/root
	make -s install DESTDIR="$root" prefix=/usr
	[ "$("$root/usr/bin/impound" --version | head -n 1)" = "$("$IMPOUND" --version | head -n 1)" ]
	[ -f "$root/usr/share/bash-completion/completions/impound" ]

	for page in man/*.[157]; do
		[ -f "$root/usr/share/man/man${page##*.}/${page##*/}" ]
	done
	[ "$(find "$root" -type f -perm /022 | wc -l)" -eq 0 ]
	make -s uninstall DESTDIR="$root" prefix=/usr
	[ "$(find "$root" -type f | wc -l)" -eq 0 ]
}
