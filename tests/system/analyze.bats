#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# views: inside
#
# What intruders do, done in containers of real engines, is found; what ordinary servers do is not.

export LAB_VIEW=inside # also by hand
load helper

setup() {
	name=look$BATS_TEST_NUMBER
	where=/var/tmp/$name
	inside mkdir -p "$where"
}

teardown() {
	inside sh -c "docker rm -f $name; podman rm -f -t 0 $name; rm -rf $where" >/dev/null 2>&1 || :
}

# found ENGINE OPTION...: collects the container and sets $findings to the file of what analyze says.
found() {
	impound collect -q --engine "$@" -o "$where" "$name"
	findings=$BATS_TEST_TMPDIR/findings.json
	impound analyze -q --json "$(inside sh -c "echo $where/$name-*")" >"$findings"
}

every_technique_is_found() {
	local attack rule object
	inside "$1" run -d --name "$name" lab/debian sh -c 'while :; do sleep 1; done'
	inside /src/tests/lab/plant "$1" "$name"
	inside /src/tests/lab/techniques "$1" "$name" >"$BATS_TEST_TMPDIR/techniques"
	cat >>"$BATS_TEST_TMPDIR/techniques" <<-'Y'
		T1548.001	file.setuid-added	/usr/bin/.helper
		T1053.003	file.persistence	/etc/cron.d/.sync
		T1564.001	file.hidden	/dev/shm/.x
		T1070.004	process.deleted-executable	-
		T1620	process.memfd-executable	-
		T1036.004	process.kernel-thread-name	-
		T1059.004	process.shell-on-socket	-
	Y
	[ "$(cut -f1,2 "$BATS_TEST_TMPDIR/techniques" | sort -u | wc -l)" -ge 30 ]
	found "$1"
	jq -r '.findings[] | "\(.severity) \(.id) \(.object)"' "$findings"
	while IFS=$'\t' read -r attack rule object; do
		jq -e --arg rule "$rule" --arg object "$object" --arg attack "${attack%%.*}" '[.findings[] |
			select(.id == $rule and ($object == "-" or .object == $object) and .severity != "info")] |
			length > 0 and (.[0].attack | any(startswith($attack)))' "$findings" >/dev/null || {
			echo "not found: $attack $rule $object"
			return 1
		}
	done <"$BATS_TEST_TMPDIR/techniques"
}

@test "every technique is found: Docker" { every_technique_is_found docker; }
@test "every technique is found: Podman" { every_technique_is_found podman; }

# quiet ENGINE OPTIONS -- USE CMD...: a server that is used for a while is nothing above info.
quiet() {
	local engine=$1 options=() use
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	use=$2
	shift 2
	inside "$engine" run -d --name "$name" "${options[@]}" lab/debian "$@"
	wait_for 30 inside "$engine" exec "$name" sh -c "$use"
	for _ in 1 2 3 4 5; do inside "$engine" exec "$name" sh -c "$use"; done
	found "$engine"
	jq -r '.findings[] | "\(.severity) \(.id) \(.object) \(.evidence)"' "$findings"
	[ "$(jq '[.findings[] | select(.severity != "info")] | length' "$findings")" -eq 0 ]
}

nginx_is_quiet() {
	quiet "$1" -- 'python3 -c "import urllib.request as u; u.urlopen(\"http://127.0.0.1/\").read()"' \
		sh -c 'mkdir -p /var/www/html; echo hello >/var/www/html/index.html; exec nginx -g "daemon off;"'
}
@test "an ordinary nginx is quiet: Docker" { nginx_is_quiet docker; }
@test "an ordinary nginx is quiet: Podman" { nginx_is_quiet podman; }

python_is_quiet() {
	quiet "$1" -w /srv -- 'python3 -c "import urllib.request as u; u.urlopen(\"http://127.0.0.1:8000/app.py\").read()"' \
		sh -c 'printf "import json, sqlite3\ndb = sqlite3.connect(\"/srv/app.db\")\ndb.execute(\"create table if not exists t(a)\")\ndb.commit()\n" >/srv/app.py
			cd /srv && python3 -c "import app" && exec python3 -m http.server 8000'
}
@test "an ordinary application in Python is quiet: Docker" { python_is_quiet docker; }
@test "an ordinary application in Python is quiet: Podman" { python_is_quiet podman; }

a_packages_file_is_not_its_own() {
	inside "$1" run -d --name "$name" lab/debian sh -c 'while :; do sleep 1; done'
	inside "$1" exec "$name" sh -c 'cp /usr/bin/dash /usr/bin/shred; echo x >>/etc/nginx/nginx.conf; cp /usr/bin/dash /usr/bin/mine'
	found "$1" --with rootfs
	jq -r '.findings[] | "\(.severity) \(.id) \(.object) \(.evidence)"' "$findings"
	jq -e '.findings[] | select(.id == "file.trojaned-package")
		| .object == "/usr/bin/shred" and .severity == "critical" and (.evidence | any(contains("coreutils")))' "$findings"
	jq -e '.findings[] | select(.id == "file.dropped-program" and .object == "/usr/bin/mine")
		| .evidence | any(. == "no package owns it")' "$findings"
	[ "$(jq '[.findings[] | select(.id == "file.trojaned-package")] | length' "$findings")" -eq 1 ]
}
@test "a package's file that is not its own is named, its settings are not: Docker" { a_packages_file_is_not_its_own docker; }
@test "a package's file that is not its own is named, its settings are not: Podman" { a_packages_file_is_not_its_own podman; }

@test "a server of SSH that makes its keys is quiet" {
	quiet docker -- 'test -s /run/sshd.pid' sh -c 'mkdir -p /run/sshd; ssh-keygen -A; exec /usr/sbin/sshd -D'
}
