/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/model/dpkg.h"
#include "tests/unit/told.h"

#define SUM "d41d8cd98f00b204e9800998ecf8427e"

static void assert_status(const char *text, size_t len, const char *want)
{
	AUTO(str_release) struct str out = STR_INIT((size_t)4 << 20);
	struct package_visitor to = told_to(&out);
	AUTO(dpkg_status_release) struct dpkg_status s;

	dpkg_status_init(&s, &to);
	for (size_t at = 0; at < len;) {
		const char *lf = memchr(text + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - text) - at + 1 : len - at;

		dpkg_status_line(&s, text + at, n);
		at += n;
	}
	dpkg_status_end(&s);
	assert_string_equal(out.buf, want);
}

#define assert_told(text, want) assert_status(text, sizeof(text) - 1, want)

static void test_status(void **state)
{
	(void)state;
	assert_told("Package: base-files\n"
		    "Essential: yes\n"
		    "Status: install ok installed\n"
		    "Priority: required\n"
		    "Maintainer: Santiago Vila <sanvila@debian.org>\n"
		    "Architecture: amd64\n"
		    "Version: 12.4+deb12u5\n"
		    "Conffiles:\n"
		    " /etc/debian_version cf96a6a9d53ecf6e8a3b4b2f4a4c3aa6\n"
		    " /etc/dpkg/origins/de bian " SUM " obsolete\n"
		    " /etc/new newconffile\n"
		    "Description: Debian base system miscellaneous files\n"
		    " /etc/no " SUM "\n"
		    " .\n"
		    "\n"
		    "Package: libc-bin\n"
		    "Status: install ok installed\n"
		    "Architecture: amd64\n"
		    "Source: glibc\n"
		    "Version: 2.36-9+deb12u4\n"
		    "\n"
		    "Package: libgcc-s1\n"
		    "Status: install ok unpacked\n"
		    "Architecture: amd64\n"
		    "Source: gcc-12 (12.2.0-14)\n"
		    "Version: 12.2.0-14+b1\n",
		    "package base-files 12.4+deb12u5 amd64 source base-files 12.4+deb12u5\n"
		    "file etc/debian_version md5:cf96a6a9d53ecf6e8a3b4b2f4a4c3aa6 config\n"
		    "file etc/dpkg/origins/de bian md5:" SUM " config obsolete\n"
		    "file etc/new none: config\n"
		    "package libc-bin 2.36-9+deb12u4 amd64 source glibc 2.36-9+deb12u4\n"
		    "package libgcc-s1 12.2.0-14+b1 amd64 source gcc-12 12.2.0-14\n");
}

static void test_status_not_installed(void **state)
{
	(void)state;
	assert_told("Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
		    "Package: never\nStatus: purge ok not-installed\n\n"
		    "Package: empty\nStatus:\nVersion: 1\n\n"
		    "Package: half\nStatus: install reinstreq half-configured\nVersion: 1\n",
		    "package half 1  source half 1\n");
}

/* Of distroless: a file a package, without a Status. */
static void test_status_d(void **state)
{
	(void)state;
	assert_told("Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n",
		    "package tzdata 2024a-0+deb12u1 all source tzdata 2024a-0+deb12u1\n");
}

static void test_status_malformed(void **state)
{
	(void)state;
	assert_told("\n\nPackage: crlf\r\nVersion: 1\r\nArchitecture: all\r\n\r\n"
		    "VERSION:2\nPACKAGE:\tcase \t\n",
		    "package crlf 1 all source crlf 1\n"
		    "package case 2  source case 2\n");
	assert_told("Version: 1\nArchitecture: all\n\nPackage: behind\nVersion: 1\n",
		    "bad 1 a stanza without a Package\n"
		    "package behind 1  source behind 1\n");
	assert_told("Package: a\n\nPackage: b\nVersion: 1\nVersion: 2\nno field\n",
		    "bad 1 a package without a Version\n"
		    "package a   source a \n"
		    "bad 5 a field that its stanza has already\n"
		    "bad 6 a line that is no field\n"
		    "package b 1  source b 1\n");
	assert_told("Package: a\0b\nPackage: c\nVersion: 1\nConffiles:\n"
		    " /etc/../../x " SUM "\n /etc/short 1234\n " SUM "\n",
		    "bad 1 a line with a NUL in it\n"
		    "package c 1  source c 1\n"
		    "bad 1 a conffile that is not a path and a digest\n"
		    "bad 1 a conffile that is not a path and a digest\n"
		    "bad 1 a conffile that is not a path and a digest\n");
	assert_told(
		"Package: s\nVersion: 1\nSource: odd (\n\nPackage: t\nVersion: 1\nSource: (2)\n",
		"package s 1  source odd 1\n"
		"package t 1  source (2) 1\n");
}

static void test_status_long(void **state)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)4 << 20);

	(void)state;
	str_adds(&text, "Package: big\nVersion: 1\nMaintainer: ");
	while (text.len < DPKG_FIELDS_MAX + 100)
		str_adds(&text, "0123456789");
	str_adds(&text, "\n\nPackage: next\nVersion: 2\n");
	assert_status(text.buf, text.len,
		      "package big 1  source big 1\n"
		      "bad 1 a stanza longer than its limit: what passed it is left out\n"
		      "package next 2  source next 2\n");
}

static void assert_sum(const char *line, const char *want)
{
	AUTO(str_release) struct str out = STR_INIT(4096);
	struct package_visitor to = told_to(&out);
	struct package_file f;
	const char *why;

	if (dpkg_md5sums_line(line, strlen(line), &f, &why))
		to.file(&out, &f);
	else if (why)
		str_adds(&out, "bad");
	assert_string_equal(out.buf, want);
}

