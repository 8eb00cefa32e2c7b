#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # what bundle.bash sets
# Bundles that are what they were, and every way in which one is not: status, verdict and reason.

bats_require_minimum_version 1.5.0
load bundle

@test "a bundle of the operator's own key is valid" {
	verdict 0 valid
	jq -e --arg id "$id" --arg seal "$seal" --arg f "$fingerprint" '.schema == "impound-result/1" and
		.command == "verify" and .bundle.id == $id and .seal.sha256 == $seal and
		.signer.fingerprint == $f and .signer.trusted and .bundle.files == 3 and
		.bundle.bytes == "26" and .bundle.container == "web" and .counts.files == 12' <<<"$output"
}

@test "people are told the verdict first, then by whom, then what was checked" {
	run "$IMPOUND" verify "../$name"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "../$name: valid: "* ]]
	[[ $output == *"$fingerprint"* && $output == *"case-7"* && $output == *"12 files"* ]]
	run "$IMPOUND" verify -q .
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "without a key that is trusted it is unattributed, and the key in the bundle does not change that" {
	XDG_CONFIG_HOME=/nonexistent verdict 5 unattributed 'untrusted trust'
}

@test "--trust, trusted/ and --fingerprint each vouch for the signer" {
	XDG_CONFIG_HOME=/nonexistent verdict 0 valid '' --trust seal/signer.pub.pem
	XDG_CONFIG_HOME=/nonexistent verdict 0 valid '' --fingerprint "${fingerprint^^}"
	XDG_CONFIG_HOME=/nonexistent verdict 0 valid '' --seal "$seal"
	mkdir -p "$BATS_TEST_TMPDIR/c/impound/trusted"
	cp seal/signer.pub.pem "$BATS_TEST_TMPDIR/c/impound/trusted/somebody.pem"
	XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/c verdict 0 valid 'somebody.pem'
	XDG_CONFIG_HOME=/nonexistent verdict 5 unattributed '' --trust "$OTHER.pub.pem"
}

@test "a pin that does not fit is refused" {
	tampered 'seal/signer.pub.pem: is not the key of the receipt' --fingerprint "$(printf '0%.0s' {1..64})"
	tampered 'seal/seal.json: is not the one of the receipt' --seal "$(printf '0%.0s' {1..64})"
}

@test "wrong words: status 2, and the word is named" {
	run --separate-stderr "$IMPOUND" verify
	[ "$status" -eq 2 ]
	run --separate-stderr "$IMPOUND" verify --fingerprint abc .
	[ "$status" -eq 2 ]
	[[ $stderr == *"'abc'"* ]]
	run --separate-stderr "$IMPOUND" verify --seal "$seal" . .
	[ "$status" -eq 2 ]
	run --separate-stderr "$IMPOUND" verify --trust bagit.txt .
	[ "$status" -eq 2 ]
	[[ $stderr == *bagit.txt* ]]
	run --separate-stderr "$IMPOUND" verify --trust nothing.pem .
	[ "$status" -eq 1 ]
}

@test "the commands of VERIFY.txt, run as they stand there, accept it" {
	sed -n 's/^\t\(openssl\|L=\|grep\|sha256sum\|{\|find\)/\1/p' VERIFY.txt >../commands
	[ "$(wc -l <../commands)" -eq 8 ]
	{ echo 'set -e -o pipefail'; cat ../commands; } >../script
	run --separate-stderr bash ../script
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ ${lines[0]} == "$fingerprint"* ]]
	[[ $output == *"Signature Verified Successfully"* ]]
	[[ $output == *$'\nsealed\n'"$seal  seal/seal.json" ]]
	grep -q "verify --fingerprint $fingerprint $name" VERIFY.txt
	# And each of them refuses what it is there for.
	echo x >>data/logs/stdout.log
	touch extra
	run bash -o pipefail -c "$(sed -n '6p' ../commands)"
	[ "$status" -ne 0 ]
	run bash -o pipefail -c "L=\$(mktemp); $(sed -n '7,8p' ../commands)"
	[ "$status" -ne 0 ]
}

