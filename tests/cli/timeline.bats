#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The timeline of a made bundle, in its three forms; what is damaged, forged, tampered with.

bats_require_minimum_version 1.5.0

setup_file() {
	export B SEALDIR
	B=${B:-build/release}
	case $B in /*) ;; *) B=$PWD/$B ;; esac
	SEALDIR=$B/cli/sealdir
	cd "$BATS_FILE_TMPDIR" || return 1
	export XDG_CONFIG_HOME=$PWD/config
	"$IMPOUND" keygen >/dev/null
	mkdir made
	make_evidence made
}

setup() {
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -a "$BATS_FILE_TMPDIR/made" .
}

# make_evidence FOLDER: a container that was started, had a file dropped, another deleted, was paused.
make_evidence() {
	local id
	id=$(printf '%064d' 7)
	mkdir -p "$1/container" "$1/events" "$1/filesystem" "$1/logs" "$1/contain"
	cat >"$1/container/inspect.json" <<-END
		{"Id":"$id","Name":"/web","Created":"2020-01-02T03:00:00Z","State":{"StartedAt":"2020-01-02T03:00:01.5Z"}}
	END
	cat >"$1/events/events.jsonl" <<-END
		{"Type":"container","Action":"pause","Actor":{"ID":"$id"},"time":1577934005,"timeNano":1577934005123456789}
	END
	cat >"$1/filesystem/changes.jsonl" <<-'END'
		{"path":"etc/motd","change":"D","type":"file","mode":"0644","uid":0,"gid":0,"size":"2","whiteout_ctime":"2020-01-02T03:00:04.000000000Z"}
		{"path":"usr/bin/.x|y","change":"A","type":"file","mode":"4755","uid":0,"gid":0,"size":"9","mtime":"@999999999999.000000000","ctime":"2020-01-02T03:00:03.000000001Z","btime":"2020-01-02T03:00:03.000000001Z","inode":"9"}
	END
	printf '%s\n' '2020-01-02T03:00:02.25Z hello' $'2020-01-02T03:00:02.5Z \e]0;owned\a' >"$1/logs/stdout.log"
	cat >"$1/contain/journal.jsonl" <<-END
		{"seq":0,"time":"2020-01-02T03:00:06Z","event":"intent","verb":"pause","operator":"eve","container":{"id":"$id"}}
	END
	mkdir -p root
	printf '%s\n' '#1577934002' 'curl evil' >root/.bash_history
	tar -cf "$1/filesystem/changes.tar" root
}

# seal: the folder "made" as a bundle, in $bundle.
seal() {
	bundle=$("$SEALDIR" made . "${1-$XDG_CONFIG_HOME/impound/seal.key}")
}

# What sealing did has the time of now.
before_now() {
	run --separate-stderr "$IMPOUND" timeline --until 2020-02-01 "$@" "$bundle"
}

@test "text: a line an event, in order, nothing a terminal would act on" {
	seal
	before_now
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	diff - <(printf '%s\n' "$output") <<-'END'
		2020-01-02T03:00:00Z     container container web created
		2020-01-02T03:00:01.5Z   container container web started
		2020-01-02T03:00:02Z     shell     /root/.bash_history: curl evil
		2020-01-02T03:00:02.25Z  log       stdout: hello
		2020-01-02T03:00:02.5Z   log       stdout: \x1b]0;owned\x07
		2020-01-02T03:00:03.000Z file      ..cb added /usr/bin/.x|y (-rwsr-xr-x 0:0 9 B)
		2020-01-02T03:00:04.000Z file           deleted /etc/motd (-rw-r--r-- 0:0 2 B)
		2020-01-02T03:00:05.123Z engine    pause
		2020-01-02T03:00:06Z     contain   pause: intent by eve
	END
}

@test "a forged time stands at the end, and breaks no order" {
	seal
	run --separate-stderr "$IMPOUND" timeline "$bundle"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == "@999999999999.000        file      m... added /usr/bin/.x|y"* ]]
	[[ ${lines[-2]} == *"custody   bundle sealed, complete" ]]
}

@test "jsonl: what Timesketch must have is in each, the result comes last" {
	seal
	run --separate-stderr "$IMPOUND" timeline --format jsonl "$bundle"
	[ "$status" -eq 0 ]
	head -n -1 <<<"$output" | jq -es 'all(.[]; (.message | type == "string" and utf8bytelength <= 32766) and
		(.datetime | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{1,6})?[+]00:00$")) and
		(.timestamp | type == "number") and (.timestamp_desc | length > 0) and
		(.source | type == "string") and (.object | type == "string"))'
	head -n -1 <<<"$output" | jq -es '[.[].timestamp] | . == sort'
	tail -n 1 <<<"$output" | jq -e --argjson n "$(($(wc -l <<<"$output") - 1))" '.schema == "impound-result/1" and
		.command == "timeline" and .exit_code == 0 and .events == $n and .sources.file == 3 and
		.signer.trusted and .damaged == []'
	[ "$(jq -r 'select(.object == "/etc/motd") | .timestamp_desc' <<<"$output")" = "Deletion Time" ]
	jq -es 'map(select(.object == "/usr/bin/.x|y")) | .[0].timestamp_desc ==
		"Metadata Modification Time; Creation Time" and .[0].size == "9" and .[0].mode == "-rwsr-xr-x" and
		.[1].recorded == "@999999999999.000000000" and .[1].datetime == "9999-12-31T23:59:59+00:00"' <<<"$output"
	run --separate-stderr "$IMPOUND" timeline --json "$bundle"
	[ "$(tail -n 1 <<<"$output" | jq -r .command)" = timeline ]
}

@test "bodyfile: mactime can take each line apart" {
	seal
	before_now --format bodyfile
	[ "$status" -eq 0 ]
	# As mactime does it: eleven fields, numbers where it wants them, %XX turned back, not all times 0.
	run python3 - <<-END
		import re, sys, urllib.parse
		names = []
		for line in '''${output//\\/\\\\}'''.splitlines():
		    f = line.split('|')
		    assert len(f) == 11, line
		    assert all(re.fullmatch('-?[0-9]+', n) for n in [f[2]] + f[4:]), line
		    assert re.fullmatch('./.[-rwxsStT]{9}', f[3]), line
		    assert any(int(n) for n in f[7:]), line
		    names.append(urllib.parse.unquote(f[1]))
		assert '/usr/bin/.x|y' in names, names
		assert '/etc/motd (deleted)' in names, names
		assert '[engine] pause' in names, names
	END
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "--since and --until take times and dates, and both ends are within" {
	seal
	run --separate-stderr "$IMPOUND" timeline --since 2020-01-02T03:00:04Z --until 2020-01-02T03:00:05.123456789Z "$bundle"
	[ "${#lines[@]}" -eq 2 ]
	run --separate-stderr "$IMPOUND" timeline --since 2020-01-03 --until 2020-01-04 "$bundle"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run --separate-stderr "$IMPOUND" timeline --since yesterday "$bundle"
	[ "$status" -eq 2 ]
	[[ $stderr == *"'yesterday'"* ]]
	run --separate-stderr "$IMPOUND" timeline --since 2020-01-03 --until 2020-01-02 "$bundle"
	[ "$status" -eq 2 ]
}

@test "wrong words: status 2; not there: 8; none: 6" {
	seal
	run "$IMPOUND" timeline
	[ "$status" -eq 2 ]
	run "$IMPOUND" timeline "$bundle" "$bundle"
	[ "$status" -eq 2 ]
	run --separate-stderr "$IMPOUND" timeline --json --format text "$bundle"
	[ "$status" -eq 2 ]
	[ "$(wc -l <<<"$output")" -eq 1 ]
	run "$IMPOUND" timeline nothing
	[ "$status" -eq 8 ]
	run "$IMPOUND" timeline made
	[ "$status" -eq 6 ]
	run --separate-stderr "$IMPOUND" timeline --format jsonl made
	[ "$status" -eq 6 ]
	[ "$(wc -l <<<"$output")" -eq 1 ]
	[ "$(jq -r '.command, .exit_code' <<<"$output" | tr '\n' ' ')" = "timeline 6 " ]
}

@test "-o: the events in a new file, of jsonl the result alone on stdout" {
	seal
	run --separate-stderr "$IMPOUND" timeline --format jsonl -o web.jsonl "$bundle"
	[ "$status" -eq 0 ]
	[ "$(jq -r .file <<<"$output")" = web.jsonl ]
	[ "$(jq -r .events <<<"$output")" -eq "$(wc -l <web.jsonl)" ]
	[ -z "$(jq -r 'select(.schema)' web.jsonl)" ]
	[ "$(stat -c %a web.jsonl)" = 600 ]
	run --separate-stderr "$IMPOUND" timeline -o web.jsonl "$bundle"
	[ "$status" -eq 1 ]
	[[ $stderr == *"'web.jsonl'"* ]]
}

@test "a full disk is said, never success" {
	seal
	run --separate-stderr bash -c '"$0" timeline "$1" >/dev/full' "$IMPOUND" "$bundle"
	[ "$status" -eq 1 ]
}

@test "what is damaged is warned about, the rest is told: status 3" {
	printf 'nonsense\n{"path":' >>made/filesystem/changes.jsonl
	truncate -s 700 made/filesystem/changes.tar
	echo '{"Id":' >made/image.json
	mkdir made/image
	mv made/image.json made/image/inspect.json
	seal
	run --separate-stderr "$IMPOUND" timeline --format jsonl "$bundle"
	[ "$status" -eq 3 ]
	[[ $stderr == *"filesystem/changes.jsonl: line 3: "*", and 1 more"* ]]
	[[ $stderr == *"filesystem/changes.tar: "* && $stderr == *"image/inspect.json: "* ]]
	tail -n 1 <<<"$output" | jq -e '.status == "incomplete" and .sources.file == 3 and
		([.damaged[].path] | sort) == ["filesystem/changes.jsonl", "filesystem/changes.tar", "image/inspect.json"]'
}

@test "tampered: refused with 4, or read and marked" {
	seal
	sed -i 's/hello/hullo/' "$bundle/data/logs/stdout.log"
	run --separate-stderr "$IMPOUND" timeline "$bundle"
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[[ $stderr == *data/logs/stdout.log* ]]
	before_now --even-if-tampered
	[ "$status" -eq 0 ]
	[[ $stderr == *tampered* ]]
	[[ $output == *" !log       stdout: hullo"* ]]
	[ "$(grep -vc ' !' <<<"$output")" -eq 0 ]
	before_now --even-if-tampered --format jsonl
	head -n -1 <<<"$output" | jq -es 'all(.[]; .tampered)'
	tail -n 1 <<<"$output" | jq -e '.verdict == "tampered"'
}

@test "an unknown signer is said; with --trust it is refused with 5" {
	"$IMPOUND" keygen -o other >/dev/null
	seal other
	before_now
	[ "$status" -eq 0 ]
	[[ $stderr == *"nobody vouches"* ]]
	run "$IMPOUND" timeline --trust other.pub.pem "$bundle"
	[ "$status" -eq 0 ]
	run "$IMPOUND" timeline --trust "$XDG_CONFIG_HOME/impound/seal.pub.pem" "$bundle"
	[ "$status" -eq 5 ]
}

@test "rpm's database says when each package was installed" {
	mkdir -p usr/lib/sysimage/rpm
	python3 - usr/lib/sysimage/rpm/rpmdb.sqlite <<-'END'
		import sqlite3, struct, sys
		tags = [(1000, 6, b'nc\0'), (1001, 6, b'1.10\0'), (1002, 6, b'1.el9\0'), (1022, 6, b'x86_64\0'),
		        (1008, 4, struct.pack('>I', 1577934002))]
		index = data = b''
		for number, kind, value in tags:
		    index += struct.pack('>IIII', number, kind, len(data), 1)
		    data += value
		blob = struct.pack('>II', len(tags), len(data)) + index + data
		db = sqlite3.connect(sys.argv[1])
		db.execute('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)')
		db.execute('INSERT INTO Packages VALUES (1, ?)', (blob,))
		db.execute('INSERT INTO Packages VALUES (2, ?)', (b'nonsense',))
		db.commit()
	END
	tar -cf made/filesystem/changes.tar usr
	seal
	before_now
	[ "$status" -eq 3 ]
	[[ $stderr == *"/usr/lib/sysimage/rpm/rpmdb.sqlite: "* ]]
	grep -qF '2020-01-02T03:00:02Z     package   /usr/lib/sysimage/rpm/rpmdb.sqlite: installed nc-1.10-1.el9.x86_64' <<<"$output"
	# Cut in its middle, it is damaged and no more.
	truncate -s 5000 usr/lib/sysimage/rpm/rpmdb.sqlite
	tar -cf made/filesystem/changes.tar usr
	seal
	before_now
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 8 ]
}

@test "secrets are not printed, unless they are asked for" {
	printf '2020-01-02T03:00:02.25Z mysql --password=Tr0ub4dor-3 postgres://u:hunter22@db/x\n' >made/logs/stdout.log
	seal
	for format in text jsonl bodyfile; do
		before_now --format "$format"
		[ "$status" -eq 0 ]
		[[ $output == *"[redacted: "* ]]
		run grep -e Tr0ub4dor -e hunter22 <<<"$output"
		[ "$status" -eq 1 ]
		before_now --format "$format" --show-secrets
		[[ $output == *"--password=Tr0ub4dor-3 postgres://u:hunter22@db/x"* ]]
	done
}

@test "on a terminal no line is wider than that" {
	seal
	run "$BATS_TEST_DIRNAME/terminal" none sh -c 'stty cols 60; exec "$0" timeline --until 2020-02-01 "$1"' "$IMPOUND" "$bundle"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 9 ]
	for line in "${lines[@]}"; do
		[ "${#line}" -le 60 ]
	done
	[[ $output == *" added /usr/bin/"*"…"* ]]
}

@test "300,000 events in less than 48 MiB" {
	awk 'BEGIN { for (i = 0; i < 300000; i++)
		printf "2020-01-%02dT%02d:%02d:%02dZ GET /%d HTTP/1.1 and what else a line has to say for itself, which is quite a lot\n",
			1 + i % 28, i % 24, i % 60, i % 59, i }' >made/logs/stdout.log
	seal
	local limit=48
	[[ $B != *asan* ]] || limit=1000 # a sanitizer's own
	run --separate-stderr python3 - "$IMPOUND" "$bundle" "$limit" <<-'END'
		import resource, subprocess, sys
		times = subprocess.run([sys.argv[1], 'timeline', '--until', '2020-02-01', sys.argv[2]],
		                       stdout=subprocess.PIPE, check=True).stdout.split(b'\n')[:-1]
		assert len(times) == 300007, len(times)
		stamps = [t[:24] for t in times]
		assert stamps == sorted(stamps)
		peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
		assert peak < int(sys.argv[3]) << 10, peak
	END
	echo "$stderr"
	[ "$status" -eq 0 ]
}
