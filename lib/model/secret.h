/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.h - secrets in environments, command lines and other texts, with few false alarms.
 *
 * By a provider's pattern (a fixed prefix, an alphabet and a length), by credentials in a URL, by a
 * private key's PEM block, and by the name that stands before a value: whole words of it count, not
 * parts ("CC" in ACCESS is nothing), and the value must not be a path, a number, a placeholder or
 * the like. Pure. A secret's value is never copied here.
 */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

struct secret {
	const char *pattern; /* a fixed word: "github-token", "url-password", "name-and-value" */
	size_t at, len;      /* the value, in the text */
	bool is_sure;        /* by its own form, not by the name before it */
};

/* The first secret that begins at FROM or later; false where there is none. */
bool secret_next(const char *text, size_t len, size_t from, struct secret *out);

/* Whether this is the name of a secret, as a variable or an option has it. */
bool secret_is_name(const char *name, size_t len);
/* Whether VALUE, which has such a name, is one: not empty, a placeholder, a path, a number… */
bool secret_is_value(const char *value, size_t len);

/* Appends TEXT, each secret in it replaced by "[redacted: PATTERN, N bytes]". */
void secret_redact(struct str *out, const char *text, size_t len);

#endif
