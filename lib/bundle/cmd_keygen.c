/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/bundle/seal.h"

struct keygen {
	const char *output, *pass_file;
	bool json;
	char *key, *pub; /* the two files */
	char fingerprint[SHA256_HEX];
};

static int make_parents(const char *path, struct err *e)
{
	AUTO(freep) char *part = xstrdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return err_sys(e, "make the directory '%s'", part);
		*slash = '/';
	}
	return 0;
}

static int choose_files(struct keygen *k, struct err *e)
{
	if (k->output) {
		k->key = xstrdup(k->output);
		k->pub = xasprintf("%s.pub.pem", k->output);
		return 0;
	}
	k->key = seal_config_path("seal.key");
	k->pub = seal_config_path("seal.pub.pem");
	if (!k->key)
		return err_set(e, ERR_USAGE,
			       "neither XDG_CONFIG_HOME nor HOME is set: name a file with -o");
	return make_parents(k->key, e);
}

/* A key that is written over is a key that is lost, and with it every seal's owner. */
static int refuse_taken(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return err_set(e, ERR_SYS, "'%s' is there already, and a key is never overwritten",
			       path);
	return errno == ENOENT ? 0 : err_sys(e, "look at '%s'", path);
}

static int write_pair(struct keygen *k, struct err *e)
{
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	AUTO(str_release) struct str secret = STR_INIT(SEAL_PEM_MAX), pem = STR_INIT(SEAL_PEM_MAX);
	int failed;

	if (refuse_taken(k->key, e) < 0 || refuse_taken(k->pub, e) < 0 ||
	    seal_key_new(&key, e) < 0 || seal_key_write_public(key, &pem, e) < 0)
		return -1;
	failed = seal_key_write_private(key, k->pass_file, &secret, e);
	if (!failed)
		failed = file_create(AT_FDCWD, k->key, 0600, secret.buf, secret.len, e);
	if (secret.cap)
		seal_wipe(secret.buf, secret.cap);
	if (failed)
		return -1;
	if (file_create(AT_FDCWD, k->pub, 0644, pem.buf, pem.len, e) < 0) {
		/* Nobody has it yet, and half a pair would be in the way of the next try. */
		(void)unlink(k->key);
		return -1;
	}
	seal_key_fingerprint(key, k->fingerprint);
	return 0;
}

static void print_json(const struct keygen *k)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	result_begin(&w, &out, "keygen", STATUS_DONE);
	jsonw_bytes(&w, "key", k->key, strlen(k->key));
	jsonw_bytes(&w, "public", k->pub, strlen(k->pub));
	jsonw_text(&w, "fingerprint", k->fingerprint);
	jsonw_bool(&w, "encrypted", k->pass_file != NULL);
	result_print(&w);
}

static void print_text(const struct keygen *k)
{
	fputs("private key  ", stdout);
	text_put(stdout, k->key);
	fputs("\npublic key   ", stdout);
	text_put(stdout, k->pub);
	printf("\nfingerprint  %s\n", k->fingerprint);
	fputs("Give the public key and its fingerprint to those who will verify; the private key "
	      "stays here.\n",
	      stdout);
}

int cmd_keygen(int argc, char **argv, struct err *e)
{
	struct keygen k = { 0 };
	AUTO(words_release) struct words operands = { 0 };
	bool help = false;
	const struct opt table[] = {
		{ "output", 'o', OPT_TEXT, &k.output, "FILE",
		  "write the private key here, the public one to FILE.pub.pem" },
		{ "pass-file", 0, OPT_TEXT, &k.pass_file, "FILE",
		  "encrypt the private key with the first line of FILE" },
		{ "json", 0, OPT_FLAG, &k.json, NULL, "print the result as one JSON object" },
		OPT_END,
	};
	int failed;

	if (opt_parse(table, argc, argv, &operands, &help, e) < 0)
		return -1;
	if (help) {
		opt_help(stdout, "keygen [-o FILE] [--pass-file FILE] [--json]",
			 "Make a signing key (Ed25519); without -o, the operator's default one.",
			 table);
		return STATUS_DONE;
	}
	if (operands.count)
		return err_set(e, ERR_USAGE, "keygen takes no operand, and '%s' is one",
			       operands.items[0]);
	failed = choose_files(&k, e) < 0 || write_pair(&k, e) < 0;
	if (!failed && k.json)
		print_json(&k);
	else if (!failed)
		print_text(&k);
	freep(&k.key);
	freep(&k.pub);
	return failed ? -1 : STATUS_DONE;
}
