#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # what bundle.bash sets
# Bundles that somebody changed who has a signing key, and bundles that were never sealed.

bats_require_minimum_version 1.5.0
load bundle
load forge

@test "all of it sealed again with another key: unattributed, and refused where the signer is pinned" {
	echo x >>data/logs/stdout.log
	sed -i "s/$(sha256sum <"$BATS_FILE_TMPDIR/$bundle/data/logs/stdout.log" | cut -c1-64)/$(sha256sum \
		<data/logs/stdout.log | cut -c1-64)/; s/\"bytes\":\"12\"/\"bytes\":\"14\"/" custody.jsonl
	sed -i 's/26\.3/28.3/' bag-info.txt custody.jsonl
	sed -i "s/$fingerprint/$(openssl pkey -in "$OTHER" -pubout -outform DER | sha256sum | cut -c1-64)/" \
		custody.jsonl VERIFY.txt
	rechain && relist && retag && KEY=$OTHER resign
	verdict 5 unattributed
	tampered 'is not the key of the receipt' --fingerprint "$fingerprint"
	tampered 'is not the one of the receipt' --seal "$seal"
}

@test "a forger who changes nothing is believed: the tests below find only what they change" {
	rechain && relist && retag && resign
	verdict 0 valid
}

# signed PATTERN: what was done is signed with the trusted key, and refused all the same.
signed() {
	retag && resign
	tampered "$1"
}

