/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/login.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

const char *login_sudo_user(void)
{
	return variable("SUDO_USER");
}

const char *login_connection(void)
{
	return variable("SSH_CONNECTION");
}

const char *login_name(void)
{
	const char *name = login_sudo_user();
	const struct passwd *pw;

	if (name)
		return name;
	pw = getpwuid(getuid());
	return pw ? pw->pw_name : NULL;
}

const char *login_tty(void)
{
	static char path[256];

	/* Any of the three: output is often redirected. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ttyname_r(fd, path, sizeof(path)) == 0)
			return path;
	return NULL;
}
