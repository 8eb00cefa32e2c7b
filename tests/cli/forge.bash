# SPDX-License-Identifier: Apache-2.0
# forge.bash - what somebody who has a signing key can do to a bundle; all of it with stock tools, in the
# bundle's own directory. Each step puts right what the one before it broke, so that only the fault that a
# test is about is left for verify to find.

# Every line of the custody log names the one before it again.
rechain() {
	local line n=0 prev
	prev=$(printf '0%.0s' {1..64})
	while IFS= read -r line; do
		line=$(sed -E "s/^\{\"seq\":[0-9]+,\"prev\":\"[0-9a-f]{64}\"/{\"seq\":$n,\"prev\":\"$prev\"/" <<<"$line")
		printf '%s\n' "$line"
		prev=$(printf '%s\n' "$line" | sha256sum | cut -c1-64)
		n=$((n + 1))
	done <custody.jsonl >../custody.new
	mv ../custody.new custody.jsonl
}

# The list of data/ is that of the files.
relist() {
	find data -type f | LC_ALL=C sort | xargs sha256sum >manifest-sha256.txt
}

# The list of lists is that of the files outside data/ and seal/.
retag() {
	# shellcheck disable=SC2094 # the list is not among what it lists
	find . -type f ! -path './data/*' ! -path './seal/*' ! -name tagmanifest-sha256.txt | cut -c3- |
		LC_ALL=C sort | xargs sha256sum >tagmanifest-sha256.txt
}

# seal.json says what is there now; each further argument is a sed expression on it. Signed with $KEY.
resign() {
	local tag head oxum spki expression
	tag=$(sha256sum <tagmanifest-sha256.txt | cut -c1-64)
	head=$(tail -n 1 custody.jsonl | sha256sum | cut -c1-64)
	oxum=$(find data -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d.%d", s, NR }')
	spki=$(openssl pkey -in "$KEY" -pubout -outform DER | sha256sum | cut -c1-64)
	sed -i -E -e "s/(\"tagmanifest\":\{\"sha256\":\")[0-9a-f]*/\1$tag/" \
		-e "s/(\"custody_head\":\")[0-9a-f]*/\1$head/" -e "s/(\"oxum\":\")[0-9.]*/\1$oxum/" \
		-e "s/(\"spki_sha256\":\")[0-9a-f]*/\1$spki/" seal/seal.json
	for expression; do
		sed -i -E -e "$expression" seal/seal.json
	done
	sign
}

sign() {
	openssl pkey -in "$KEY" -pubout -out seal/signer.pub.pem
	openssl pkeyutl -sign -rawin -inkey "$KEY" -in seal/seal.json -out seal/seal.json.sig
}