@test "manifest lines as no bundle has them, signed" {
	local -a edits=(
		'1!G;h;$!d' 'is not in order'
		'1p' 'repeats a path'
		's/$/\r/' 'CR LF'
		's/  / */' 'two spaces'
		's|  data|  ./data|' 'path that no bundle has'
		's|^[0-9a-f]*|\U&|' 'lower-case'
		's|  data|  /data|' 'path that no bundle has'
		's|  data/|  data/../data/|' 'path that no bundle has'
		's|  data/|  data//|' 'path that no bundle has'
		's|^.|\\&|' 'lower-case'
		'1i # a comment' 'lower-case'
		'1s/^/\n/' 'lower-case'
		's|^.||' 'lower-case'
		's|  data/|  data/%0A|' 'path that no bundle has'
		's|  data/container.*|  bagit.txt|' 'which is not below data/'
		'1d' 'has no custody row|in no list'
	)
	cp manifest-sha256.txt ../manifest
	for ((i = 0; i < ${#edits[@]}; i += 2)); do
		sed "${edits[i]}" ../manifest >manifest-sha256.txt
		! cmp -s ../manifest manifest-sha256.txt
		signed "${edits[i + 1]}" || { echo "${edits[i]}" && return 1; }
	done
	head -c -1 ../manifest >manifest-sha256.txt
	signed 'does not end in LF'
	{ cat ../manifest; printf 'a\0b\n'; } >manifest-sha256.txt
	signed 'NUL'
	: >manifest-sha256.txt
	signed 'is in no list'
}

@test "a tag manifest that lists too little or too much, signed" {
	local f
	for f in bagit.txt bag-info.txt custody.jsonl manifest-sha256.txt VERIFY.txt; do
		retag
		sed -i "/  $f\$/d" tagmanifest-sha256.txt
		resign
		tampered "does not list $f" || { echo "$f" && return 1; }
	done
	{ cat tagmanifest-sha256.txt; sha256sum VERIFY.txt seal/signer.pub.pem; } | LC_ALL=C sort -k 2 -u >../t
	cp ../t tagmanifest-sha256.txt
	resign
	tampered 'lists seal/signer.pub.pem, which it never does'
	retag
	{ cat tagmanifest-sha256.txt; sha256sum data/logs/stdout.log; } | LC_ALL=C sort -k 2 >../t
	cp ../t tagmanifest-sha256.txt
	resign
	tampered 'which it never does'
}

@test "the bag's version lowered, its Oxum wrong or twice, fetch.txt listed, signed" {
	cp bagit.txt ../bagit && cp bag-info.txt ../info
	sed -i 's/1\.0/0.97/' bagit.txt
	signed 'does not say BagIt 1.0'
	cp ../bagit bagit.txt
	sed -i 's/26\.3/27.3/' bag-info.txt
	signed 'Oxum once'
	{ cat ../info; echo 'payload-oxum: 26.3'; } >bag-info.txt
	signed 'Oxum once'
	cp ../info bag-info.txt
	: >fetch.txt
	signed 'fetch.txt: is forbidden'
}

@test "custody lines removed, swapped, edited, torn, added, signed" {
	cp custody.jsonl ../custody
	sed '2d' ../custody >custody.jsonl
	signed 'does not follow'
	sed '2{h;d};3{G}' ../custody >custody.jsonl
	signed 'does not follow'
	sed '2s/"kind":"files"/"kind":"filed"/' ../custody >custody.jsonl
	signed 'does not follow'
	head -c -1 ../custody >custody.jsonl
	signed 'torn'
	sed '$d' ../custody >custody.jsonl
	signed 'does not say sealed'
	{ cat ../custody; sed -n '5p' ../custody; } >custody.jsonl && rechain
	signed 'comes after the line that says sealed'
	sed '1d' ../custody >custody.jsonl && rechain
	signed 'does not say opened'
	: >custody.jsonl
	signed 'does not say sealed'
	{ cat ../custody; echo; } >custody.jsonl
	signed 'line 7'
	sed '3s/"event":"artifact"/"event":"artifact","event":"artifact"/' ../custody >custody.jsonl && rechain
	signed 'twice'
	sed '3s/"outcome":"whole"/"outcome":"good"/' ../custody >custody.jsonl && rechain
	signed 'outcome that is none'
	sed '3s/"kind":"files",//' ../custody >custody.jsonl && rechain
	signed 'kind'
	sed '3s/$/x/' ../custody >custody.jsonl && rechain
	signed 'line 2'
}

@test "custody and manifest that disagree, signed" {
	cp custody.jsonl ../custody
	sed '3d' ../custody >custody.jsonl && rechain
	signed 'has no custody row'
	sed '3p' ../custody >custody.jsonl && rechain
	signed 'has several custody rows'
	sed -E '3s/"sha256":"[0-9a-f]/&0/;3s/("sha256":"[0-9a-f]{64})[0-9a-f]/\1/' ../custody >custody.jsonl && rechain
	signed 'another SHA-256 in its custody row'
	sed '3s/"bytes":"12"/"bytes":"13"/' ../custody >custody.jsonl && rechain
	signed 'its custody row says 13'
	sed '3s|data/logs/stdout.log|data/logs/other.log|' ../custody >custody.jsonl && rechain
	signed 'has a custody row, but is in no list'
	sed '3s|data/logs/stdout.log|../../etc/passwd|' ../custody >custody.jsonl && rechain
	signed 'path that no bundle has'
	sed '3s|"outcome":"whole"|"outcome":"absent"|' ../custody >custody.jsonl && rechain
	signed 'though nothing was taken'
	sed '3s|"outcome":"whole"|"outcome":"partial"|' ../custody >custody.jsonl && rechain
	signed 'says complete, but the rows before it do not'
}

@test "a seal that says other things than the bundle, signed" {
	cp seal/seal.json ../seal.json
	local -a edits=(
		's/"id":"./"id":"x/' "'id' is not"
		's/("id":")[0-9a-f]{8}/\100000000/' 'another bundle id'
		's/("name":")/\1x/' 'another name'
		's/"state":"complete"/"state":"partial"/' 'another state'
		's/"state":"complete"/"state":"fine"/' 'neither complete nor partial'
		's/26\.3/26.4/' 'the seal says 26 in 4'
		's/26\.3/26/' 'oxum'
		's/("custody_head":")[0-9a-f]{8}/\100000000/' 'not the one that the seal names'
		's/("tagmanifest":\{"sha256":")[0-9a-f]{8}/\100000000/' 'not the one that was sealed'
		's/("spki_sha256":")[0-9a-f]{8}/\100000000/' 'not the key that the seal names'
		's/ed25519/rsa/' 'alg'
		's/"expects":\[\],//' 'expects'
		's/"id":/"id":"x","id":/' 'twice'
		's/impound-seal.1/other-seal\/1/' 'not of type'
		's/$/x/' 'seal.json'
		's/^/ \n/' 'one line'
	)
	for ((i = 0; i < ${#edits[@]}; i += 2)); do
		cp ../seal.json seal/seal.json
		resign "${edits[i]}"
		! cmp -s ../seal.json seal/seal.json
		tampered "${edits[i + 1]}" || { echo "${edits[i]}" && return 1; }
	done
}

@test "a later format, a critical feature, a further seal: no verdict" {
	cp seal/seal.json ../seal.json
	resign 's/impound-seal.1/impound-seal\/2/'
	verdict 1 unknown 'later format'
	cp ../seal.json seal/seal.json
	resign 's/"critical":\[\]/"critical":["timestamp"]/'
	verdict 1 unknown "feature 'timestamp'"
	cp ../seal.json seal/seal.json
	resign 's/"expects":\[\]/"expects":["tsa"]/'
	verdict 1 unknown "further seal 'tsa'"
	# Unsigned, such a claim is only a broken seal.
	sed -i 's/impound-seal.1/impound-seal\/2/' seal/seal.json
	tampered 'seal.json.sig'
}

# --- never sealed

@test "kill -9 at every step leaves a .partial that verify calls unsealed" {
	local n
	for ((n = 0; n <= 10; n++)); do
		mkdir "../k$n"
		run "$TOOL" "../k$n" "$KEY" 0 0 "$n"
		[ "$status" -eq 137 ]
		(cd "../k$n"/web-*.partial && verdict 7 unsealed 'unsealed seal: it was never sealed') || return 1
	done
	mkdir "../k$n"
	"$TOOL" "../k$n" "$KEY" 0 0 "$n"
}

@test "an unsealed bundle's files are compared with its custody log" {
	mkdir ../k
	run "$TOOL" ../k "$KEY" 0 0 10
	cd ../k/web-*.partial
	verdict 7 unsealed
	head -c -5 custody.jsonl >../c && cp custody.jsonl ../whole && cp ../c custody.jsonl
	verdict 7 unsealed 'note custody.jsonl: its last line is torn'
	cp ../whole custody.jsonl
	echo x >data/new.json
	verdict 7 unsealed 'note data/new.json: has no custody row'
	echo x >>data/logs/stdout.log
	tampered 'data/logs/stdout.log: (is not what|has 14 bytes)'
	rm data/logs/stdout.log
	tampered 'data/logs/stdout.log: is missing'
}

@test "no name and no seal at all is unsealed; the same name with a whole seal is a note" {
	mkdir ../x.partial
	cd ../x.partial
	verdict 7 unsealed
	cd "../$name"
	mv "../$name" "../$name.partial"
	cd "../$name.partial"
	verdict 0 valid 'did not get its final name'
	rm seal/seal.json.sig
	tampered 'seal.json.sig: is missing'
}