@test "it is a BagIt 1.0 bag" {
	[ "$(cat bagit.txt)" = $'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8' ]
	grep -qx 'Payload-Oxum: 26.3' bag-info.txt
	grep -qx 'Internal-Sender-Description: first line\\nsecond line' bag-info.txt
	LC_ALL=C sort -c -k 2 manifest-sha256.txt
	LC_ALL=C sort -c -k 2 tagmanifest-sha256.txt
}

@test "another name is a note, a link to the directory is nothing" {
	mv "../$name" ../renamed
	cd ../renamed
	verdict 0 valid 'note name: the directory was renamed'
	ln -s renamed ../link
	run "$IMPOUND" verify ../link/
	[ "$status" -eq 0 ]
	run "$IMPOUND" verify ../link
	[ "$status" -eq 0 ]
}

@test "hard links are a note, and the note comes after what is wrong" {
	ln bagit.txt ../bagit.txt
	verdict 0 valid 'note bagit.txt: has 2 hard links'
	echo x >>data/logs/stdout.log
	XDG_CONFIG_HOME=/nonexistent run "$IMPOUND" verify .
	[ "$(grep -oE '^  (tampered|untrusted|note) ' <<<"$output" | uniq | xargs)" = "tampered untrusted note" ]
}

@test "a partial bundle is as good as its seal, and says that it is partial" {
	mkdir ../p
	PARTIAL=1 "$TOOL" ../p "$KEY" >/dev/null
	cd ../p/web-*
	verdict 0 partial
	[ "$(jq -r .bundle.state <<<"$output")" = partial ]
}

@test "an ordinary user without a home can verify what cannot be written" {
	cp -a . "$BATS_FILE_TMPDIR/ro"
	chmod -R a+rX,a-w "$BATS_FILE_TMPDIR/ro"
	chmod a+x "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" "$(dirname "$BATS_RUN_TMPDIR")"
	cd "$BATS_FILE_TMPDIR/ro"
	cp "$IMPOUND" "$BATS_FILE_TMPDIR/impound"
	run as_user env -i "$BATS_FILE_TMPDIR/impound" verify --fingerprint "$fingerprint" .
	echo "$output"
	[ "$status" -eq 0 ]
	# What cannot be read is no verdict, and nothing is called missing for it.
	for f in data/logs/stdout.log data/logs data seal seal/seal.json custody.jsonl manifest-sha256.txt \
		tagmanifest-sha256.txt bagit.txt VERIFY.txt; do
		chmod 0 "$f"
		run as_user env -i "$BATS_FILE_TMPDIR/impound" verify --fingerprint "$fingerprint" .
		chmod a+rX "$f"
		echo "$f: $output"
		[ "$status" -eq 1 ]
		[[ $output == *": unknown: "* && $output == *"Permission denied"* ]]
	done
	chmod -R u+rwX .
}

