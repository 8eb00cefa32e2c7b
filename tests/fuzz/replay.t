#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# replay.t - each fuzz target over its corpus, a test a target. Wants B (the build folder).
set -u
cd "$(dirname "$0")/../.." || exit 1
set -- tests/fuzz/f-*.c
echo "1..$#"
n=0
for source in "$@"; do
	n=$((n + 1))
	name=${source##*/f-}
	name=${name%.c}
	set -- "tests/fuzz/corpus/$name"/*
	if [ ! -e "$1" ]; then
		echo "not ok $n - $name: no corpus"
	elif timeout 120 "${B:-build/release}/fuzz/f-$name" "$@" >&2; then
		echo "ok $n - $name: $# inputs"
	else
		echo "not ok $n - $name"
	fi
done
