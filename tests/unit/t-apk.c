/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/model/apk.h"
#include "lib/model/osrelease.h"
#include "lib/model/purl.h"
#include "tests/unit/told.h"

static void assert_installed(const char *text, size_t len, const char *want)
{
	AUTO(str_release) struct str out = STR_INIT((size_t)4 << 20);
	struct package_visitor to = told_to(&out);
	AUTO(apk_installed_release) struct apk_installed a;

	apk_installed_init(&a, &to);
	for (size_t at = 0; at < len;) {
		const char *lf = memchr(text + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - text) - at + 1 : len - at;

		apk_installed_line(&a, text + at, n);
		at += n;
	}
	apk_installed_end(&a);
	assert_string_equal(out.buf, want);
}

#define assert_told(text, want) assert_installed(text, sizeof(text) - 1, want)

static void test_installed(void **state)
{
	(void)state;
	assert_told("C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\n"
		    "P:alpine-baselayout\n"
		    "V:3.4.3-r2\n"
		    "A:x86_64\n"
		    "S:8953\n"
		    "L:GPL-2.0-only\n"
		    "o:alpine-baselayout\n"
		    "m:Natanael Copa <ncopa@alpinelinux.org>\n"
		    "t:1705439465\n"
		    "F:dev\n"
		    "F:etc\n"
		    "R:motd\n"
		    "Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=\n"
		    "F:tmp\n"
		    "M:0:0:1777\n"
		    "F:var/spool\n"
		    "R:tool\n"
		    "a:0:42:2755\n"
		    "Z:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n"
		    "\n"
		    "P:musl-utils\n"
		    "V:1.2.4_git20230717-r4\n"
		    "A:x86_64\n"
		    "o:musl\n"
		    "F:sbin\n"
		    "R:ldconfig\n",
		    "package alpine-baselayout 3.4.3-r2 x86_64 source alpine-baselayout 3.4.3-r2\n"
		    "file etc/motd sha1:48b912f610627546cfc30af0f974745a1bf7c30f config\n"
		    "file var/spool/tool sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709 2755\n"
		    "package musl-utils 1.2.4_git20230717-r4 x86_64 source musl "
		    "1.2.4_git20230717-r4\n"
		    "file sbin/ldconfig none:\n");
}

/* A file in the root has an empty directory. */
static void test_root(void **state)
{
	(void)state;
	assert_told("P:a\nV:1\nF:\nR:file\n", "package a 1  source a 1\nfile file none:\n");
}

static void test_malformed(void **state)
{
	(void)state;
	assert_told("\r\nP:crlf\r\nV:1\r\n\r\nV:1\nP:order\n",
		    "package crlf 1  source crlf 1\npackage order 1  source order 1\n");
	assert_told("V:1\nF:a\nR:f\n\nP:b\nP:c\n\n", "bad 1 a package without a P:\n"
						     "package  1  source  1\n"
						     "file a/f none:\n"
						     "bad 6 a field behind its place, or twice\n"
						     "bad 5 a package without a V:\n"
						     "package b   source b \n");
	assert_told("P:a\nV:1\nR:nowhere\nF:d\nR:../x\nR:a/b\nR:\nR:..\nF:../etc\nR:passwd\nF:e\n"
		    "P:late\nR:ok\nZ:Q1????\nZ:Q1SLkS\na:0:0\njunk\nR:nul\0\n",
		    "bad 3 a file without a directory\n"
		    "package a 1  source a 1\n"
		    "bad 6 a file without a proper name\n"
		    "bad 7 a file without a proper name\n"
		    "bad 8 a file without a proper name\n"
		    "bad 9 a file without a proper name\n"
		    "bad 11 a file without a proper name\n"
		    "bad 12 a field behind its place, or twice\n"
		    "bad 14 a digest that is none\n"
		    "bad 15 a digest that is none\n"
		    "bad 16 an owner and mode that are none\n"
		    "bad 17 a line that is no field\n"
		    "bad 18 a line that is no field\n"
		    "file e/ok none:\n");
}

static void test_long(void **state)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)4 << 20);

	(void)state;
	str_adds(&text, "P:a\nV:1\nF:usr\nR:");
	for (size_t i = 0; i < APK_PATH_MAX; i++)
		str_addc(&text, 'x');
	str_adds(&text, "\nR:next\n");
	assert_installed(text.buf, text.len,
			 "package a 1  source a 1\n"
			 "bad 5 a file without a proper name\n"
			 "file usr/next none:\n");
}

static void test_os_release(void **state)
{
	static const char text[] = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
				   "# ID=no\n"
				   "VERSION_ID='12'\r\n"
				   "ID=debian\n"
				   "ID_LIKE=\"a \\\"b\\\" \\$c\"\n"
				   "NAME=\"$(reboot)\"\n"
				   "VERSION_CODENAME=\"open\n";
	struct osrelease os;

	(void)state;
	osrelease_parse(text, sizeof(text) - 1, &os);
	assert_string_equal(os.id, "debian");
	assert_string_equal(os.version_id, "12");
	assert_string_equal(os.pretty_name, "Debian GNU/Linux 12 (bookworm)");
	assert_string_equal(os.id_like, "a \"b\" $c");
	assert_string_equal(os.name, "");
	assert_string_equal(os.codename, "");
}

static void assert_purl(const struct package *p, const char *id, const char *version,
			const char *want)
{
	AUTO(str_release) struct str out = STR_INIT(4096);
	struct osrelease os = { 0 };

	memcpy(os.id, id, strlen(id));
	memcpy(os.version_id, version, strlen(version));
	purl_add(&out, p, &os);
	assert_string_equal(out.buf, want);
}

#define S(text) scan_of(text, sizeof(text) - 1)

static void test_purl(void **state)
{
	struct package deb = { .kind = PACKAGE_DEB,
			       .name = S("libstdc++6"),
			       .version = S("1:12.2.0-14+b1"),
			       .arch = S("amd64"),
			       .source = S("gcc-12"),
			       .source_version = S("12.2.0-14") };
	struct package rpm = { .kind = PACKAGE_RPM,
			       .name = S("dbus"),
			       .version = S("1.12.20"),
			       .release = S("8.el9"),
			       .arch = S("x86_64"),
			       .has_epoch = true,
			       .epoch = 1,
			       .source = S("dbus"),
			       .source_version = S("1.12.20-8.el9") };
	struct package odd = { .kind = PACKAGE_APK,
			       .name = S("a/b?c&d=\xff\n"),
			       .version = S("1"),
			       .source = S("a/b?c&d=\xff\n"),
			       .source_version = S("1") };

	(void)state;
	assert_purl(&deb, "debian", "12",
		    "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bb1?arch=amd64&distro=debian-12"
		    "&upstream=gcc-12%4012.2.0-14");
	assert_purl(&rpm, "rhel", "9.3",
		    "pkg:rpm/redhat/dbus@1.12.20-8.el9?arch=x86_64&distro=rhel-9.3&epoch=1"
		    "&upstream=dbus-1.12.20-8.el9.src.rpm");
	assert_purl(&odd, "", "", "pkg:apk/alpine/a%2Fb%3Fc%26d%3D%FF%0A@1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_installed),  cmocka_unit_test(test_root),
		cmocka_unit_test(test_malformed),  cmocka_unit_test(test_long),
		cmocka_unit_test(test_os_release), cmocka_unit_test(test_purl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
