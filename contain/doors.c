/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leads out of a container without its network: sockets mounted in, descriptors of sockets
 * from other network namespaces, and processes that are in one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "contain/look.h"
#include "contain/mounted.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"
#include "lib/model/sockets.h"

#define ABSTRACT_MAX 20 /* shown; the rest is counted */

void look_at_mounts(struct look *l)
{
	AUTO(mounted_release) struct mounted m = { 0 };

	mounted_sockets(l->subject, &m);
	for (size_t i = 0; i < m.engines.count; i++)
		look_add(l, &l->view->doors, "%s", m.engines.items[i]);
	for (size_t i = 0; i < m.others.count; i++)
		look_add(l, &l->view->doors, "%s", m.others.items[i]);
}

static void look_at_space(struct look *l, struct space *space)
{
	AUTO(str_release) struct str names = STR_INIT((size_t)64 << 10);
	AUTO(fd_closep) int dir = -1;
	struct err why = { 0 };
	char path[64];

	if (space->inode == l->host_netns) {
		look_add(l, &l->view->doors,
			 "its process %d is in the host's own network namespace", (int)space->pid);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)space->pid, (int)space->task);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || proc_namespace(dir, "ns/net") != space->inode)
		return; /* it has ended, or is elsewhere by now */
	if (look_for_interfaces(dir, &names, &why) < 0)
		look_lost(l, "the network namespace %llu of its process %d: %s",
			  (unsigned long long)space->inode, (int)space->pid, why.text);
	else if (names.len)
		look_add(l, &l->view->doors,
			 "its process %d is in another network namespace, which has %s",
			 (int)space->pid, names.buf);
	else
		space->is_closed = true;
}

void look_at_spaces(struct look *l)
{
	for (size_t i = 0; i < l->space_count && !stop_requested(); i++)
		look_at_space(l, &l->spaces[i]);
}

/*
 * A copy of the descriptor: the kernel then says of which namespace the socket is, whatever its
 * family, and the copy is closed at once. -1 with errno.
 */
static int copy_of(const struct held *h)
{
	AUTO(fd_closep) int process = (int)syscall(SYS_pidfd_open, h->pid, 0);

	return process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, h->fd, 0);
}

/* 0 where it cannot be asked. */
static uint64_t namespace_of(int socket)
{
	AUTO(fd_closep) int fd = ioctl(socket, SIOCGSKNS);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void add_end(struct str *out, const struct sockaddr_storage *a, socklen_t len)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;
	const struct sockaddr_un *un = (const struct sockaddr_un *)a;
	char text[INET6_ADDRSTRLEN] = "";
	size_t head = offsetof(struct sockaddr_un, sun_path);

	if (a->ss_family == AF_INET && inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text)))
		str_addf(out, "%s:%u", text, (unsigned)ntohs(four->sin_port));
	else if (a->ss_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text)))
		str_addf(out, "[%s]:%u", text, (unsigned)ntohs(six->sin6_port));
	else if (a->ss_family != AF_UNIX || len <= head)
		str_adds(out, "no name");
	else if (un->sun_path[0])
		str_addf(out, "'%.*s'", (int)(len - head), un->sun_path);
	else
		str_addf(out, "'@%.*s'", (int)(len - head - 1), un->sun_path + 1);
}

static const char *kind_of(int socket)
{
	int family = 0, type = 0;
	socklen_t len = sizeof(family);

	if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &len) < 0)
		return "socket";
	len = sizeof(type);
	(void)getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &len);
	switch (family) {
	case AF_INET:
	case AF_INET6:
		return type == SOCK_STREAM ? "tcp" : type == SOCK_DGRAM ? "udp" : "raw socket";
	case AF_UNIX:
		return "unix socket";
	case AF_NETLINK:
		return "netlink socket";
	case AF_PACKET:
		return "packet socket";
	case AF_VSOCK:
		return "vsock";
	default:
		return "socket";
	}
}

static void describe(struct str *out, int socket)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	str_adds(out, kind_of(socket));
	if (getsockname(socket, (struct sockaddr *)&a, &len) == 0) {
		str_addc(out, ' ');
		add_end(out, &a, len);
	}
	len = sizeof(a);
	a = (struct sockaddr_storage){ 0 };
	if (getpeername(socket, (struct sockaddr *)&a, &len) == 0) {
		str_adds(out, " to ");
		add_end(out, &a, len);
	}
}

/* Of the namespace that is looked at, or of one that leads nowhere. */
static bool is_harmless(const struct look *l, uint64_t inode)
{
	if (inode == l->view->netns)
		return true;
	for (size_t i = 0; i < l->space_count; i++)
		if (l->spaces[i].inode == inode)
			return l->spaces[i].is_closed;
	return false;
}

static bool is_vsock(int socket)
{
	int family = 0;
	socklen_t len = sizeof(family);

	return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 && family == AF_VSOCK;
}

/* False where the process has ended or closed it: another may hold it still. */
static bool look_at_held(struct look *l, const struct held *h)
{
	AUTO(str_release) struct str text = STR_INIT(4096);
	AUTO(fd_closep) int socket = copy_of(h);
	uint64_t inode;

	if (socket < 0 && (errno == ESRCH || errno == EBADF))
		return false;
	inode = socket < 0 ? 0 : namespace_of(socket);
	if (inode)
		describe(&text, socket);
	if (inode && is_vsock(socket))
		look_add(l, &l->view->doors,
			 "%s, descriptor %d of process %d, which no network namespace confines",
			 text.buf, h->fd, (int)h->pid);
	else if (inode && !is_harmless(l, inode))
		look_add(l, &l->view->doors,
			 "%s, descriptor %d of process %d, of %s network namespace", text.buf,
			 h->fd, (int)h->pid, inode == l->host_netns ? "the host's" : "another");
	else if (!inode && !h->is_met)
		look_lost(
			l,
			"socket:[%llu], descriptor %d of process %d, is in no table of its network "
			"namespace",
			(unsigned long long)h->inode, h->fd, (int)h->pid);
	return true;
}

/* A socket that many hold is one door. */
void look_at_descriptors(struct look *l)
{
	bool is_done = false;

	for (size_t i = 0; i < l->held_count && !stop_requested(); i++) {
		if (!i || l->held[i].inode != l->held[i - 1].inode)
			is_done = false;
		if (!is_done)
			is_done = look_at_held(l, &l->held[i]);
	}
}

/* What listens in the namespace under a name that needs no file: whoever shares it can reach it. */
void look_at_abstract(struct look *l, int dir)
{
	AUTO(proc_lines_close) struct proc_lines lines = { .fd = -1 };
	struct err why = { 0 };
	struct scan line;
	struct socket so;
	size_t count = 0;

	if (proc_lines_open(dir, "net/unix", &lines, &why) < 0)
		return;
	while (proc_lines_next(&lines, &line, &why) > 0) {
		if (socket_parse(SOCKETS_UNIX, line.p, line.len, &so, &why) < 0 || !so.state ||
		    strcmp(so.state, "listen") != 0 || !so.name.len || *so.name.p != '@' ||
		    (l->view->is_hosts && look_meet(l, so.inode)))
			continue;
		if (count++ < ABSTRACT_MAX)
			look_add(l, &l->view->doors,
				 "the abstract unix socket '%.*s', which is shared with the "
				 "namespace",
				 (int)so.name.len, so.name.p);
	}
	if (count > ABSTRACT_MAX)
		look_add(l, &l->view->doors, "%zu more abstract unix sockets",
			 count - ABSTRACT_MAX);
}
