/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define START_MS  15000 /* the first start on a host sets up its storage */
#define END_MS    3000
#define GLANCE_MS 20

struct podman_service {
	pid_t pid;
	char *dir, *path; /* where it was told to listen; gone once it does */
	int socket;       /* O_PATH, and what it is reached by from then on */
	int complaint;    /* what it writes on stderr */
	char *reached;
};

static char *find_podman(void)
{
	const char *path = getenv("PATH");

	for (const char *p = path; p && *p; p += strcspn(p, ":"), p += *p == ':') {
		AUTO(freep) char *file = xasprintf("%.*s/podman", (int)strcspn(p, ":"), p);

		/* A relative entry would run whatever lies where the responder stands. */
		if (*p == '/' && access(file, X_OK) == 0)
			return steal(&file);
	}
	return NULL;
}

bool podman_is_installed(void)
{
	AUTO(freep) char *file = find_podman();

	return file != NULL;
}

static void sleep_ms(long ms)
{
	(void)poll(NULL, 0, (int)ms);
}

static bool listens(const char *path)
{
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (fd < 0 || strlen(path) >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, path, strlen(path) + 1);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static _Noreturn void run_child(const char *file, char *const argv[], int complaint, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(complaint, STDERR_FILENO) < 0)
		_exit(127);
	/* Not SIGKILL: rootless Podman is a process and its child, and the first hands this one on.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(127);
	execv(file, argv);
	_exit(127);
}

static int complain(const struct podman_service *s, const char *what, struct err *e)
{
	char text[300] = "";
	ssize_t len = pread(s->complaint, text, sizeof(text) - 1, 0);

	while (len > 0 && strchr("\r\n ", text[len - 1]))
		text[--len] = '\0';
	return err_set(e, ERR_ENGINE, "'podman system service' %s%s%s", what, *text ? ": " : "",
		       text);
}

static int await(struct podman_service *s, struct err *e)
{
	for (int waited = 0; waited < START_MS; waited += GLANCE_MS) {
		int status;

		if (listens(s->path))
			return 0;
		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			s->pid = 0;
			return complain(s, "ended at once", e);
		}
		if (stop_requested())
			return stop_err(e);
		sleep_ms(GLANCE_MS);
	}
	return complain(s, "does not listen", e);
}

static char *make_dir(struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *parents[] = { geteuid() == 0 ? "/run" : runtime, "/tmp" };

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		AUTO(freep) char *dir = NULL;

		if (!parents[i] || parents[i][0] != '/')
			continue;
		dir = xasprintf("%s/impound-XXXXXX", parents[i]);
		if (mkdtemp(dir))
			return steal(&dir);
	}
	(void)err_sys(e, "make a directory for Podman's socket");
	return NULL;
}

static void remove_traces(const struct podman_service *s)
{
	if (s->path)
		(void)unlink(s->path);
	if (s->dir)
		(void)rmdir(s->dir);
}

/* A socket without a name can be reached by whoever holds it: even a kill -9 leaves nothing behind.
 */
static int take_socket(struct podman_service *s, struct err *e)
{
	s->socket = open(s->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (s->socket < 0)
		return err_sys(e, "open '%s'", s->path);
	s->reached = xasprintf("/proc/self/fd/%d", s->socket);
	if (!listens(s->reached))
		return complain(s, "is not reached without /proc", e);
	remove_traces(s);
	return 0;
}

static struct podman_service *service_new(void)
{
	struct podman_service *s = xcalloc(1, sizeof(*s));

	s->socket = s->complaint = -1;
	return s;
}

int podman_service_start(struct podman_service **out, struct err *e)
{
	AUTO(podman_service_freep) struct podman_service *s = service_new();
	AUTO(freep) char *file = find_podman();
	AUTO(freep) char *address = NULL;
	pid_t self = getpid();

	if (!file)
		return err_set(e, ERR_ENGINE, "podman is not installed");
	s->dir = make_dir(e);
	if (!s->dir)
		return -1;
	s->path = xasprintf("%s/podman.sock", s->dir);
	s->complaint = memfd_create("podman's stderr", MFD_CLOEXEC);
	if (s->complaint < 0)
		return err_sys(e, "make a file for Podman's complaints");
	address = xasprintf("unix://%s", s->path);
	s->pid = fork();
	if (s->pid < 0)
		return err_sys(e, "fork");
	if (s->pid == 0)
		run_child(file,
			  (char *[]){ (char[]){ "podman" }, (char[]){ "system" },
				      (char[]){ "service" }, (char[]){ "--time=0" }, address,
				      NULL },
			  s->complaint, self);
	if (await(s, e) < 0 || take_socket(s, e) < 0)
		return -1;
	*out = steal(&s);
	return 0;
}

const char *podman_service_socket(const struct podman_service *s)
{
	return s->reached;
}

const char *podman_service_path(const struct podman_service *s)
{
	return s->path;
}

static void end_child(pid_t pid)
{
	(void)kill(-pid, SIGTERM);
	for (int waited = 0; waited < END_MS; waited += GLANCE_MS) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		sleep_ms(GLANCE_MS);
	}
	(void)kill(-pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

void podman_service_freep(struct podman_service **s)
{
	struct podman_service *it = steal(s);

	if (!it)
		return;
	if (it->pid > 0)
		end_child(it->pid);
	remove_traces(it);
	fd_closep(&it->socket);
	fd_closep(&it->complaint);
	free(it->dir);
	free(it->path);
	free(it->reached);
	free(it);
}
