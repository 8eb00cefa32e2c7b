/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.h - options as a table next to the variables they fill; help is printed from the same table.
 *
 * --name VALUE, --name=VALUE, -n VALUE, -nVALUE, bundled flags (-qv), "--" ends them; options and
 * operands may be mixed. An unambiguous prefix is not enough: scripts must not break when an option
 * is added. An error names the word that is wrong (ERR_USAGE).
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/err.h"

enum opt_type {
	OPT_FLAG,   /* bool */
	OPT_TEXT,   /* const char * : points into argv; the last one given counts */
	OPT_LIST,   /* struct words : each use adds one */
	OPT_SIZE,   /* uint64_t : bytes; K, M, G, T are powers of 1024 */
	OPT_CHOICE, /* const char * : one of the words in `arg`, separated by | */
};

struct words {
	const char **items;
	size_t count, cap;
};
void words_release(struct words *w);

struct opt {
	const char *name;
	char letter; /* 0 for none */
	enum opt_type type;
	void *value;
	const char *arg;  /* the value's name in the help, or the choices */
	const char *help; /* one line */
};
/* clang-format off */
#define OPT_END { .name = NULL }
/* clang-format on */

/* Fills the variables; *OPERANDS gets the rest in order. -h and --help set *HELP and stop. */
int opt_parse(const struct opt *table, int argc, char **argv, struct words *operands, bool *help,
	      struct err *e) must_check;

/* "usage: impound SYNOPSIS", then a line an option. */
void opt_help(FILE *f, const char *synopsis, const char *what, const struct opt *table);

int opt_size(const char *text, uint64_t *out, struct err *e) must_check;

#endif
