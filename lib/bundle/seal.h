/* SPDX-License-Identifier: Apache-2.0 */
/* seal.h - Ed25519 keys and signatures; the only file that knows OpenSSL's keys. */
#ifndef BUNDLE_SEAL_H
#define BUNDLE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/base/str.h"

#define SEAL_SIG_SIZE 64
#define SEAL_PEM_MAX  ((size_t)16 << 10)

struct seal_key; /* private or public */

/* A new pair. Private halves are wiped when freed. */
int seal_key_new(struct seal_key **out, struct err *e) must_check;
/*
 * A private key, PKCS#8 PEM. A passphrase comes from PASS_FILE (its first line), or is asked on the
 * terminal; with neither it is an error that says so. Refuses other algorithms by name.
 */
int seal_key_read(const char *path, const char *pass_file, struct seal_key **out,
		  struct err *e) must_check;
/* A public key in PEM, NAME for messages. The eight small-order keys are ERR_INTEGRITY. */
int seal_key_public(const char *pem, size_t len, const char *name, struct seal_key **out,
		    struct err *e) must_check;
void seal_key_freep(struct seal_key **k);

void seal_key_fingerprint(const struct seal_key *k,
			  char hex[SHA256_HEX]); /* SHA-256 of the SPKI in DER */
int seal_key_write_public(const struct seal_key *k, struct str *pem, struct err *e) must_check;
/*
 * PKCS#8; encrypted (PBES2 with AES-256-CBC, which any openssl reads) with the first line of
 * PASS_FILE unless that is NULL. The caller wipes PEM.
 */
int seal_key_write_private(const struct seal_key *k, const char *pass_file, struct str *pem,
			   struct err *e) must_check;
/* Overwrites what a secret was in. */
void seal_wipe(void *p, size_t len);

int seal_sign(const struct seal_key *k, const void *p, size_t len, unsigned char sig[SEAL_SIG_SIZE],
	      struct err *e) must_check;
bool seal_verify(const struct seal_key *k, const void *p, size_t len, const unsigned char *sig,
		 size_t sig_len);

/*
 * $XDG_CONFIG_HOME/impound or ~/.config/impound, then FILE ("seal.key", "trusted"); the caller
 * frees. NULL where there is neither.
 */
char *seal_config_path(const char *file);

#endif
