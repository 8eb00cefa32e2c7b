/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - the exit statuses, the same for every command; impound(1) prints this table. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
	STATUS_DONE = 0,   /* verify: intact and the signer trusted */
	STATUS_FAILED = 1, /* no result, no verdict */
	STATUS_USAGE = 2,
	STATUS_INCOMPLETE = 3, /* done, and what could not be had is recorded */
	STATUS_TAMPERED = 4,
	STATUS_UNTRUSTED = 5, /* intact, signer not among the trusted keys */
	STATUS_FORMAT = 6,    /* not such a thing at all, or a named limit passed */
	STATUS_UNSEALED = 7,
	STATUS_ABSENT = 8, /* no such container, image or bundle */
	STATUS_FINDINGS = 9,
	STATUS_SIGNAL = 128, /* plus the signal's number */
};

/* The word for STATUS in machine output: "done", "failed", "usage"…; never NULL. */
const char *status_word(int status);

/* The worse of two outcomes when one command had several targets. */
int status_worse(int a, int b);

#endif
