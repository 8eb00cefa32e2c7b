/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - an error is a sentence that the failing call wrote and its callers put words in front of.
 *
 * A function that can fail takes a struct err last, returns 0 or -1 (or a pointer and NULL, or a
 * count and -1), and leaves its outputs alone when it fails. The struct lives on the caller's
 * stack, starts as { 0 } and owns nothing. Text is for people: lower case, no full stop, names in
 * quotes; it is escaped when it is shown (text.h), not when it is made, and cut at its size.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#define must_check             __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_kind {
	ERR_NONE,
	ERR_USAGE,     /* the words of the command line */
	ERR_SYS,       /* the system refused: err.sys is the errno */
	ERR_ENGINE,    /* the engine's error, or no answer: err.sys is its HTTP status, or 0 */
	ERR_FORMAT,    /* not such a thing at all */
	ERR_LIMIT,     /* a named limit passed */
	ERR_INTEGRITY, /* differs from what was sealed */
	ERR_ABSENT,    /* no such container, image, file */
	ERR_UNSEALED,  /* a bundle that was never sealed */
	ERR_UNTRUSTED, /* intact, and its signer is none of the trusted keys */
	ERR_STOPPED,   /* asked to stop: err.sys is the signal */
};

struct err {
	enum err_kind kind;
	int sys;
	char text[600];
};

/* Each returns -1, so that a failing line is one line. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
/* Adds ": " and the text of errno; kind ERR_SYS. */
int err_sys(struct err *e, const char *fmt, ...) printf_like(2, 3);
/* Puts the formatted words and ": " in front of what is there; kind and sys stay. */
int err_wrap(struct err *e, const char *fmt, ...) printf_like(2, 3);

/* What every call of them returns, said so that an analyzer of one file at a time knows it too. */
#ifdef __clang_analyzer__
#define err_set(...)  ((void)(err_set)(__VA_ARGS__), -1)
#define err_sys(...)  ((void)(err_sys)(__VA_ARGS__), -1)
#define err_wrap(...) ((void)(err_wrap)(__VA_ARGS__), -1)
#endif

/* The exit status that stands for this kind of failure. */
int err_status(const struct err *e);

#endif
