/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/opt.h"
#include "lib/base/own.h"

struct got {
	bool quiet, verbose, help;
	const char *output, *mode;
	uint64_t limit;
	struct words list, operands;
	struct err e;
};

static void got_release(struct got *g)
{
	words_release(&g->list);
	words_release(&g->operands);
}

static int parse(struct got *g, const char *line)
{
	char copy[256], *argv[20] = { NULL }, *save = NULL;
	int argc = 0;
	const struct opt table[] = {
		{ "quiet", 'q', OPT_FLAG, &g->quiet, NULL, "say nothing" },
		{ "verbose", 'v', OPT_FLAG, &g->verbose, NULL, "say more" },
		{ "output", 'o', OPT_TEXT, &g->output, "DIR", "write here" },
		{ "limit", 0, OPT_SIZE, &g->limit, "SIZE", "at most this" },
		{ "with", 'w', OPT_LIST, &g->list, "KIND", "and this" },
		{ "mode", 'm', OPT_CHOICE, &g->mode, "fast|slow", "how" },
		OPT_END,
	};

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	*g = (struct got){ .limit = 7 };
	if (opt_parse(table, argc, argv, &g->operands, &g->help, &g->e) < 0)
		return -1;
	/* The words lie in COPY: what the tests look at is looked at here. */
	if (g->output)
		assert_string_equal(g->output, "here");
	for (size_t i = 0; i < g->operands.count; i++)
		assert_int_equal(g->operands.items[i][0], (char)('a' + i));
	return 0;
}

static void test_good(void **state)
{
	static const char *const same[] = {
		"cmd a -q -o here b",       "cmd a b -q --output here",           "cmd -qohere a b",
		"cmd --output=here -q a b", "cmd -o elsewhere -q -o here -- a b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		AUTO(got_release) struct got g;

		assert_int_equal(parse(&g, same[i]), 0);
		assert_true(g.quiet && !g.verbose && g.output && !g.help);
		assert_int_equal(g.operands.count, 2);
		assert_int_equal(g.limit, 7);
	}
}

static void test_kinds(void **state)
{
	AUTO(got_release) struct got g;

	(void)state;
	assert_int_equal(parse(&g, "cmd -qv --limit 3K -w x --with=y --mode slow a"), 0);
	assert_true(g.quiet && g.verbose && g.mode);
	assert_int_equal(g.limit, 3072);
	assert_int_equal(g.list.count, 2);
}

static void test_end_and_help(void **state)
{
	AUTO(got_release) struct got g, h;

	(void)state;
	assert_int_equal(parse(&g, "cmd a b -- c"), 0);
	assert_int_equal(g.operands.count, 3);
	assert_int_equal(parse(&h, "cmd a --help --nonsense"), 0);
	assert_true(h.help);
}

/* Every error is of the command line, and names the word that is wrong. */
static void test_wrong(void **state)
{
	static const struct {
		const char *line, *text;
	} want[] = {
		{ "cmd --nonsense", "unknown option '--nonsense'" },
		{ "cmd --out x", "unknown option '--out'" },
		{ "cmd -qx", "unknown option '-x' in '-qx'" },
		{ "cmd --quiet=1", "--quiet takes no value, in '--quiet=1'" },
		{ "cmd --output", "--output needs DIR" },
		{ "cmd -o", "-o needs DIR" },
		{ "cmd --mode fas", "--mode takes fast|slow, not 'fas'" },
		{ "cmd --mode fast|slow", "--mode takes fast|slow, not 'fast|slow'" },
		{ "cmd --limit 3X", "--limit: '3X' is not a size (a number, with K, M, G or T)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		AUTO(got_release) struct got g;

		assert_int_equal(parse(&g, want[i].line), -1);
		assert_int_equal(g.e.kind, ERR_USAGE);
		assert_string_equal(g.e.text, want[i].text);
	}
}

static void test_size(void **state)
{
	static const char *const broken[] = { "",    "K",         "-1",
					      "1KB", "1k",        "1.5G",
					      " 1",  "16777216T", "18446744073709551616" };
	uint64_t n = 1;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(opt_size(broken[i], &n, &e), -1);
	assert_int_equal(n, 1);
	assert_int_equal(opt_size("16777215T", &n, &e), 0);
	assert_true(n == UINT64_C(16777215) << 40);
	assert_int_equal(opt_size("0", &n, &e), 0);
	assert_int_equal(n, 0);
}

static void test_help_text(void **state)
{
	const struct opt table[] = {
		{ "quiet", 'q', OPT_FLAG, NULL, NULL, "say nothing" },
		{ "a-name-that-is-long", 0, OPT_TEXT, NULL, "PLACE", "where" },
		OPT_END,
	};
	AUTO(freep) char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	opt_help(f, "cmd [OPTION]...", "does it", table);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "usage: impound cmd [OPTION]...\ndoes it\n\n"
				  "  -q, --quiet               say nothing\n"
				  "  --a-name-that-is-long PLACE\n"
				  "                            where\n"
				  "  -h, --help                show this\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),         cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_end_and_help), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_size),         cmocka_unit_test(test_help_text),
	};

	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
