/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/engine/find.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

static bool starts(const char *word, const char *with)
{
	return !strncmp(word, with, strlen(with));
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static int unix_address(const char *path, struct engine_link *link, char **address, struct err *e)
{
	if (*path != '/')
		return err_set(e, ERR_USAGE, "the path of a socket begins with '/', not as in '%s'",
			       path);
	if (strlen(path) > SOCKET_PATH_MAX)
		return err_set(e, ERR_USAGE,
			       "the path of a socket has at most %zu bytes, not %zu as '%s'",
			       SOCKET_PATH_MAX, strlen(path), path);
	link->socket = xstrdup(path);
	link->base = xstrdup("http://localhost");
	*address = xasprintf("unix://%s", path);
	return 0;
}

/* HOST:PORT with nothing else in it: it becomes a part of a URL. */
static int check_host(const char *word, const char *host, struct err *e)
{
	const char *port = strrchr(host, ':');
	size_t len = port ? (size_t)(port - host) : 0;
	const char *in = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
	uint64_t number;

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		if (strspn(host + 1, "0123456789abcdefABCDEF:.") != len - 2)
			port = NULL;
	} else if (!len || strspn(host, in) != len) {
		port = NULL;
	}
	if (!port || text_u64(port + 1, 65535, &number, e) < 0 || number == 0)
		return err_set(e, ERR_USAGE, "'%s' is not of the form tcp://HOST:PORT", word);
	return 0;
}

static int tcp_address(const char *word, struct engine_link *link, char **address, struct err *e)
{
	const char *host = word + strlen("tcp://"), *dir = getenv("DOCKER_CERT_PATH");
	const char *home = getenv("HOME");

	if (check_host(word, host, e) < 0)
		return -1;
	if (is_set("DOCKER_CERT_PATH"))
		link->cert_dir = xstrdup(dir);
	else if (is_set("DOCKER_TLS_VERIFY"))
		link->cert_dir = xasprintf("%s/.docker", home ? home : "");
	link->base = xasprintf("%s://%s", link->cert_dir ? "https" : "http", host);
	*address = xstrdup(word);
	return 0;
}

/* With the line to type. "ssh://USER@HOST:PORT" is a destination that ssh takes, a path is not. */
static int no_ssh(const char *word, struct err *e)
{
	size_t len = strlen("ssh://") + strcspn(word + strlen("ssh://"), "/");
	const char *path = word + len;

	return err_set(e, ERR_USAGE,
		       "'%s': ssh is yours to open: ssh -nNT -L /tmp/engine.sock:%s %.*s, then "
		       "--engine unix:///tmp/engine.sock%s",
		       word, path[0] && path[1] ? path : "/run/docker.sock", (int)len, word,
		       path[0] && path[1] ? "" : " (Podman: /run/podman/podman.sock)");
}

int address_parse(const char *word, struct engine_link *link, char **address, struct err *e)
{
	if (starts(word, "unix://"))
		return unix_address(word + strlen("unix://"), link, address, e);
	if (starts(word, "tcp://"))
		return tcp_address(word, link, address, e);
	if (starts(word, "ssh://"))
		return no_ssh(word, e);
	if (*word == '/')
		return unix_address(word, link, address, e);
	return err_set(e, ERR_USAGE,
		       "'%s' is no engine: docker, podman, unix:///PATH, /PATH or tcp://HOST:PORT",
		       word);
}
