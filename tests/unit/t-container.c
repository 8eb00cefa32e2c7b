/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from answers that real engines gave (tests/fake/recorded), and from ones that none
 * should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/model/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct cJSON *recorded(const char *name)
{
	AUTO(freep) char *path = xasprintf("tests/fake/recorded/%s.json", name);
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	struct err e = { 0 };
	struct cJSON *doc;

	if (file_slurp(AT_FDCWD, path, &text, &e) < 0)
		fail_msg("%s", e.text);
	doc = json_parse(text.buf, text.len, &e);
	if (!doc)
		fail_msg("%s: %s", path, e.text);
	return doc;
}

static void inspect(enum dialect d, const char *name, struct container *c)
{
	AUTO(json_freep) struct cJSON *doc = recorded(name);
	struct err e = { 0 };

	if (container_from_inspect(d, doc, c, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	assert_int_equal(strlen(c->id), 64);
}

static void docker_26_running(void **state)
{
	AUTO(container_release) struct container c = { 0 };

	(void)state;
	inspect(DIALECT_DOCKER, "docker-26-inspect-running", &c);
	assert_string_equal(c.name, "dweb");
	assert_string_equal(c.image, "lab/busybox");
	assert_int_equal(strncmp(c.image_id, "sha256:", 7), 0);
	assert_int_equal(c.state, STATE_RUNNING);
	assert_true(c.pid > 0);
	assert_false(c.has_tty);
	assert_string_equal(c.graph_driver, "overlay2");
	assert_int_equal(strncmp(c.upper_dir, "/var/lib/docker/overlay2/", 25), 0);
	assert_non_null(c.lower_dirs);
	assert_non_null(c.merged_dir);
	assert_non_null(strstr(c.log_path, "-json.log"));
	assert_int_equal(c.network_count, 1);
	assert_string_equal(c.networks[0].name, "bridge");
	assert_int_equal(strlen(c.networks[0].id), 64);
	assert_int_equal(c.mount_count, 2);
	assert_int_equal(c.mounts[0].type, MOUNT_VOLUME);
	assert_string_equal(c.mounts[0].name, "vol1");
	assert_string_equal(c.mounts[0].destination, "/data");
	assert_true(c.mounts[0].is_writable);
	assert_int_equal(c.mounts[1].type, MOUNT_TMPFS);
	assert_string_equal(c.mounts[1].destination, "/scratch");
}

static void podman_5_running(void **state)
{
	AUTO(container_release) struct container c = { 0 };

	(void)state;
	inspect(DIALECT_PODMAN, "podman-5-inspect-running", &c);
	assert_string_equal(c.name, "pweb");
	assert_string_equal(c.image, "localhost/lab/busybox:latest");
	assert_int_equal(c.state, STATE_RUNNING);
	assert_true(c.pid > 0);
	assert_string_equal(c.graph_driver, "overlay");
	assert_non_null(strstr(c.upper_dir, "/overlay/"));
	assert_non_null(strstr(c.log_path, "ctr.log"));
	assert_int_equal(c.mount_count, 1);
	assert_int_equal(c.mounts[0].type, MOUNT_TMPFS);
	assert_int_equal(c.network_count, 1);
}

static void every_state_of_both(void **state)
{
	static const struct {
		const char *word;
		enum container_state is;
	} states[] = { { "running", STATE_RUNNING },
		       { "paused", STATE_PAUSED },
		       { "created", STATE_CREATED },
		       { "stopped", STATE_STOPPED } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (int d = 0; d < 2; d++) {
			AUTO(container_release) struct container c = { 0 };
			AUTO(freep)
			char *name = xasprintf("%s-inspect-%s", d ? "podman-5" : "docker-26",
					       states[i].word);

			inspect(d ? DIALECT_PODMAN : DIALECT_DOCKER, name, &c);
			assert_int_equal(c.state, states[i].is);
			assert_int_equal(c.pid > 0, states[i].is == STATE_RUNNING ||
							    states[i].is == STATE_PAUSED);
			assert_non_null(c.upper_dir);
		}
	}
}

static void lists_of_both(void **state)
{
	(void)state;
	for (int d = 0; d < 2; d++) {
		AUTO(json_freep)
		struct cJSON *doc = recorded(d ? "podman-5-list" : "docker-26-list");
		bool has_web = false;

		for (const struct cJSON *item = json_first(doc); item; item = json_next(item)) {
			AUTO(container_release) struct container c = { 0 };
			struct err e = { 0 };

			assert_int_equal(container_from_list(d ? DIALECT_PODMAN : DIALECT_DOCKER,
							     item, &c, &e),
					 0);
			assert_int_not_equal(c.state, STATE_UNKNOWN);
			assert_non_null(c.created);
			if (strcmp(c.name, d ? "pweb" : "dweb") != 0)
				continue;
			has_web = true;
			assert_string_equal(c.ports, d ? "0.0.0.0:8081->80/tcp"
						       : "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
		}
		assert_true(has_web);
	}
}

static void port_is(const struct container_port *p, const char *address, const char *protocol,
		    int host, int inside)
{
	assert_string_equal(p->address, address);
	assert_string_equal(p->protocol, protocol);
	assert_int_equal(p->host, host);
	assert_int_equal(p->inside, inside);
}

static void what_leads_in_and_what_brings_it_back(void **state)
{
	AUTO(container_release) struct container docker = { 0 };
	AUTO(container_release) struct container podman = { 0 };

	(void)state;
	inspect(DIALECT_DOCKER, "docker-26-inspect-networks", &docker);
	assert_int_equal(docker.published_count, 3);
	port_is(&docker.published[0], "127.0.0.1", "udp", 8053, 53);
	port_is(&docker.published[1], "0.0.0.0", "tcp", 8081, 80);
	port_is(&docker.published[2], "::", "tcp", 8081, 80);
	assert_string_equal(docker.restart_policy, "always");
	assert_null(docker.pod);
	assert_false(docker.is_infra);
	assert_false(docker.is_auto_removed);
	inspect(DIALECT_PODMAN, "podman-5-inspect-networks", &podman);
	assert_int_equal(podman.published_count, 2);
	port_is(&podman.published[0], "127.0.0.1", "udp", 8054, 53);
	port_is(&podman.published[1], "0.0.0.0", "tcp", 8082, 80);
	assert_string_equal(podman.restart_policy, "always");
	assert_null(podman.pod);
}

static void what_it_shares(void **state)
{
	AUTO(container_release) struct container host = { 0 };
	AUTO(container_release) struct container inside = { 0 };
	AUTO(container_release) struct container infra = { 0 };

	(void)state;
	inspect(DIALECT_PODMAN, "podman-5-inspect-host", &host);
	assert_true(host.is_auto_removed);
	assert_string_equal(host.network_mode, "host");
	inspect(DIALECT_PODMAN, "podman-5-inspect-pod", &inside);
	inspect(DIALECT_PODMAN, "podman-5-inspect-infra", &infra);
	assert_string_equal(inside.pod, infra.pod);
	assert_false(inside.is_infra);
	assert_true(infra.is_infra);
	assert_int_equal(strncmp(inside.network_mode, "container:", 10), 0);
	assert_string_equal(inside.network_mode + 10, infra.id);
}

static int read_text(enum dialect d, const char *text, struct container *c, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = json_parse(text, strlen(text), e);

	assert_non_null(doc);
	return container_from_inspect(d, doc, c, e);
}

/* Docker 20.10 (API 1.41) and 29 with its containerd store, which has no GraphDriver: by their
 * API's text. */
static void older_and_newer_docker(void **state)
{
	AUTO(container_release) struct container old = { 0 };
	AUTO(container_release) struct container new = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(
		read_text(
			DIALECT_DOCKER,
			"{\"Id\":\"" ID
			"\",\"Name\":\"/x\",\"Image\":\"sha256:aa\",\"State\":{\"Status\":"
			"\"exited\",\"Pid\":0,\"StartedAt\":\"0001-01-01T00:00:00Z\"},\"Mounts\":[]"
			","
			"\"Config\":{\"Image\":\"i\",\"Tty\":true},\"HostConfig\":{\"NetworkMode\":"
			"\"default\",\"Tmpfs\":null},\"GraphDriver\":{\"Data\":{\"LowerDir\":\"/"
			"l\","
			"\"UpperDir\":\"/u\",\"MergedDir\":\"/m\"},\"Name\":\"overlay2\"},"
			"\"NetworkSettings\":{\"Networks\":null}}",
			&old, &e),
		0);
	assert_true(old.has_tty);
	assert_string_equal(old.upper_dir, "/u");
	assert_string_equal(old.started, "0001-01-01T00:00:00Z");
	assert_int_equal(
		read_text(DIALECT_DOCKER,
			  "{\"Id\":\"" ID
			  "\",\"Name\":\"/x\",\"Image\":\"sha256:aa\",\"State\":{\"Status\":"
			  "\"running\",\"Pid\":7},\"ImageManifestDescriptor\":{\"size\":1},"
			  "\"Storage\":"
			  "{\"RootFS\":{\"Snapshot\":{\"Name\":\"overlayfs\"}}},\"Config\":{"
			  "\"Image\":\"i\"},"
			  "\"HostConfig\":{\"NetworkMode\":\"bridge\"},\"NetworkSettings\":{"
			  "\"Networks\":{}}}",
			  &new, &e),
		0);
	assert_null(new.graph_driver);
	assert_null(new.upper_dir);
	assert_int_equal(new.pid, 7);
}

static void ports_that_are_none_are_passed_over(void **state)
{
	AUTO(container_release) struct container c = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(
		read_text(DIALECT_DOCKER,
			  "{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\"},"
			  "\"NetworkSettings\":{\"Ports\":{\"1/tcp\":null,\"2\":[{\"HostPort\":"
			  "\"65535\"}],\"3/tcp\":[{},1,{\"HostPort\":\"\"},{\"HostPort\":\"0\"},"
			  "{\"HostPort\":\"65536\"},{\"HostPort\":7}],\"x/tcp\":[{\"HostPort\":"
			  "\"1\"}],\"4/tcp\":{}}}}",
			  &c, &e),
		0);
	assert_int_equal(c.published_count, 1);
	port_is(&c.published[0], "", "tcp", 65535, 2);
}

static void what_is_no_container_leaves_the_output_alone(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"Id\":\"../../etc\",\"State\":{\"Status\":\"running\"}}",
		"{\"Id\":\"" ID "0\",\"State\":{\"Status\":\"running\"}}",
		"{\"Id\":\"" ID "\",\"State\":[]}",
		"{\"Id\":\"" ID "\",\"State\":{\"Status\":5}}",
		"{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\",\"Pid\":-1}}",
		"{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\",\"Pid\":4294967297}}",
		"{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\"},\"Mounts\":{}}",
		"{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\"},\"Mounts\":[3]}",
		"{\"Id\":\"" ID
		"\",\"State\":{\"Status\":\"running\"},\"GraphDriver\":{\"Name\":\"overlay2\","
		"\"Data\":{\"UpperDir\":[]}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct container c = { .pid = 77 };
		struct err e = { 0 };

		if (read_text(DIALECT_DOCKER, bad[i], &c, &e) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(c.pid, 77);
		assert_null(c.id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_26_running),
		cmocka_unit_test(podman_5_running),
		cmocka_unit_test(every_state_of_both),
		cmocka_unit_test(lists_of_both),
		cmocka_unit_test(what_leads_in_and_what_brings_it_back),
		cmocka_unit_test(what_it_shares),
		cmocka_unit_test(ports_that_are_none_are_passed_over),
		cmocka_unit_test(older_and_newer_docker),
		cmocka_unit_test(what_is_no_container_leaves_the_output_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
