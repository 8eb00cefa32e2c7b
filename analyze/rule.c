/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rule.h"

#include <string.h>

static const char *const severities[] = { "info", "low", "medium", "high", "critical" };

const char *severity_word(enum severity s)
{
	return severities[s];
}

enum severity severity_of(const char *word)
{
	enum severity s = SEVERITY_CRITICAL;

	while (s > SEVERITY_INFO && strcmp(severities[s], word) != 0)
		s--;
	return s;
}

static const struct rule rules[RULE_COUNT] = {
	[RULE_PROCESS_SHELL_ON_SOCKET] = {
		"process.shell-on-socket", SEVERITY_CRITICAL,
		"a shell reads its commands from a network connection",
		"Standard input and output are one connected socket: whoever is at its other "
		"end runs commands here.",
		"Some super-servers hand a connection to a script in this way.",
		"T1059.004",
	},
	[RULE_PROCESS_MEMFD_EXECUTABLE] = {
		"process.memfd-executable", SEVERITY_CRITICAL,
		"a program runs from memory and lies in no file system",
		"The program was written to an anonymous memory file and started from there, "
		"so that no disk holds it.",
		"Container runtimes copy themselves so for a moment while they start a "
		"container.",
		"T1620",
	},
	[RULE_PROCESS_DELETED_EXECUTABLE] = {
		"process.deleted-executable", SEVERITY_HIGH,
		"a program runs whose file was deleted",
		"Deleting the file of a running program hides it from every look at the file "
		"system.",
		"A package that was upgraded in place leaves its old program running.",
		"T1070.004",
	},
	[RULE_PROCESS_DRIFTED_EXECUTABLE] = {
		"process.drifted-executable", SEVERITY_HIGH,
		"a program runs that the image does not hold",
		"The file that runs was added or changed after the container was made from "
		"its image.",
		"Build and CI containers compile and run programs of their own.",
		"T1036 T1610",
	},
	[RULE_PROCESS_EXECUTABLE_LOCATION] = {
		"process.executable-location", SEVERITY_HIGH,
		"a program runs from where no program belongs",
		"Directories that anybody may write to, memory file systems and hidden names "
		"are where intruders put their tools.",
		"Some installers and test suites unpack and run programs below /tmp.",
		"T1564.001 T1036.005",
	},
	[RULE_PROCESS_INJECTED_CODE] = {
		"process.injected-code", SEVERITY_MEDIUM,
		"executable memory that belongs to no file",
		"Code that was put into a running process lies in such memory.",
		"Just-in-time compilers (Java, JavaScript, PCRE, LuaJIT, PHP, .NET) make such "
		"memory.",
		"T1055",
	},
	[RULE_PROCESS_KERNEL_THREAD_NAME] = {
		"process.kernel-thread-name", SEVERITY_HIGH,
		"a process calls itself by the name of a kernel thread",
		"Kernel threads have no program and are never in a container: the name is a "
		"disguise.",
		"None is known.",
		"T1036.004",
	},
	[RULE_PROCESS_PRELOAD] = {
		"process.preload", SEVERITY_HIGH,
		"a library is forced into the process by its environment",
		"LD_PRELOAD and LD_AUDIT load a library before all others, which can hide "
		"files, processes and connections.",
		"Allocators and similar libraries are loaded in this way on purpose; then the "
		"image says so.",
		"T1574.006",
	},
	[RULE_PROCESS_MORE_CAPABILITIES] = {
		"process.more-capabilities", SEVERITY_HIGH,
		"a process may do more than its container was given",
		"Its capabilities go beyond those of the container's first process: it was "
		"started from outside with more, or has broken out of the limits.",
		"Somebody used 'exec --privileged'.",
		"T1609 T1611",
	},
	[RULE_PROCESS_FOREIGN] = {
		"process.foreign", SEVERITY_HIGH,
		"a process is in the container only in part",
		"It shares some of the container's namespaces and lacks its control group or "
		"its pid namespace: it came in from the host, or is on its way out.",
		"An administrator's nsenter, or a debugger of the host.",
		"T1609 T1611",
	},
	[RULE_PROCESS_ESCALATED] = {
		"process.escalated", SEVERITY_HIGH,
		"a process is root in a container that does not run as root",
		"The container's first process is another user; this one has become root since.",
		"A set-user-ID program of the image (sudo, ping), or 'exec --user 0'.",
		"T1548.001",
	},
	[RULE_PROCESS_RAW_SOCKET] = {
		"process.raw-socket", SEVERITY_HIGH,
		"a process listens to raw packets",
		"A packet socket sees all traffic and can wait for a packet that wakes a back "
		"door.",
		"Network tools and DHCP clients use them.",
		"T1205.002 T1040",
	},
	[RULE_PROCESS_INTERACTIVE] = {
		"process.interactive", SEVERITY_MEDIUM,
		"a shell on a terminal in a container that has none",
		"Somebody is, or was, logged in to the container.",
		"An administrator's 'exec -it'.",
		"T1609",
	},
	[RULE_PROCESS_NO_HISTORY] = {
		"process.no-history", SEVERITY_MEDIUM,
		"a shell keeps no history",
		"HISTFILE was set so that what is typed is not kept.",
		"Some base images set it for everybody.",
		"T1070.003",
	},
	[RULE_PROCESS_MINER] = {
		"process.miner", SEVERITY_HIGH,
		"a process mines cryptocurrency",
		"Its command line names a mining pool, a mining algorithm or a known mining "
		"program.",
		"None, unless mining is what the container is for.",
		"T1496",
	},
	[RULE_SOCKET_UNEXPECTED_LISTENER] = {
		"socket.unexpected-listener", SEVERITY_INFO,
		"a port is open that the image does not announce",
		"A back door waits on a port of its own.",
		"Many images do not announce all of their ports, and some only on the loopback.",
		"T1571",
	},
	[RULE_MOUNT_UNCONFIGURED] = {
		"mount.unconfigured", SEVERITY_HIGH,
		"something is mounted that the engine was not asked for",
		"With enough privileges a container mounts the host's disks, or another place "
		"of the host.",
		"Programs that make name spaces of their own mount things for themselves.",
		"T1611",
	},
	[RULE_MOUNT_ENGINE_SOCKET] = {
		"mount.engine-socket", SEVERITY_HIGH,
		"the engine's own socket is in the container",
		"Whoever can write to it is root on the host.",
		"CI runners and management tools are given it on purpose; the risk is the same.",
		"T1610 T1611",
	},
	[RULE_FILE_SETUID] = {
		"file.setuid-added", SEVERITY_HIGH,
		"a program that runs with the rights of its owner was added or changed",
		"Whoever runs it becomes its owner, mostly root.",
		"Some packages bring such programs.",
		"T1548.001",
	},
	[RULE_FILE_CAPABILITY] = {
		"file.capability-added", SEVERITY_HIGH,
		"a program was given capabilities",
		"Whoever runs it may do what otherwise only root may.",
		"Some packages give a capability to a program (ping).",
		"T1548.001",
	},
	[RULE_FILE_PRELOAD] = {
		"file.preload", SEVERITY_CRITICAL,
		"a library is loaded into every program",
		"What /etc/ld.so.preload names is loaded into each program that starts: the "
		"usual way to hide processes and files.",
		"Almost never in a container.",
		"T1574.006",
	},
	[RULE_FILE_PERSISTENCE] = {
		"file.persistence", SEVERITY_MEDIUM,
		"something is started by itself",
		"It makes a program run again: at a time, at a start, or at a login.",
		"Installers and init scripts of the image write such files too.",
		"T1053.003 T1543.002 T1546.004",
	},
	[RULE_FILE_AUTHORIZED_KEYS] = {
		"file.authorized-keys", SEVERITY_HIGH,
		"a key for SSH was added",
		"Whoever has its private half can log in.",
		"Images for development get their keys in this way.",
		"T1098.004",
	},
	[RULE_FILE_SSHD_CONFIG] = {
		"file.sshd-config", SEVERITY_HIGH,
		"the settings of the SSH server were changed",
		"They decide who may log in, and how.",
		"Images that are an SSH server write their settings when they start.",
		"T1098.004 T1021.004",
	},
	[RULE_FILE_SECOND_ROOT] = {
		"file.second-root", SEVERITY_CRITICAL,
		"a second account is root",
		"An account with the uid 0 is root under another name.",
		"None is known.",
		"T1136.001 T1078.003",
	},
	[RULE_FILE_ACCOUNTS] = {
		"file.accounts", SEVERITY_INFO,
		"accounts were changed",
		"New accounts and passwords let somebody in.",
		"Many images add the user that they run as when they start.",
		"T1136.001 T1078.003",
	},
	[RULE_FILE_SUDOERS] = {
		"file.sudoers", SEVERITY_HIGH,
		"who may become root was changed",
		"The rules of sudo or doas were changed.",
		"Images for development give their user these rights.",
		"T1548.003",
	},
	[RULE_FILE_PAM] = {
		"file.pam", SEVERITY_MEDIUM,
		"how logins are checked was changed",
		"PAM decides who gets in; its modules see each password.",
		"Packages that were installed bring their rules.",
		"T1556.003",
	},
	[RULE_FILE_DROPPED] = {
		"file.dropped-program", SEVERITY_MEDIUM,
		"a program was put into the container",
		"It is not in the image: somebody brought it.",
		"Builds, caches and self-updating programs write programs too.",
		"T1105",
	},
	[RULE_FILE_REPLACED] = {
		"file.replaced-program", SEVERITY_CRITICAL,
		"a program of the image was replaced",
		"The file is where the image has another one: what is called is not what it "
		"seems.",
		"An upgrade of its package in the running container.",
		"T1554",
	},
	[RULE_FILE_TROJANED] = {
		"file.trojaned-package", SEVERITY_CRITICAL,
		"a file of a package is not what its package delivered",
		"The package's own list has another digest for it: the file was changed after "
		"it was installed.",
		"Some images change files of their packages on purpose; then the image has it "
		"too.",
		"T1554",
	},
	[RULE_FILE_HIDDEN] = {
		"file.hidden", SEVERITY_MEDIUM,
		"a file is hidden",
		"Its name or its place is one that listings do not show or nobody looks at.",
		"Some programs keep hidden files of their own.",
		"T1564.001",
	},
	[RULE_FILE_TIMESTOMPED] = {
		"file.timestomped", SEVERITY_MEDIUM,
		"a time was put back",
		"The time of the file does not fit its content: it was set so that the change "
		"is overlooked.",
		"Copying, unpacking and package managers keep old times.",
		"T1070.006",
	},
	[RULE_FILE_LOG_WIPED] = {
		"file.log-wiped", SEVERITY_MEDIUM,
		"a log of the image was deleted or emptied",
		"Logs tell what happened.",
		"Scripts that make images small delete logs, but not in a running container.",
		"T1070.002",
	},
	[RULE_FILE_HISTORY_WIPED] = {
		"file.history-wiped", SEVERITY_MEDIUM,
		"the history of a shell is gone",
		"What was typed is not to be seen.",
		"Some administrators do it on purpose.",
		"T1070.003",
	},
	[RULE_FILE_WEBSHELL] = {
		"file.webshell", SEVERITY_HIGH,
		"a page runs commands that its visitor gives",
		"The page takes what a visitor sends and runs it.",
		"Administration pages of some applications do it behind a login.",
		"T1505.003",
	},
	[RULE_FILE_MINER] = {
		"file.miner", SEVERITY_HIGH,
		"a file to mine cryptocurrency",
		"It names a mining pool and what a miner is set up with.",
		"Rules of scanners name them too.",
		"T1496",
	},
	[RULE_FILE_PACKED] = {
		"file.packed", SEVERITY_MEDIUM,
		"a program is packed",
		"Its code unpacks itself in memory, so that scanners do not see it.",
		"Some makers pack their programs to make them small.",
		"T1027.002",
	},
	[RULE_FILE_KNOWN_BAD] = {
		"file.known-bad", SEVERITY_CRITICAL,
		"a file is on the list of known bad ones",
		"Its SHA-256 is on the list that was given.",
		"The list may be wrong.",
		"",
	},
	[RULE_EVIDENCE_GAP] = {
		"evidence.gap", SEVERITY_INFO,
		"a piece of evidence is missing",
		"What was not collected was not looked at.",
		"The bundle says why it is missing.",
		"",
	},
};

const struct rule *rule_of(enum rule_id id)
{
	return &rules[id];
}
