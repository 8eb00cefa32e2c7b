/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/instructions.h"

static const char what_it_is[] = "The receipt that was given out when it was sealed has the same "
				 "bundle id and fingerprint, and the\n"
				 "SHA-256 of seal/seal.json. Compare all three with your copy of "
				 "the receipt, which was kept away\n"
				 "from this directory. What this file itself says proves nothing: "
				 "whoever can change the bundle can\n"
				 "change this file.\n"
				 "\n"
				 "Checking it with impound:\n"
				 "\n";

static const char commands[] =
	"\n"
	"Checking it with stock tools only (OpenSSL 3.0 or later, GNU coreutils, diffutils, "
	"findutils). Run\n"
	"these in the bundle's directory; the list of files goes to $L, outside of it.\n"
	"\n"
	"1. The signer's key. The first command prints its fingerprint, which must be the one you "
	"were given.\n"
	"   Only then does the copy of the key that the second one makes deserve its name.\n"
	"\n"
	"\topenssl pkey -pubin -in seal/signer.pub.pem -outform DER | sha256sum\n"
	"\tL=$(mktemp) T=$(mktemp) && cp seal/signer.pub.pem \"$T\"\n"
	"\n"
	"2. The signature over the seal, and the seal over the list of lists.\n"
	"\n"
	"\topenssl pkeyutl -verify -rawin -pubin -inkey \"$T\" -in seal/seal.json -sigfile "
	"seal/seal.json.sig\n"
	"\tgrep -qF \"\\\"sha256\\\":\\\"$(sha256sum <tagmanifest-sha256.txt | cut -d' ' "
	"-f1)\\\"\" seal/seal.json && echo sealed\n"
	"\tsha256sum seal/seal.json\n"
	"\n"
	"   The last one prints the seal's digest: the receipt has the same.\n"
	"\n"
	"3. Every file, and that there is no other one. Both print nothing when all is well.\n"
	"\n"
	"\tsha256sum -c --strict --quiet tagmanifest-sha256.txt manifest-sha256.txt\n"
	"\t{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; printf '%s\\n' "
	"tagmanifest-sha256.txt seal/seal.json seal/seal.json.sig seal/signer.pub.pem; } | "
	"LC_ALL=C sort >\"$L\"\n"
	"\tfind . ! -type d | cut -c3- | LC_ALL=C sort | diff \"$L\" -\n"
	"\n"
	"What this proves: that not a byte has changed since the bundle was sealed, and whose key "
	"sealed it.\n"
	"What it does not prove: that what was collected is true. A seal that was made on a host "
	"in somebody\n"
	"else's hands says \"unchanged since sealing\" and no more; the host may have lied before, "
	"and a key\n"
	"that lay on it may have been copied. custody.jsonl says what was done, in order, and what "
	"could not\n"
	"be had; each of its lines has the SHA-256 of the line before it.\n";

void instructions_write(const struct sealtext *s, struct str *out)
{
	str_adds(out, "This directory is an impound evidence bundle, format 1. Nothing in it is "
		      "changed after sealing.\n\n");
	str_addf(out, "\tname         %s\n", s->name);
	str_addf(out, "\tbundle id    %s\n", s->id);
	str_addf(out, "\tsealed       %s\n", s->sealed);
	str_addf(out, "\tstate        %s\n",
		 s->complete ? "complete" : "partial: custody.jsonl says what is missing and why");
	str_addf(out, "\tfingerprint  %s\n\n", s->spki);
	str_adds(out, what_it_is);
	str_addf(out, "\timpound verify --fingerprint %s %s\n", s->spki, s->name);
	str_adds(out, commands);
}
