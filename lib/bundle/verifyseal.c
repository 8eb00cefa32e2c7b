/* SPDX-License-Identifier: Apache-2.0 */
/* The seal: one signed line, the signature, and whether its signer is one we know. */
#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/verifying.h"

#define SIG_READ_MAX ((size_t)4096)

/* The key as it lies in the bundle: any other spelling of it was not written by the seal's maker.
 */
static int read_signer(struct verifying *v, struct seal_key **key)
{
	AUTO(str_release) struct str pem = STR_INIT(SEAL_PEM_MAX), again = STR_INIT(SEAL_PEM_MAX);
	AUTO(seal_key_freep) struct seal_key *k = NULL;
	struct err e = { 0 };

	if (verifying_read(v, "signer", BUNDLE_SIGNER, &pem) < 0)
		return -1;
	if (seal_key_public(pem.buf, pem.len, BUNDLE_SIGNER, &k, &e) < 0 ||
	    seal_key_write_public(k, &again, &e) < 0) {
		report_add(v->r, "signer", CHECK_TAMPERED, BUNDLE_SIGNER, "%s", e.text);
		return -1;
	}
	if (pem.len != again.len || memcmp(pem.buf, again.buf, pem.len) != 0)
		report_add(v->r, "signer", CHECK_TAMPERED, BUNDLE_SIGNER,
			   "has more in it than the key");
	seal_key_fingerprint(k, v->r->fingerprint);
	*key = steal(&k);
	return 0;
}

static void read_sealtext(struct verifying *v, const struct str *text)
{
	struct err e = { 0 };

	if (sealtext_read(text->buf, text->len, &v->r->seal, &e) == 0) {
		v->r->has_seal = true;
		return;
	}
	report_add(v->r, "seal", e.kind == ERR_SYS ? CHECK_ERROR : CHECK_TAMPERED, BUNDLE_SEAL,
		   "%s", e.text);
}

static bool verify_signature(struct verifying *v, const struct seal_key *key,
			     const struct str *text)
{
	AUTO(str_release) struct str sig = STR_INIT(SIG_READ_MAX);

	if (verifying_read(v, "signature", BUNDLE_SIG, &sig) < 0)
		return false;
	if (!seal_verify(key, text->buf, text->len, (const unsigned char *)sig.buf, sig.len)) {
		report_add(v->r, "signature", CHECK_TAMPERED, BUNDLE_SIG,
			   "is not this key's signature of the seal");
		return false;
	}
	report_add(v->r, "signature", CHECK_OK, BUNDLE_SIG, "is this key's signature of the seal");
	return true;
}

/* What the operator pinned must be what is there; that is the one kind of doubt that a bundle
 * cannot argue away. */
static bool verify_pins(struct verifying *v)
{
	const struct verify_options *opt = v->opt;
	bool good = true;

	if (opt->seal && v->r->seal_sha256[0] && strcmp(opt->seal, v->r->seal_sha256) != 0) {
		report_add(v->r, "seal", CHECK_TAMPERED, BUNDLE_SEAL,
			   "is not the one of the receipt: its SHA-256 is %s", v->r->seal_sha256);
		good = false;
	}
	if (opt->fingerprint && v->r->fingerprint[0] &&
	    strcmp(opt->fingerprint, v->r->fingerprint) != 0) {
		report_add(v->r, "signer", CHECK_TAMPERED, BUNDLE_SIGNER,
			   "is not the key of the receipt: its fingerprint is %s",
			   v->r->fingerprint);
		good = false;
	}
	return good;
}

static void verify_trust(struct verifying *v)
{
	const struct trust_key *known = trust_find(v->opt->trust, v->r->fingerprint);
	struct report *r = v->r;

	if (v->opt->fingerprint)
		r->trusted_by = xstrdup("--fingerprint");
	else if (v->opt->seal)
		r->trusted_by = xstrdup("--seal");
	else if (known)
		r->trusted_by = xstrdup(known->from);
	r->is_trusted = r->trusted_by != NULL;
	if (r->is_trusted)
		report_add(r, "trust", CHECK_OK, NULL, "the signer is trusted (%s)", r->trusted_by);
	else
		report_add(r, "trust", CHECK_UNTRUSTED, NULL,
			   "the signer is not one of the trusted keys");
}

void verify_seal(struct verifying *v)
{
	AUTO(str_release) struct str text = STR_INIT(SEALTEXT_MAX);
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	struct report *r = v->r;
	bool has_text = verifying_read(v, "seal", BUNDLE_SEAL, &text) == 0;
	bool has_key = read_signer(v, &key) == 0, is_signed = false;

	if (has_text) {
		digest_of(text.buf, text.len, r->seal_sha256);
		read_sealtext(v, &text);
	}
	if (has_text && has_key)
		is_signed = verify_signature(v, key, &text);
	if (r->has_seal && has_key && strcmp(r->seal.spki, r->fingerprint) != 0) {
		report_add(r, "signer", CHECK_TAMPERED, BUNDLE_SIGNER,
			   "is not the key that the seal names");
		is_signed = false;
	}
	if (verify_pins(v) && is_signed)
		verify_trust(v);
}
