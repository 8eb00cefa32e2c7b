/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/seal.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

#define KEY_SIZE 32
#define PASS_MAX 1024

struct seal_key {
	EVP_PKEY *pkey;
};

static void bio_freep(BIO **b)
{
	BIO_free_all(*b);
	*b = NULL;
}

static void ctx_freep(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
	*c = NULL;
}

void seal_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}

/* OpenSSL frees a private key's bytes with OPENSSL_cleanse. */
void seal_key_freep(struct seal_key **k)
{
	struct seal_key *it = steal(k);

	if (it) {
		EVP_PKEY_free(it->pkey);
		free(it);
	}
}

static struct seal_key *key_of(EVP_PKEY *pkey)
{
	struct seal_key *k = xcalloc(1, sizeof(*k));

	k->pkey = pkey;
	return k;
}

static int crypto_err(struct err *e, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, ERR_FORMAT, "%s: %s", what, reason ? reason : "no reason given");
}

int seal_key_new(struct seal_key **out, struct err *e)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (!pkey)
		return crypto_err(e, "make an Ed25519 key");
	*out = key_of(pkey);
	return 0;
}

/* The first line of a file, as the passphrase. */
static int pass_read(const char *path, char pass[PASS_MAX], struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(PASS_MAX - 1);
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len;
	int got;

	if (fd < 0)
		return err_sys(e, "open the passphrase file '%s'", path);
	got = file_read(fd, &text, path, e);
	len = strcspn(text.buf, "\r\n");
	if (got == 0) {
		memcpy(pass, text.buf, len);
		pass[len] = '\0';
	}
	if (text.cap)
		seal_wipe(text.buf, text.cap);
	if (got == 0 && !len)
		return err_set(e, ERR_FORMAT, "the first line of the passphrase file '%s' is empty",
			       path);
	return got;
}

struct pass {
	const char *key_path, *file;
	struct err *e;
	bool failed;
};

static int pass_ask(char *buf, int size, int writing, void *data)
{
	struct pass *p = data;
	AUTO(fd_closep) int tty = -1;
	char pass[PASS_MAX];
	int len;

	(void)writing;
	p->failed = true;
	if (p->file) {
		if (pass_read(p->file, pass, p->e) < 0)
			return -1;
	} else {
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		if (tty < 0)
			return err_set(p->e, ERR_USAGE,
				       "the key '%s' has a passphrase: name a file that holds it, "
				       "or use a terminal",
				       p->key_path);
		if (EVP_read_pw_string(pass, sizeof(pass), "Passphrase of the signing key: ", 0) !=
		    0)
			return err_set(p->e, ERR_USAGE, "no passphrase was given for the key '%s'",
				       p->key_path);
	}
	len = (int)strlen(pass);
	if (len > size) {
		seal_wipe(pass, sizeof(pass));
		return err_set(p->e, ERR_LIMIT, "the passphrase is longer than %d bytes", size);
	}
	memcpy(buf, pass, (size_t)len);
	seal_wipe(pass, sizeof(pass));
	p->failed = false;
	return len;
}

static int must_be_ed25519(const EVP_PKEY *pkey, const char *name, struct err *e)
{
	const char *type = EVP_PKEY_get0_type_name(pkey);

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519)
		return err_set(e, ERR_FORMAT, "'%s' is a key for %s, not for Ed25519", name,
			       type ? type : "something unknown");
	return 0;
}

int seal_key_read(const char *path, const char *pass_file, struct seal_key **out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(SEAL_PEM_MAX);
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	AUTO(bio_freep) BIO *bio = NULL;
	AUTO(seal_key_freep) struct seal_key *k = NULL;
	struct pass pass = { .key_path = path, .file = pass_file, .e = e };
	EVP_PKEY *pkey;

	if (fd < 0)
		return err_sys(e, "open the key '%s'", path);
	if (file_read(fd, &text, path, e) < 0)
		return -1;
	bio = BIO_new_mem_buf(text.buf, (int)text.len);
	pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, pass_ask, &pass) : NULL;
	if (text.cap)
		seal_wipe(text.buf, text.cap);
	if (!pkey && pass.failed) {
		ERR_clear_error();
		return -1;
	}
	if (!pkey) {
		(void)crypto_err(e, "not a private key in PEM, or not its passphrase");
		return err_wrap(e, "'%s'", path);
	}
	k = key_of(pkey);
	if (must_be_ed25519(pkey, path, e) < 0)
		return -1;
	*out = steal(&k);
	return 0;
}

/*
 * The y coordinates of the points of small order, also as they are written past the prime. With
 * such a key a signature can be made without any private half. The sign bit is masked before
 * comparing.
 */
