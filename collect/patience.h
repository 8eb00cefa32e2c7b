/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patience.h - system calls that may not come back for long, waited for and then left behind.
 *
 * The texts of a process's memory in /proc wait for its lock, files for a disk or a server that may
 * be gone; some of these waits only SIGKILL ends. So such calls are made on a thread of their own,
 * which is given up when a call has not come back in time (it ends with us). A call that is late
 * costs less each time: the whole of a collection is not to be spent on waiting. What even SIGKILL
 * does not end is not begun: see survey_may_read().
 */
#ifndef COLLECT_PATIENCE_H
#define COLLECT_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

#define PATIENCE_MS      5000 /* for the first calls that are late, */
#define PATIENCE_LATER   3    /* after so many of them */
#define PATIENCE_LATE_MS 200  /* only this long */

struct patience;
struct patience *patience_new(unsigned first_ms); /* PATIENCE_MS */
void patience_freep(struct patience **p);

/*
 * Each is its system call, with ERR_LIMIT where it did not come back and ERR_STOPPED after a
 * signal. patience_text() appends the text NAME below DIR to OUT; what passes out->max sets *CUT.
 */
int patience_text(struct patience *p, int dir, const char *name, struct str *out, bool *cut,
		  struct err *e) must_check;
int patience_open(struct patience *p, const char *path, int flags, struct err *e) must_check;
ssize_t patience_pread(struct patience *p, int fd, void *to, size_t len, off_t at,
		       struct err *e) must_check;
/* SEEK_DATA and SEEK_HOLE. At the end (ENXIO) it is -1 and err.sys says so, as with any other
 * errno. */
off_t patience_seek(struct patience *p, int fd, off_t at, int whence, struct err *e) must_check;

#endif
