/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/own.h"

/*
 * Debian 12's headers know Landlock's first version only; the kernel says which it has. Each
 * version added rights, and only a right that is named here is taken away.
 */
#define FS_RIGHTS_1  ((UINT64_C(1) << 13) - 1)
#define FS_REFER     (UINT64_C(1) << 13) /* version 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* version 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define NET_BOTH     UINT64_C(3)         /* version 4: bind and connect TCP */
#define SCOPE_BOTH   UINT64_C(3)         /* version 6: abstract Unix sockets, signals */

struct ruleset {
	uint64_t fs, net, scoped;
};

/* The size that goes with a version: an older kernel refuses a longer struct with bits set. */
static struct ruleset ruleset_of(long version, size_t *size)
{
	struct ruleset r = { .fs = FS_RIGHTS_1 };

	*size = offsetof(struct ruleset, net);
	if (version >= 2)
		r.fs |= FS_REFER;
	if (version >= 3)
		r.fs |= FS_TRUNCATE;
	if (version >= 4) {
		r.net = NET_BOTH;
		*size = offsetof(struct ruleset, scoped);
	}
	if (version >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (version >= 6) {
		r.scoped = SCOPE_BOTH;
		*size = sizeof(r);
	}
	return r;
}

static int landlock(const int *dirfds, unsigned count, bool *has, struct err *e)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	AUTO(fd_closep) int fd = -1;
	struct ruleset rules;
	size_t size;

	*has = version > 0;
	if (!*has)
		return 0;
	rules = ruleset_of(version, &size);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return err_sys(e, "landlock_create_ruleset");
	for (unsigned i = 0; i < count; i++) {
		struct landlock_path_beneath_attr beneath = {
			.allowed_access =
				LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
			.parent_fd = dirfds[i],
		};

		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
			return err_sys(e, "landlock_add_rule");
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_sys(e, "landlock_restrict_self");
	return 0;
}

/* What reading, hashing and threads need; the rest is ENOSYS, as on a kernel that lacks it. */
/* clang-format off */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(preadv), SCMP_SYS(lseek),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(close), SCMP_SYS(fsync),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(fstatfs),
	SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(readlink),
	SCMP_SYS(getdents64), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(openat2),
	SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup3), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(fadvise64), SCMP_SYS(readahead), SCMP_SYS(mmap), SCMP_SYS(mprotect),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex),
	SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(geteuid), SCMP_SYS(getuid),
	SCMP_SYS(getegid), SCMP_SYS(getgid), SCMP_SYS(getxattr), SCMP_SYS(listxattr),
	SCMP_SYS(fgetxattr), SCMP_SYS(flistxattr),
};
/* clang-format on */

/*
 * Calls that are harmless as long as what MASK picks of one argument is VALUE. openat2 keeps its
 * flags in memory, out of a filter's sight: only Landlock holds it to reading.
 */
static int allow_some(scmp_filter_ctx ctx)
{
	const scmp_datum_t changing =
		O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	const scmp_datum_t all = UINT64_MAX, self = (scmp_datum_t)getpid();
	const struct {
		int call;
		unsigned arg;
		scmp_datum_t mask, value;
	} some[] = {
		{ SCMP_SYS(openat), 2, changing, 0 },     { SCMP_SYS(open), 1, changing, 0 },
		{ SCMP_SYS(ioctl), 1, all, TCGETS },      { SCMP_SYS(ioctl), 1, all, TIOCGWINSZ },
		{ SCMP_SYS(prctl), 0, all, PR_SET_NAME }, { SCMP_SYS(prlimit64), 2, all, 0 },
		{ SCMP_SYS(tgkill), 0, all, self },       { SCMP_SYS(kill), 0, all, self },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct scmp_arg_cmp cmp = {
			.arg = some[i].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = some[i].mask,
			.datum_b = some[i].value,
		};
		int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, some[i].call, 1, &cmp);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int fill(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	for (size_t i = 0; !rc && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	return rc ? rc : allow_some(ctx);
}

static void filter_freep(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static int filter(bool *has, struct err *e)
{
	AUTO(filter_freep) scmp_filter_ctx ctx = NULL;
	int rc;

	*has = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
	if (!*has)
		return 0;
	ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!ctx)
		return err_set(e, ERR_SYS, "seccomp_init failed");
	rc = fill(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc < 0) {
		errno = -rc;
		return err_sys(e, "load the seccomp filter");
	}
	return 0;
}

#ifdef __SANITIZE_ADDRESS__
/* The leak checker traces the process from outside, which is just what the sandbox forbids. */
static bool is_entered;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return is_entered;
}
#define note_entered() (is_entered = true)
#else
#define note_entered() ((void)0)
#endif

static bool has_other_threads(void)
{
	struct stat st;

	/* Two links a directory has anyway, and one for each thread. */
	return stat("/proc/self/task", &st) == 0 && st.st_nlink > 3;
}

int sandbox_enter(enum sandbox level, const int *dirfds, unsigned count, const char **lacks,
		  struct err *e)
{
	bool has_landlock = false, has_seccomp = false, is_late = has_other_threads();

	(void)level;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "set no_new_privs");
	if (landlock(dirfds, count, &has_landlock, e) < 0 || filter(&has_seccomp, e) < 0)
		return err_wrap(e, "sandbox");
	note_entered();
	if (!has_landlock)
		*lacks = has_seccomp ? "Landlock" : "Landlock and seccomp";
	else if (!has_seccomp)
		*lacks = "seccomp";
	else
		*lacks = is_late ? "Landlock in threads made before" : "";
	return 0;
}

const char *sandbox_library(void)
{
	static char text[32];
	const struct scmp_version *v = seccomp_version();

	(void)snprintf(text, sizeof(text), "libseccomp %u.%u.%u", v->major, v->minor, v->micro);
	return text;
}
