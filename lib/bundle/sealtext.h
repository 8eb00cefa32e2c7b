/* SPDX-License-Identifier: Apache-2.0 */
/* sealtext.h - seal.json: the one line that is signed, written and read. */
#ifndef BUNDLE_SEALTEXT_H
#define BUNDLE_SEALTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"
#include "lib/bundle/bundle.h"

#define SEALTEXT_TYPE "impound-seal/1"
#define SEALTEXT_MAX  ((size_t)64 << 10)

struct sealtext {
	char tagmanifest[SHA256_HEX];
	char id[BUNDLE_ID_HEX];
	char name[BUNDLE_NAME_MAX];
	bool complete;
	char sealed[TEXT_TIME_SIZE];
	uint64_t bytes, files; /* the Oxum: of what is under data/ */
	char custody_head[SHA256_HEX];
	char spki[SHA256_HEX];
};

void sealtext_write(const struct sealtext *s, struct str *out);

/*
 * Reads it as strictly as it is written: ERR_FORMAT where it is not a seal of format 1. A later
 * format, or one that asks for something this version does not know, is ERR_SYS: no verdict,
 * instead of a wrong one.
 */
int sealtext_read(const char *text, size_t len, struct sealtext *out, struct err *e) must_check;

/* "bytes.files" */
#define OXUM_MAX 48
void oxum_write(char out[OXUM_MAX], uint64_t bytes, uint64_t files);

#endif
