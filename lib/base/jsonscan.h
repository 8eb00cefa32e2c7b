/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonscan.h - whether bytes are one JSON value as RFC 8259 says, before anything is built from
 * them.
 *
 * The library that builds the tree accepts much that is not JSON; what passes here it reads
 * exactly.
 */
#ifndef BASE_JSONSCAN_H
#define BASE_JSONSCAN_H

#include <stddef.h>

#include "lib/base/err.h"

/* Everything json_parse() promises but the duplicate keys, which only the tree can tell. VALUES:
 * how many there may be. */
int json_scan(const char *text, size_t len, size_t values, struct err *e) must_check;

#endif