@test "in a chroot without /proc it knows the directory's own name" {
	local lib root=$BATS_TEST_TMPDIR/root
	[ "$(id -u)" -eq 0 ] || skip "only root can chroot"
	mkdir -p "$root/some"
	cp "$IMPOUND" "$root/impound"
	ldd "$IMPOUND" | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$root${lib%/*}"
		cp "$lib" "$root$lib"
	done
	cp -a . "$root/some/$name"
	run chroot "$root" /impound verify --fingerprint "$fingerprint" "some/$name"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output != *renamed* ]]
	rm -r "$root/some/$name/seal"
	mv "$root/some/$name" "$root/some/$name.partial"
	run chroot "$root" /impound verify --fingerprint "$fingerprint" "some/$name.partial/"
	echo "$output"
	[ "$status" -eq 7 ]
}

@test "several bundles: a result each, and the worst status" {
	cp -a . ../second
	echo x >>../second/VERIFY.txt
	run "$IMPOUND" verify --json . ../second /nonexistent
	[ "$status" -eq 8 ]
	[ "$(jq -c '[.exit_code, (.results | map(.exit_code))]' <<<"$output")" = "[8,[0,4,8]]" ]
	run "$IMPOUND" verify --json ../second .
	[ "$status" -eq 4 ]
}

@test "no such bundle: 8; no bundle at all: 6" {
	run "$IMPOUND" verify --json ../nothing
	[ "$status" -eq 8 ]
	[ "$(jq -r .verdict <<<"$output")" = unknown ]
	run "$IMPOUND" verify /usr
	[ "$status" -eq 6 ]
	run "$IMPOUND" verify bagit.txt
	[ "$status" -eq 6 ]
	rm -r seal custody.jsonl
	verdict 6 unknown
}

# --- touched by somebody without the key

@test "any file changed by a byte, cut, longer or missing" {
	local f
	cp -a . ../good
	find . -type f | while IFS= read -r f; do
		for how in change cut longer missing; do
			case $how in
			change)
				[ -s "$f" ] || continue
				perl -pi -e 's/(.)$/chr(ord($1) ^ 1)/se if eof' "$f"
				;;
			cut)
				[ -s "$f" ] || continue
				truncate -s -1 "$f"
				;;
			longer) printf '\n' >>"$f" ;;
			missing) rm "$f" ;;
			esac
			if cmp -s "$f" "../good/$f"; then
				echo "$f was not changed" && exit 1
			fi
			tampered "${f#./}|manifest|logs" || { echo "$how $f" && exit 1; }
			cp -a "../good/$f" "$f"
		done
	done
	verdict 0 valid
}

@test "a file more, inside data/ and outside, hidden, empty" {
	for f in data/extra data/logs/.hidden extra seal/extra data/container/x.json tagmanifest-md5.txt; do
		: >"$f"
		tampered "tampered $f: is in no list"
		rm "$f"
	done
	echo 'http://example.org/x 1 data/x' >fetch.txt
	tampered 'fetch.txt: is forbidden'
}

@test "an empty directory more, and one less" {
	mkdir data/empty
	tampered 'data/empty: is an empty directory'
	rmdir data/empty
	rm -r data/logs
	tampered 'data/logs/stdout.log: is missing'
}

@test "a symbolic link, to the file's own content too" {
	mv data/logs/stdout.log ../stdout.log
	ln -s ../../../stdout.log data/logs/stdout.log
	tampered 'data/logs/stdout.log: is a symbolic link'
	rm data/logs/stdout.log
	mv ../stdout.log data/logs/stdout.log
	mv data ../data
	ln -s ../data data
	tampered 'data: is a symbolic link'
	rm data
	mv ../data data
	mv seal ../seal
	ln -s ../seal seal
	tampered 'seal: is a symbolic link'
	rm seal
	mv ../seal seal
	mv custody.jsonl ../c
	ln -s ../c custody.jsonl
	tampered 'custody.jsonl'
	rm custody.jsonl
	mv ../c custody.jsonl
	ln -s /etc/passwd link
	tampered 'link: is a symbolic link'
}

@test "a FIFO in place of a file does not hang it, nor does a socket" {
	for f in data/logs/stdout.log seal/seal.json custody.jsonl VERIFY.txt; do
		mv "$f" ../kept
		mkfifo "$f"
		tampered "$f: is a FIFO"
		rm "$f"
		mv ../kept "$f"
	done
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "s", Listen => 1) or die'
	tampered 's: is a socket'
}

@test "a device" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make one"
	mknod data/logs/null c 1 3
	tampered 'data/logs/null: is a device'
}

@test "another file system mounted inside, or a file on a file" {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount"
	cp data/container/inspect.json ../same
	run unshare -m sh -c 'mount --bind ../same data/container/inspect.json && exec "$1" verify .' sh "$IMPOUND"
	[ "$status" -eq 4 ]
	[[ $output == *"data/container/inspect.json: is not a plain file in the bundle"* ]]
	run unshare -m sh -c 'mount -t tmpfs none data/logs && exec "$1" verify .' sh "$IMPOUND"
	[ "$status" -eq 4 ]
	[[ $output == *"data/logs: is another file system"* ]]
}

@test "directories without end are a limit with a name" {
	local deep
	deep=$(printf 'd/%.0s' {1..20})
	mkdir -p "data/$deep"
	verdict 6 unknown 'more than 16 directories inside each other'
}

@test "names so long that the list of them would fill the memory are not kept" {
	local part
	part=data/$(printf 'n%.0s' {1..200})
	mkdir "$part"
	touch "$part/f"
	tampered 'nnn: has a longer path than any in a bundle'
}

@test "names that would fool a terminal are shown escaped" {
	touch $'data/\e[2J\n\xff'
	run "$IMPOUND" verify .
	[ "$status" -eq 4 ]
	[[ $output != *$'\e'* ]]
	[[ $output == *'\x1b[2J\n\xff'* ]]
	run "$IMPOUND" verify --json .
	jq -e '[.checks[] | select(.path_b64)] | length == 1' <<<"$output"
}

@test "the seal removed, its parts removed, or emptied" {
	cp -a seal ../seal
	rm -r seal
	tampered 'seal/seal.json: is missing'
	for f in seal.json seal.json.sig signer.pub.pem; do
		rm -rf seal && cp -a ../seal seal
		rm "seal/$f"
		tampered "seal/$f: is missing"
		: >"seal/$f"
		tampered "seal/$f"
	done
}

@test "the tag manifest removed, and the rest edited as BagIt allows" {
	rm tagmanifest-sha256.txt
	sed -i 's/J. Doe/Nobody/' bag-info.txt
	tampered 'tagmanifest-sha256.txt: is missing'
}

@test "the signature: of other bytes, cut, longer, of another key" {
	head -c 63 seal/seal.json.sig >../sig
	cp ../sig seal/seal.json.sig
	tampered 'seal.json.sig: is not this key'
	head -c 64 /dev/zero >seal/seal.json.sig
	tampered 'seal.json.sig: is not this key'
	openssl pkeyutl -sign -rawin -inkey "$OTHER" -in seal/seal.json -out seal/seal.json.sig
	tampered 'seal.json.sig: is not this key'
	cp "$OTHER.pub.pem" seal/signer.pub.pem
	tampered 'is not the key that the seal names'
}

@test "S + L in place of S: the same signature spelled otherwise" {
	perl -MMath::BigInt -0777 -pi -e '
		my $s = Math::BigInt->from_bytes(scalar reverse substr($_, 32));
		$s += Math::BigInt->new(2)->bpow(252) + Math::BigInt->new("27742317777372353535851937790883648493");
		my $out = scalar reverse $s->to_bytes;
		substr($_, 32) = $out . "\0" x (32 - length $out)' seal/seal.json.sig
	[ "$(stat -c %s seal/seal.json.sig)" -eq 64 ]
	tampered 'seal.json.sig: is not this key'
}

@test "the signer's key with text around it" {
	{ echo "trust me"; cat seal/signer.pub.pem; } >../pem
	cp ../pem seal/signer.pub.pem
	tampered 'signer.pub.pem: has more in it than the key'
}

@test "the eight keys of small order" {
	local y
	for y in 0100000000000000000000000000000000000000000000000000000000000000 \
		ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f \
		0000000000000000000000000000000000000000000000000000000000000000 \
		0000000000000000000000000000000000000000000000000000000000000080 \
		26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05 \
		26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85 \
		c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a \
		c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa; do
		raw_key "$y" >seal/signer.pub.pem
		printf '01%062d%064d' 0 0 | unhex >seal/seal.json.sig
		sed -i -E "s/(\"spki_sha256\":\")[0-9a-f]*/\1$(openssl pkey -pubin -in seal/signer.pub.pem \
			-outform DER | sha256sum | cut -c1-64)/" seal/seal.json
		tampered 'small order' --trust "$OTHER.pub.pem"
	done
}

@test "a key of another kind" {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ../ec 2>/dev/null
	openssl pkey -in ../ec -pubout -out seal/signer.pub.pem
	tampered 'not for Ed25519'
}

@test "written to while it is read" {
	mkdir ../big
	"$TOOL" ../big "$KEY" 1 300000000 >/dev/null
	cd ../big/web-*
	verdict 0 valid
	(while touch data/volumes/0.tar; do :; done) &
	local writer=$!
	run "$IMPOUND" verify --json .
	kill "$writer"
	wait "$writer" || true
	[ "$status" -eq 4 ]
	[[ $output == *"was written to while it was read"* ]]
	verdict 0 valid
}
