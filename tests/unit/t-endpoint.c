/* SPDX-License-Identifier: Apache-2.0 */
/* How a container is connected: read from what real engines said, kept, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/model/endpoint.h"

static void read_text(enum dialect d, const char *text, size_t len, struct endpoints *out)
{
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse(text, len, &e);

	if (doc && endpoints_from_inspect(d, doc, out, &e) == 0)
		return;
	fail_msg("%s", e.text);
	abort(); /* never reached, which clang-tidy does not know */
}

static void recorded(enum dialect d, const char *name, struct endpoints *out)
{
	AUTO(freep) char *path = xasprintf("tests/fake/recorded/%s.json", name);
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	struct err e = { 0 };

	if (file_slurp(AT_FDCWD, path, &text, &e) < 0)
		fail_msg("%s", e.text);
	read_text(d, text.buf, text.len, out);
}

static void what_docker_says(void **state)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };
	const struct endpoint *p;

	(void)state;
	recorded(DIALECT_DOCKER, "docker-26-inspect-networks", &all);
	assert_int_equal(all.count, 2);
	p = &all.items[0];
	assert_string_equal(p->network, "back");
	assert_int_equal(strlen(p->network_id), 64);
	assert_string_equal(p->mac, "02:42:ac:1f:4d:aa");
	assert_string_equal(p->ipv4, "172.31.77.50");
	assert_string_equal(p->ipv6, "fd00:77::50");
	assert_string_equal(p->static_ipv4, "172.31.77.50");
	assert_string_equal(p->static_ipv6, "fd00:77::50");
	assert_int_equal(p->alias_count, 2);
	assert_string_equal(p->aliases[0], "web");
	assert_string_equal(p->aliases[1], "www");
	assert_int_equal(p->link_count, 1);
	assert_string_equal(p->links[0], "ddb:db");
	assert_int_equal(p->option_count, 0);
	p = &all.items[1];
	assert_string_equal(p->network, "side");
	assert_null(p->static_ipv4);
	assert_null(p->ipv6);
	assert_non_null(p->ipv4);
	assert_int_equal(p->option_count, 1);
	assert_string_equal(p->options[0].key, "com.docker.network.endpoint.sysctls");
	assert_string_equal(p->options[0].value, "net.ipv4.conf.IFNAME.log_martians=1");
}

static void what_podman_says(void **state)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };
	const struct endpoint *p;

	(void)state;
	recorded(DIALECT_PODMAN, "podman-5-inspect-networks", &all);
	assert_int_equal(all.count, 2);
	p = endpoints_find(&all, "back");
	assert_non_null(p);
	assert_string_equal(p->mac, "02:42:0a:59:4d:aa");
	assert_string_equal(p->ipv4, "10.89.77.50");
	assert_string_equal(p->ipv6, "fd00:78::50");
	assert_null(p->static_ipv4);
	assert_int_equal(p->alias_count, 3); /* with its own short id */
	assert_null(endpoints_find(&all, "bac"));
}

static void no_network_is_none(void **state)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };

	(void)state;
	recorded(DIALECT_PODMAN, "podman-5-inspect-host", &all);
	assert_int_equal(all.count, 0);
	assert_null(endpoints_find(&all, "host"));
}

/* What Docker 26 leaves behind where an address was not to be had. */
static void a_connection_that_failed_is_none(void **state)
{
	static const char form[] =
		"{\"State\":{\"Running\":%s},\"NetworkSettings\":{\"Networks\":{"
		"\"n\":{\"EndpointID\":\"\",\"NetworkID\":\"\",\"Aliases\":[\"a\"]},"
		"\"o\":{\"EndpointID\":\"e\"}}}}";

	(void)state;
	for (int runs = 0; runs < 2; runs++) {
		AUTO(endpoints_release) struct endpoints all = { 0 };
		AUTO(str_release) struct str text = STR_INIT(1024);

		str_addf(&text, form, runs ? "true" : "false");
		read_text(DIALECT_DOCKER, text.buf, text.len, &all);
		assert_int_equal(all.count, runs ? 1 : 2);
		assert_string_equal(all.items[0].network, runs ? "o" : "n");
	}
}

static void taken(const char *name, enum dialect d, const char *own, const char *address, bool is)
{
	AUTO(freep) char *path = xasprintf("tests/fake/recorded/%s.json", name);
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err e = { 0 };

	assert_int_equal(file_slurp(AT_FDCWD, path, &text, &e), 0);
	doc = json_parse(text.buf, text.len, &e);
	assert_non_null(doc);
	assert_int_equal(endpoint_is_taken(d, doc, own, address), is);
}

static void whose_address_it_is(void **state)
{
	static const char docker[] =
		"b2894eea2aa41cc7558896c9f9ca10ab177babf9ee8381b2b6fc8cb90e00b77e";
	static const char podman[] =
		"e4408f3568575b6977213f7879c8b503e4279f7b5db5af9c679ad71f8479bdce";

	(void)state;
	taken("docker-26-network", DIALECT_DOCKER, docker, "172.31.77.50", false);
	taken("docker-26-network", DIALECT_DOCKER, docker, "172.31.77.2", true);
	taken("docker-26-network", DIALECT_DOCKER, docker, "172.31.77.", false);
	taken("docker-26-network", DIALECT_DOCKER, "x", "fd00:77::50", true);
	taken("podman-5-network", DIALECT_PODMAN, podman, "10.89.77.50", false);
	taken("podman-5-network", DIALECT_PODMAN, "x", "10.89.77.50", true);
	taken("podman-5-network", DIALECT_PODMAN, "x", "fd00:78::50", true);
	taken("podman-5-network", DIALECT_PODMAN, "x", "10.89.77.5", false);
	taken("docker-26-list", DIALECT_DOCKER, "x", "172.31.77.2", false);
}