static void test_md5sums(void **state)
{
	(void)state;
	assert_sum(SUM "  usr/bin/x y\n", "file usr/bin/x y md5:" SUM "\n");
	assert_sum(SUM " usr/bin/one\n", "file usr/bin/one md5:" SUM "\n");
	assert_sum(SUM " *usr/bin/binary\r\n", "file usr/bin/binary md5:" SUM "\n");
	assert_sum(SUM "  ./usr/dot", "file usr/dot md5:" SUM "\n");
	assert_sum(SUM SUM "  usr/bin/sha", "file usr/bin/sha sha256:" SUM SUM "\n");
	assert_sum("\n", "");
	assert_sum(SUM "  usr/../../etc/passwd", "bad");
	assert_sum(SUM "  ..", "bad");
	assert_sum(SUM "  /", "bad");
	assert_sum(SUM "  ", "bad");
	assert_sum(SUM, "bad");
	assert_sum(SUM "0  usr/x", "bad");
	assert_sum("z41d8cd98f00b204e9800998ecf8427e  usr/x", "bad");
	assert_sum("\\" SUM "  usr/x\\ny", "bad");
}

static void test_list(void **state)
{
	struct package_file f;
	const char *why;

	(void)state;
	assert_false(dpkg_list_line("/.\n", 3, &f, &why));
	assert_null(why);
	assert_true(dpkg_list_line("/usr/bin/x\n", 11, &f, &why));
	assert_true(scan_is(&f.name, "usr/bin/x"));
	assert_int_equal(f.flags, PACKAGE_LISTED);
	assert_false(dpkg_list_line("usr/bin/x\n", 10, &f, &why));
	assert_non_null(why);
	assert_false(dpkg_list_line("/usr/../x\n", 10, &f, &why));
	assert_non_null(why);
}

static void test_diversions(void **state)
{
	AUTO(dpkg_diversions_release) struct dpkg_diversions d;
	struct dpkg_diversion got;

	(void)state;
	dpkg_diversions_init(&d);
	assert_false(dpkg_diversions_line(&d, "/bin/sh\n", 8, &got));
	assert_false(dpkg_diversions_line(&d, "/bin/sh.distrib\n", 16, &got));
	assert_true(dpkg_diversions_line(&d, "dash\n", 5, &got));
	assert_true(scan_is(&got.from, "bin/sh"));
	assert_true(scan_is(&got.to, "bin/sh.distrib"));
	assert_true(scan_is(&got.package, "dash"));
	/* One that climbs is left out, and the next is not shifted. */
	assert_false(dpkg_diversions_line(&d, "/../x", 5, &got));
	assert_false(dpkg_diversions_line(&d, "/y", 2, &got));
	assert_false(dpkg_diversions_line(&d, ":", 1, &got));
	assert_false(dpkg_diversions_line(&d, "/a", 2, &got));
	assert_false(dpkg_diversions_line(&d, "/b", 2, &got));
	assert_true(dpkg_diversions_line(&d, ":", 1, &got));
	assert_true(scan_is(&got.from, "a"));
	assert_true(scan_is(&got.package, ":"));
}

static void test_override_and_filter(void **state)
{
	static const char exclude[] = "path-exclude=/usr/share/doc/*\n";
	static const char include[] = "path-include \"/usr/share/doc/*/copyright\"\n";
	struct dpkg_override o;
	struct dpkg_filter f;

	(void)state;
	assert_true(dpkg_override_line("root crontab 2755 /usr/bin/crontab\n", 35, &o));
	assert_int_equal(o.mode, 02755);
	assert_true(scan_is(&o.group, "crontab"));
	assert_true(scan_is(&o.path, "usr/bin/crontab"));
	assert_false(dpkg_override_line("root crontab 99 /x\n", 19, &o));
	assert_false(dpkg_override_line("root crontab\n", 13, &o));
	assert_true(dpkg_filter_line(exclude, sizeof(exclude) - 1, &f));
	assert_true(f.is_exclude);
	assert_true(scan_is(&f.glob, "/usr/share/doc/*"));
	assert_true(dpkg_filter_line(include, sizeof(include) - 1, &f));
	assert_false(f.is_exclude);
	assert_true(scan_is(&f.glob, "/usr/share/doc/*/copyright"));
	assert_false(dpkg_filter_line("# path-exclude=/x", 17, &f));
	assert_false(dpkg_filter_line("path-excluded=/x", 16, &f));
	assert_false(dpkg_filter_line("path-exclude", 12, &f));
	assert_false(dpkg_filter_line("path-exclude=", 13, &f));
}

static void test_info_name(void **state)
{
	struct scan package, arch;

	(void)state;
	assert_true(dpkg_info_name("libc6:amd64.md5sums", "md5sums", &package, &arch));
	assert_true(scan_is(&package, "libc6"));
	assert_true(scan_is(&arch, "amd64"));
	assert_true(dpkg_info_name("g++-12.list", "list", &package, &arch));
	assert_true(scan_is(&package, "g++-12"));
	assert_int_equal(arch.len, 0);
	assert_false(dpkg_info_name("format", "list", &package, &arch));
	assert_false(dpkg_info_name(".list", "list", &package, &arch));
	assert_false(dpkg_info_name(":amd64.list", "list", &package, &arch));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_not_installed),
		cmocka_unit_test(test_status_d),
		cmocka_unit_test(test_status_malformed),
		cmocka_unit_test(test_status_long),
		cmocka_unit_test(test_md5sums),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_diversions),
		cmocka_unit_test(test_override_and_filter),
		cmocka_unit_test(test_info_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