static bool is_small_order(const unsigned char key[KEY_SIZE])
{
	static const unsigned char weak[][KEY_SIZE] = {
		{ 0 },
		{ 1 },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
		  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
		  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
		  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
		  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};
	unsigned char y[KEY_SIZE], near_prime[KEY_SIZE];

	memcpy(y, key, KEY_SIZE);
	y[KEY_SIZE - 1] &= 0x7f;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		if (!memcmp(y, weak[i], KEY_SIZE))
			return true;
	/* p - 1, p and p + 1, where p = 2^255 - 19. */
	memset(near_prime, 0xff, KEY_SIZE);
	near_prime[KEY_SIZE - 1] = 0x7f;
	for (near_prime[0] = 0xec; near_prime[0] <= 0xee; near_prime[0]++)
		if (!memcmp(y, near_prime, KEY_SIZE))
			return true;
	return false;
}

int seal_key_public(const char *pem, size_t len, const char *name, struct seal_key **out,
		    struct err *e)
{
	AUTO(bio_freep) BIO *bio = NULL;
	AUTO(seal_key_freep) struct seal_key *k = NULL;
	unsigned char raw[KEY_SIZE];
	size_t size = sizeof(raw);
	EVP_PKEY *pkey;

	if (len > SEAL_PEM_MAX)
		return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", name, SEAL_PEM_MAX);
	bio = BIO_new_mem_buf(pem, (int)len);
	pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	if (!pkey) {
		(void)crypto_err(e, "not a public key in PEM");
		return err_wrap(e, "'%s'", name);
	}
	k = key_of(pkey);
	if (must_be_ed25519(pkey, name, e) < 0)
		return -1;
	if (EVP_PKEY_get_raw_public_key(pkey, raw, &size) != 1 || size != sizeof(raw))
		return crypto_err(e, name);
	if (is_small_order(raw))
		return err_set(
			e, ERR_INTEGRITY,
			"'%s' is a key of small order, for which anybody can make signatures",
			name);
	*out = steal(&k);
	return 0;
}

void seal_key_fingerprint(const struct seal_key *k, char hex[SHA256_HEX])
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);

	/* A key that was made or read has an encoding; only memory can be wanting. */
	if (len <= 0)
		abort();
	digest_of(der, (size_t)len, hex);
	OPENSSL_free(der);
}

static int pem_of(BIO *bio, struct str *pem, struct err *e)
{
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);

	if (len <= 0)
		return crypto_err(e, "write a key");
	str_add(pem, text, (size_t)len);
	return str_ok(pem, "the key", e);
}

int seal_key_write_public(const struct seal_key *k, struct str *pem, struct err *e)
{
	AUTO(bio_freep) BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_PUBKEY(bio, k->pkey) != 1)
		return crypto_err(e, "write a public key");
	return pem_of(bio, pem, e);
}

int seal_key_write_private(const struct seal_key *k, const char *pass_file, struct str *pem,
			   struct err *e)
{
	AUTO(bio_freep) BIO *bio = BIO_new(BIO_s_secmem());
	char pass[PASS_MAX] = "";
	int done;

	if (pass_file && pass_read(pass_file, pass, e) < 0)
		return -1;
	done = bio ? PEM_write_bio_PKCS8PrivateKey(bio, k->pkey,
						   pass_file ? EVP_aes_256_cbc() : NULL,
						   pass_file ? pass : NULL, (int)strlen(pass), NULL,
						   NULL)
		   : 0;
	seal_wipe(pass, sizeof(pass));
	if (done != 1)
		return crypto_err(e, "write a private key");
	return pem_of(bio, pem, e);
}

int seal_sign(const struct seal_key *k, const void *p, size_t len, unsigned char sig[SEAL_SIG_SIZE],
	      struct err *e)
{
	AUTO(ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t size = SEAL_SIG_SIZE;

	/* Ed25519 hashes the message itself, in one call: no digest is named. */
	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &size, p, len) != 1 || size != SEAL_SIG_SIZE)
		return crypto_err(e, "sign");
	return 0;
}

bool seal_verify(const struct seal_key *k, const void *p, size_t len, const unsigned char *sig,
		 size_t sig_len)
{
	AUTO(ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && sig_len == SEAL_SIG_SIZE &&
		    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_len, p, len) == 1;

	ERR_clear_error();
	return good;
}

char *seal_config_path(const char *file)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	/* The XDG specification: a relative path there counts as none. */
	if (config && config[0] == '/')
		return xasprintf("%s/impound/%s", config, file);
	if (home && home[0] == '/')
		return xasprintf("%s/.config/impound/%s", home, file);
	return NULL;
}
