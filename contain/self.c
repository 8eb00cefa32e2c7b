/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/self.h"

#include <string.h>
#include <unistd.h>

#include "contain/mounted.h"
#include "lib/base/login.h"
#include "lib/base/own.h"
#include "lib/engine/host.h"
#include "lib/engine/proc.h"
#include "lib/engine/processes.h"

#define ANCESTORS_MAX 1024

/* Docker's default, and Podman's: the first twelve digits of the id. */
static bool is_host_name_of(const char *id)
{
	char name[65] = "";

	return gethostname(name, sizeof(name) - 1) == 0 && strlen(name) == 12 &&
	       !strncmp(name, id, 12);
}

int self_check(const struct subject *s, struct err *e)
{
	const char *id = s->container.id;

	if (!host_is_inside(getpid(), id) && !is_host_name_of(id))
		return 0;
	return err_set(e, ERR_USAGE, "impound itself runs in this container");
}

static void warn_engines(const struct subject *s, struct str *out)
{
	AUTO(mounted_release) struct mounted m = { 0 };

	mounted_sockets(s, &m);
	for (size_t i = 0; i < m.engines.count; i++)
		str_addf(out, "it carries %s: what runs in it can take this back, and more\n",
			 m.engines.items[i]);
}

/* SSH is "203.0.113.7 40022 10.0.0.5 22": from whom the login comes, and to what. */
static bool comes_from(const char *ssh, const char *address)
{
	size_t len = strcspn(ssh, " ");

	return address && strlen(address) == len && len && !strncmp(ssh, address, len);
}

static void warn_address(const struct subject *s, const char *ssh, struct str *out)
{
	for (size_t i = 0; i < s->endpoints.count; i++) {
		const struct endpoint *p = &s->endpoints.items[i];

		if (comes_from(ssh, p->ipv4) || comes_from(ssh, p->ipv6)) {
			str_adds(out, "this login (SSH) comes from its address: without its "
				      "network the login may end\n");
			return;
		}
	}
}

/* Our parents, up to the first process: the shell, sudo, the login's sshd. */
static void warn_ancestors(const struct host_processes *all, uint64_t target, uint64_t host,
			   bool is_login, struct str *out)
{
	pid_t pid = getppid();

	for (unsigned n = 0; pid > 0 && n < ANCESTORS_MAX; n++) {
		const struct host_process *p = host_processes_find(all, pid);
		struct err gone = { 0 };
		struct process_stat st;
		AUTO(fd_closep) int dir = -1;

		if (!p)
			return;
		dir = proc_open(p->pid, p->start_ticks, &st, &gone);
		if (dir < 0)
			return;
		if (p->by)
			str_addf(out, "what impound was started from runs in it: process %d (%s)\n",
				 (int)pid, st.comm);
		else if (is_login && target && proc_namespace(dir, "ns/net") == target)
			str_addf(out,
				 "this login (SSH) comes in through the network namespace that it "
				 "is in%s: process %d (%s)\n",
				 target == host ? ", the host's own" : "", (int)pid, st.comm);
		else {
			pid = p->ppid;
			continue;
		}
		return; /* one of them says it all */
	}
}

static bool is_engine(const char *comm)
{
	static const char *const names[] = { "dockerd", "containerd", "podman", "crio", "k3s" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(comm, names[i]))
			return true;
	return false;
}

/* An engine in it takes its own containers with it. */
static void warn_inner(const struct host_processes *all, struct str *out)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct host_process *p = &all->items[i];
		struct err gone = { 0 };
		struct process_stat st;
		AUTO(fd_closep) int dir = -1;

		if (!p->by)
			continue;
		dir = proc_open(p->pid, p->start_ticks, &st, &gone);
		if (dir >= 0 && is_engine(st.comm)) {
			str_addf(out,
				 "an engine runs in it (%s, process %d): its containers are "
				 "affected with it\n",
				 st.comm, (int)p->pid);
			return;
		}
	}
}

static void warn_processes(const struct subject *s, bool is_login, struct str *out)
{
	AUTO(process_mark_release) struct process_mark mark = { .cgroup = STR_INIT(0) };
	AUTO(host_processes_release) struct host_processes all = { 0 };
	struct err ignored = { 0 };
	AUTO(fd_closep) int dir = -1;
	AUTO(fd_closep) int self = -1;

	if (!s->host.has_processes)
		return;
	dir = proc_open(s->container.pid, 0, NULL, &ignored);
	self = proc_open(getpid(), 0, NULL, &ignored);
	if (dir < 0 || self < 0 ||
	    process_mark_read(dir, s->container.pid, s->container.id, &mark, &ignored) < 0 ||
	    host_processes_read(&mark, &all, &ignored) < 0)
		return;
	warn_ancestors(&all, proc_namespace(dir, "ns/net"), proc_namespace(self, "ns/net"),
		       is_login, out);
	warn_inner(&all, out);
}

void self_warn(const struct subject *s, struct str *out)
{
	const char *ssh = login_connection();

	warn_engines(s, out);
	if (ssh)
		warn_address(s, ssh, out);
	warn_processes(s, ssh != NULL, out);
}
