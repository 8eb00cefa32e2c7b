/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.h - one process's directory in /proc: opened, known again, and read without touching the
 * process.
 *
 * Everything goes through the descriptor of the directory. It belongs to the process and not to its
 * pid: once the process is gone it answers ESRCH, also when the pid has been given to another.
 */
#ifndef ENGINE_PROC_H
#define ENGINE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/model/process.h"
#include "lib/model/scan.h"

/*
 * Opens /proc/PID and returns the descriptor. START_TICKS 0 takes any process; otherwise another
 * one of that pid is ERR_ABSENT. Fills *ST if not NULL.
 */
int proc_open(pid_t pid, uint64_t start_ticks, struct process_stat *st, struct err *e) must_check;
/* Whether the process of DIR has ended by now (a zombie has not). */
bool proc_has_ended(int dir);

/* Appends the text of the file NAME; what passes out->max is left out and sets *CUT. */
int proc_read(int dir, const char *name, struct str *out, bool *cut, struct err *e) must_check;
/* Appends where the link NAME points to. */
int proc_link(int dir, const char *name, struct str *out, struct err *e) must_check;
/* The inode in "net:[4026531840]", 0 if it cannot be read. NAME is e.g. "ns/net". */
uint64_t proc_namespace(int dir, const char *name);

/* A text read line by line; one longer than PROC_LINE_MAX comes in pieces. */
#define PROC_LINE_MAX ((size_t)256 << 10)
struct proc_lines {
	int fd;
	char *buf;
	size_t start, len;
	bool is_over;
};
int proc_lines_open(int dir, const char *name, struct proc_lines *out, struct err *e) must_check;
/* 1 and *LINE (valid until the next call), 0 at the end, -1. */
int proc_lines_next(struct proc_lines *l, struct scan *line, struct err *e) must_check;
void proc_lines_close(struct proc_lines *l);

/* The numbers in /proc/PID/fd; -1 ends. */
struct proc_fds {
	void *list;
};
int proc_fds_open(int dir, struct proc_fds *out, struct err *e) must_check;
int proc_fds_next(struct proc_fds *fds);
/* The inode of the socket that descriptor FD is, 0 where it is none. */
uint64_t proc_socket(int dir, int fd);
void proc_fds_close(struct proc_fds *fds);

#endif
