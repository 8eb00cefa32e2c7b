/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - give up what the rest of the command does not need, before the first hostile byte.
 *
 * Landlock for paths, seccomp for system calls; neither can be undone. Seccomp holds for all
 * threads, Landlock for the calling one and those it makes later: enter before threads are made.
 * Where the kernel lacks one of them that is no error but is said: see *LACKS.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "lib/base/err.h"

enum sandbox {
	/*
	 * Read below the given directories only (O_PATH descriptors resolved already), write to
	 * what is open already, no new sockets, no exec, no ptrace, no mount, no kill of others;
	 * threads are allowed.
	 */
	SANDBOX_READ,
};

/* DIRFDS: directories below which files may be opened for reading. *LACKS becomes "" or e.g.
 * "Landlock". */
int sandbox_enter(enum sandbox level, const int *dirfds, unsigned count, const char **lacks,
		  struct err *e) must_check;

/* "NAME VERSION" of the library behind this file, for --version. */
const char *sandbox_library(void);

#endif