static void kept_and_read_again(void **state)
{
	static const char *const names[] = { "docker-26-inspect-networks",
					     "podman-5-inspect-networks", "podman-5-inspect-host" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO(endpoints_release) struct endpoints all = { 0 }, again = { 0 };
		AUTO(str_release) struct str text = STR_INIT(1 << 20), said = STR_INIT(1 << 20);
		AUTO(json_freep) struct cJSON *doc = NULL;
		struct err e = { 0 };
		struct jsonw w;

		recorded(i ? DIALECT_PODMAN : DIALECT_DOCKER, names[i], &all);
		jsonw_init(&w, &text);
		jsonw_object(&w, NULL);
		endpoints_json(&all, &w, "endpoints");
		jsonw_end(&w);
		doc = json_parse(text.buf, text.len, &e);
		assert_non_null(doc);
		assert_int_equal(endpoints_from_json(json_member(doc, "endpoints"), &again, &e), 0);
		assert_int_equal(again.count, all.count);
		for (size_t j = 0; j < all.count; j++) {
			endpoint_compare(&all.items[j], &again.items[j], &said);
			assert_string_equal(again.items[j].network, all.items[j].network);
		}
		assert_string_equal(said.buf, "");
	}
}

static void what_differs_is_named(void **state)
{
	AUTO(endpoints_release) struct endpoints was = { 0 }, now = { 0 };
	AUTO(str_release) struct str said = STR_INIT(4096);
	static const char before[] =
		"{\"NetworkSettings\":{\"Networks\":{\"n\":{\"IPAddress\":\"10.0.0.4\","
		"\"MacAddress\":\"02:00:00:00:00:01\",\"Aliases\":[\"a\",\"b\"],"
		"\"DriverOpts\":{\"k\":\"1\",\"l\":\"2\"},\"GwPriority\":5,\"Links\":null}}}}";
	static const char after[] =
		"{\"NetworkSettings\":{\"Networks\":{\"n\":{\"IPAddress\":\"10.0.0.5\","
		"\"MacAddress\":\"\",\"Aliases\":[\"b\",\"c\\nd\",\"b\"],"
		"\"DriverOpts\":{\"k\":\"3\",\"m\":\"4\"},\"GlobalIPv6Address\":\"fd00::1\"}}}}";

	(void)state;
	read_text(DIALECT_DOCKER, before, sizeof(before) - 1, &was);
	read_text(DIALECT_DOCKER, after, sizeof(after) - 1, &now);
	endpoint_compare(&was.items[0], &was.items[0], &said);
	assert_string_equal(said.buf, "");
	endpoint_compare(&was.items[0], &now.items[0], &said);
	assert_string_equal(said.buf, "the address is 10.0.0.5, was 10.0.0.4\n"
				      "the IPv6 address is fd00::1, was none\n"
				      "there is no MAC, was 02:00:00:00:00:01\n"
				      "the alias 'a' is gone\n"
				      "the alias 'c\\nd' is new\n"
				      "the driver option 'k' is 3, was 1\n"
				      "there is no driver option 'l', was 2\n"
				      "the driver option 'm' is 4, was none\n"
				      "the gateway's priority is 0, was 5\n");
}

static void refused(const char *text, enum err_kind kind)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse(text, strlen(text), &e);

	assert_non_null(doc);
	assert_int_equal(endpoints_from_inspect(DIALECT_DOCKER, doc, &all, &e), -1);
	assert_int_equal(e.kind, kind);
	assert_null(all.items);
}

static void what_is_none_is_refused(void **state)
{
	AUTO(str_release) struct str many = STR_INIT(1 << 20);

	(void)state;
	refused("[]", ERR_FORMAT);
	refused("{\"NetworkSettings\":{\"Networks\":[]}}", ERR_FORMAT);
	refused("{\"NetworkSettings\":{\"Networks\":{\"n\":1}}}", ERR_FORMAT);
	refused("{\"NetworkSettings\":{\"Networks\":{\"n\":{\"Aliases\":[1]}}}}", ERR_FORMAT);
	refused("{\"NetworkSettings\":{\"Networks\":{\"n\":{\"DriverOpts\":{\"k\":null}}}}}",
		ERR_FORMAT);
	str_adds(&many, "{\"NetworkSettings\":{\"Networks\":{\"n\":{\"Aliases\":[\"\"");
	for (int i = 0; i < ENDPOINT_WORDS_MAX; i++)
		str_adds(&many, ",\"\"");
	str_adds(&many, "]}}}}");
	refused(many.buf, ERR_LIMIT);
	str_reset(&many);
	str_adds(&many, "{\"NetworkSettings\":{\"Networks\":{\"n\":{}");
	for (int i = 0; i < ENDPOINTS_MAX; i++)
		str_addf(&many, ",\"%d\":{}", i);
	str_adds(&many, "}}}");
	refused(many.buf, ERR_LIMIT);
}

static void nothing_said_is_nothing(void **state)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };
	struct err e = { 0 };

	(void)state;
	read_text(DIALECT_PODMAN, "{}", 2, &all);
	assert_int_equal(all.count, 0);
	endpoints_release(&all);
	assert_int_equal(endpoints_from_json(NULL, &all, &e), 0);
	assert_int_equal(all.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_docker_says),
		cmocka_unit_test(what_podman_says),
		cmocka_unit_test(no_network_is_none),
		cmocka_unit_test(a_connection_that_failed_is_none),
		cmocka_unit_test(whose_address_it_is),
		cmocka_unit_test(kept_and_read_again),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(nothing_said_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
