/* SPDX-License-Identifier: Apache-2.0 */
/* sentences.h - a list of sentences or names; what is foreign in them is escaped when it is shown.
 */
#ifndef CONTAIN_SENTENCES_H
#define CONTAIN_SENTENCES_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"

struct sentences {
	char **items;
	size_t count, cap;
};

void sentences_add(struct sentences *l, const char *fmt, ...) printf_like(2, 3);
/* Each line of TEXT. */
void sentences_split(struct sentences *l, const char *text);
void sentences_release(struct sentences *l);

/* An array under KEY; what is not UTF-8 comes escaped. Writes nothing where there are none. */
void sentences_json(const struct sentences *l, struct jsonw *w, const char *key);
void sentences_item_json(struct jsonw *w, const char *text);

#endif
