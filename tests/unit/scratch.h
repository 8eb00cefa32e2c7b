/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h - a folder of a test's own, and what it puts there. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <sys/types.h>

extern char scratch_dir[200];
extern int scratch_fd;

/* cmocka's setup and teardown; the removal goes as deep as what was made. */
int scratch_make(void **state);
int scratch_remove(void **state);

void scratch_mkdir(const char *path);
void scratch_write(const char *path, const char *text);
/* Until the process sleeps in a system call; fails the test after 10 s. */
void scratch_wait_asleep(pid_t pid);

#endif
