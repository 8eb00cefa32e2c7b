/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runs.h - records sorted into a file: what was read once of a layer, to be read any number of
 * times.
 *
 *	run_maker_new(MEMORY, &m, e)       opens its temporary files: before the sandbox
 *	run_put(m, &record, e)             as often as need be, in any order
 *	run_end(m, fd, at, &run, e)        all of them, sorted, into FD from AT on; M is empty again
 *	run_reader_new(&run, &r, e)
 *	run_next(r, &record, e)            1, 0 at the end, -1
 *
 * A run is nothing but encoded records (record.h), of whatever layer they were put: a kept file can
 * be read as any layer of any image.
 */
#ifndef ANALYZE_RUNS_H
#define ANALYZE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/record.h"
#include "lib/base/err.h"

#define RUN_MEMORY       ((size_t)6 << 20) /* of one maker; two of them work at a time */
#define RUN_MEMORY_LEAST ((size_t)1 << 20)

struct run {
	int fd;               /* borrowed */
	uint64_t offset, len; /* in it */
	uint32_t layer;       /* RUN_AS_PUT, or what all its records are read as being of */
	bool may_want;        /* there may be a RECORD_WANT among them */
};
#define RUN_AS_PUT UINT32_MAX

struct run_maker;
int run_maker_new(size_t memory, struct run_maker **out, struct err *e) must_check;
void run_maker_freep(struct run_maker **m);
int run_put(struct run_maker *m, const struct record *r, struct err *e) must_check;
int run_end(struct run_maker *m, int fd, uint64_t at, struct run *out, struct err *e) must_check;

struct run_reader;
struct run_reader *run_reader_new(const struct run *run);
/* The record is valid until the next call. Whatever is in the file, it is never read past its end.
 */
int run_next(struct run_reader *r, struct record *out, struct err *e) must_check;
void run_reader_freep(struct run_reader **r);

#endif
