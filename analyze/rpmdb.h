/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpmdb.h - the headers in an rpmdb.sqlite: the only file that knows sqlite3.
 *
 * The database is hostile: it is read from a copy through descriptors, with its write-ahead log if
 * it has one; nothing is written, nothing is opened by name, no code in its schema runs.
 */
#ifndef ANALYZE_RPMDB_H
#define ANALYZE_RPMDB_H

#include <stddef.h>

#include "lib/base/err.h"

#define RPMDB_ROWS_MAX 100000
#define RPMDB_STEPS_MAX                                                                            \
	50000000 /* of sqlite's machine; a real database takes some 20 a package                   \
		  */

/*
 * FN gets each row's blob. WAL is -1 where there is none. ERR_FORMAT for what is no such database,
 * ERR_LIMIT past a limit; what came before counts.
 */
int rpmdb_each(int db, int wal, int (*fn)(const void *blob, size_t len, void *data, struct err *e),
	       void *data, struct err *e) must_check;

/* "NAME VERSION" of the library behind this file, for --version. */
const char *rpmdb_library(void);

#endif
