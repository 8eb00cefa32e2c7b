/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/opt.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

void words_release(struct words *w)
{
	free(w->items);
	*w = (struct words){ 0 };
}

static void words_add(struct words *w, const char *word)
{
	grow(w->items, w->count, w->cap);
	w->items[w->count++] = word;
}

int opt_size(const char *text, uint64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	AUTO(freep) char *digits = xstrdup(text);
	size_t len = strlen(digits);
	const char *unit = len ? strchr(units, digits[len - 1]) : NULL;
	unsigned shift = 0;
	uint64_t value;

	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		digits[len - 1] = '\0';
	}
	if (text_u64(digits, UINT64_MAX >> shift, &value, e) < 0)
		return err_set(e, ERR_USAGE, "'%s' is not a size (a number, with K, M, G or T)",
			       text);
	*out = value << shift;
	return 0;
}

static int choose(const struct opt *o, const char *word, struct err *e)
{
	size_t len = strlen(word);

	for (const char *p = o->arg; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL) {
		if (len == strcspn(p, "|") && !strncmp(p, word, len)) {
			*(const char **)o->value = word;
			return 0;
		}
	}
	return err_set(e, ERR_USAGE, "--%s takes %s, not '%s'", o->name, o->arg, word);
}

static int fill(const struct opt *o, const char *word, struct err *e)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		return 0;
	case OPT_TEXT:
		*(const char **)o->value = word;
		return 0;
	case OPT_LIST:
		words_add(o->value, word);
		return 0;
	case OPT_SIZE:
		if (opt_size(word, o->value, e) < 0)
			return err_wrap(e, "--%s", o->name);
		return 0;
	case OPT_CHOICE:
		return choose(o, word, e);
	}
	return err_set(e, ERR_USAGE, "--%s", o->name);
}

static const struct opt *by_name(const struct opt *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len && !strncmp(table->name, name, len))
			return table;
	return NULL;
}

static const struct opt *by_letter(const struct opt *table, char letter)
{
	for (; table->name; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

static int parse_long(const struct opt *table, const char *word, char **next, int *used,
		      struct err *e)
{
	const char *name = word + 2, *eq = strchr(name, '=');
	const struct opt *o = by_name(table, name, eq ? (size_t)(eq - name) : strlen(name));

	if (!o)
		return err_set(e, ERR_USAGE, "unknown option '%s'", word);
	if (o->type == OPT_FLAG) {
		if (eq)
			return err_set(e, ERR_USAGE, "--%s takes no value, in '%s'", o->name, word);
		return fill(o, NULL, e);
	}
	if (eq)
		return fill(o, eq + 1, e);
	if (!*next)
		return err_set(e, ERR_USAGE, "--%s needs %s", o->name, o->arg);
	*used = 1;
	return fill(o, *next, e);
}

static int parse_short(const struct opt *table, const char *word, char **next, int *used,
		       struct err *e)
{
	for (const char *p = word + 1; *p; p++) {
		const struct opt *o = by_letter(table, *p);

		if (!o)
			return err_set(e, ERR_USAGE, "unknown option '-%c' in '%s'", *p, word);
		if (o->type == OPT_FLAG) {
			if (fill(o, NULL, e) < 0)
				return -1;
			continue;
		}
		if (p[1])
			return fill(o, p + 1, e);
		if (!*next)
			return err_set(e, ERR_USAGE, "-%c needs %s", *p, o->arg);
		*used = 1;
		return fill(o, *next, e);
	}
	return 0;
}

int opt_parse(const struct opt *table, int argc, char **argv, struct words *operands, bool *help,
	      struct err *e)
{
	bool ended = false;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		int used = 0, failed;

		if (ended || word[0] != '-' || !word[1]) {
			words_add(operands, word);
			continue;
		}
		if (!strcmp(word, "--")) {
			ended = true;
			continue;
		}
		if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
			*help = true;
			return 0;
		}
		failed = word[1] == '-' ? parse_long(table, word, &argv[i + 1], &used, e)
					: parse_short(table, word, &argv[i + 1], &used, e);
		if (failed < 0)
			return -1;
		i += used;
	}
	return 0;
}

void opt_help(FILE *f, const char *synopsis, const char *what, const struct opt *table)
{
	fprintf(f, "usage: impound %s\n%s\n\n", synopsis, what);
	for (; table->name; table++) {
		AUTO(str_release) struct str left = STR_INIT(256);

		str_adds(&left, "  ");
		if (table->letter)
			str_addf(&left, "-%c, ", table->letter);
		str_addf(&left, "--%s", table->name);
		if (table->type != OPT_FLAG)
			str_addf(&left, " %s", table->arg);
		if (text_width(left.buf) > 26)
			str_adds(&left, "\n");
		fprintf(f, "%s%*s%s\n", left.buf,
			left.buf[left.len - 1] == '\n' ? 28 : 28 - (int)text_width(left.buf), "",
			table->help);
	}
	fprintf(f, "  -h, --help                show this\n");
}
