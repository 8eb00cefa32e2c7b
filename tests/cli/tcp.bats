#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An engine behind tcp://, plain and with TLS both ways, as dockerd --tlsverify is; and sockets that cannot be had.

load ../fake/fake
bats_require_minimum_version 1.5.0

setup_file() {
	export TLS=$BATS_FILE_TMPDIR
	for ca in ca other; do
		openssl req -x509 -newkey ed25519 -nodes -days 2 -subj "/CN=$ca" -addext keyUsage=critical,keyCertSign \
			-keyout "$TLS/$ca-key.pem" -out "$TLS/$ca.pem"
	done
	signed server ca 'subjectAltName=IP:127.0.0.1'
	signed elsewhere ca 'subjectAltName=IP:192.0.2.1'
	signed client ca 'extendedKeyUsage=clientAuth'
	signed stranger other 'extendedKeyUsage=clientAuth'
	certificates good ca client
	certificates other_ca other client
	certificates other_client ca stranger
	certificates no_client ca client
	rm "$TLS/no_client/cert.pem"
	certificates no_ca ca client
	rm "$TLS/no_ca/ca.pem"
}

# signed NAME CA EXTENSION: NAME.pem and NAME-key.pem.
signed() {
	openssl req -newkey ed25519 -nodes -subj "/CN=$1" -keyout "$TLS/$1-key.pem" -out "$TLS/$1.csr"
	openssl x509 -req -days 2 -in "$TLS/$1.csr" -CA "$TLS/$2.pem" -CAkey "$TLS/$2-key.pem" -CAcreateserial \
		-extfile <(printf '%s\n' "$3" authorityKeyIdentifier=keyid) -out "$TLS/$1.pem"
}

# certificates FOLDER CA CLIENT: what DOCKER_CERT_PATH names.
certificates() {
	mkdir "$TLS/$1"
	cp "$TLS/$2.pem" "$TLS/$1/ca.pem"
	cp "$TLS/$3.pem" "$TLS/$1/cert.pem"
	cp "$TLS/$3-key.pem" "$TLS/$1/key.pem"
}

teardown() {
	fake_stop
}

list() {
	run --separate-stderr timeout 20 "$IMPOUND" list "$@"
	echo "status $status, $output, $stderr"
}

tls_engine() {
	fake_start_tcp remote docker "{\"tls\":\"$TLS\"}"
}

@test "plain tcp, named and by DOCKER_HOST" {
	fake_start_tcp remote docker
	list --json --engine "$remote_tcp"
	[ "$status" -eq 0 ]
	jq -e '.containers[0].name == "web" and (.engines[0].address | startswith("tcp://127.0.0.1:"))' <<<"$output"
	DOCKER_HOST=$remote_tcp list --json --no-start --engine docker
	jq -e --arg a "$remote_tcp" 'any(.engines[]; .address == $a)' <<<"$output"
}

@test "TLS with the right certificates on both sides" {
	tls_engine
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$TLS/good list --json --engine "$remote_tcp"
	[ "$status" -eq 0 ]
	jq -e '.containers[0].name == "web"' <<<"$output"
	mkdir "$BATS_TEST_TMPDIR/home"
	cp -R "$TLS/good" "$BATS_TEST_TMPDIR/home/.docker"
	HOME=$BATS_TEST_TMPDIR/home DOCKER_TLS_VERIFY=1 list --engine "$remote_tcp"
	[ "$status" -eq 0 ]
}

refused() { # refused FOLDER WORD
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$TLS/$1 list --engine "$remote_tcp"
	[ "$status" -eq 1 ]
	[[ $stderr == *"$2"* ]]
	run ! grep -q '^GET' "$remote_log"
}

@test "TLS with a wrong or missing certificate: refused, and nothing was asked" {
	tls_engine
	refused other_ca "certificate"
	refused no_ca "$TLS/no_ca/ca.pem"
	refused other_client "$TLS/other_client/cert.pem' is not taken"
	refused no_client "$TLS/no_client/cert.pem"
	refused nowhere "$TLS/nowhere/"
	list --engine "$remote_tcp" # without TLS
	[ "$status" -eq 1 ]
	run ! grep -q '^GET' "$remote_log"
}

@test "a certificate of the right authority for another host is refused" {
	mkdir "$BATS_TEST_TMPDIR/tls"
	cp "$TLS/ca.pem" "$BATS_TEST_TMPDIR/tls"
	cp "$TLS/elsewhere.pem" "$BATS_TEST_TMPDIR/tls/server.pem"
	cp "$TLS/elsewhere-key.pem" "$BATS_TEST_TMPDIR/tls/server-key.pem"
	fake_start_tcp remote docker "{\"tls\":\"$BATS_TEST_TMPDIR/tls\"}"
	refused good "127.0.0.1"
}

@test "TLS asked of an engine that speaks none" {
	fake_start_tcp remote docker
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$TLS/good list --engine "$remote_tcp"
	[ "$status" -eq 1 ]
}

@test "a socket's path that is too long is refused with its length's limit" {
	long=/tmp/$(printf 'a%.0s' {1..120})
	list --engine "$long"
	[ "$status" -eq 2 ]
	[[ $stderr == *"107 bytes"* ]]
	DOCKER_HOST=unix://$long list --no-start
	[ "$status" -ne 0 ]
	[[ $stderr == *DOCKER_HOST*"107 bytes"* ]]
}

@test "forms of DOCKER_HOST: what is not understood is named, ssh with the way to do it" {
	fake_start docker docker
	DOCKER_HOST=$docker_sock list --json --no-start
	jq -e --arg a "unix://$docker_sock" 'any(.engines[]; .address == $a)' <<<"$output"
	for word in ssh://me@there fd:// npipe:////./pipe/docker http://h:1 tcp://h; do
		DOCKER_HOST=$word CONTAINER_HOST=unix://$docker_sock list --no-start
		[ "$status" -eq 3 ]
		[[ $stderr == *"DOCKER_HOST: '$word'"* ]]
		[[ $output == *web* ]]
	done
	DOCKER_HOST=ssh://me@there CONTAINER_HOST=unix://$docker_sock list --no-start
	[[ $stderr == *"ssh -nNT -L /tmp/engine.sock:/run/docker.sock ssh://me@there, then"* ]]
	list --engine ssh://core@localhost:53298/run/user/501/podman/podman.sock
	[ "$status" -eq 2 ]
	[[ $stderr == *"-L /tmp/engine.sock:/run/user/501/podman/podman.sock ssh://core@localhost:53298, then"* ]]
}
