/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule.h - what analyze looks for: one row a rule, with the words that a report needs.
 *
 * The severity is that of the ordinary case; a rule may lower or raise it where its evidence says
 * so. Attack holds the ids of MITRE ATT&CK techniques, separated by blanks.
 */
#ifndef ANALYZE_RULE_H
#define ANALYZE_RULE_H

#include <stddef.h>

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
#define SEVERITY_WORDS "info|low|medium|high|critical" /* in the order of the enum */

const char *severity_word(enum severity s);
enum severity severity_of(const char *word); /* one of SEVERITY_WORDS */

enum rule_id {
	RULE_PROCESS_SHELL_ON_SOCKET,
	RULE_PROCESS_MEMFD_EXECUTABLE,
	RULE_PROCESS_DELETED_EXECUTABLE,
	RULE_PROCESS_DRIFTED_EXECUTABLE,
	RULE_PROCESS_EXECUTABLE_LOCATION,
	RULE_PROCESS_INJECTED_CODE,
	RULE_PROCESS_KERNEL_THREAD_NAME,
	RULE_PROCESS_PRELOAD,
	RULE_PROCESS_MORE_CAPABILITIES,
	RULE_PROCESS_FOREIGN,
	RULE_PROCESS_ESCALATED,
	RULE_PROCESS_RAW_SOCKET,
	RULE_PROCESS_INTERACTIVE,
	RULE_PROCESS_NO_HISTORY,
	RULE_PROCESS_MINER,
	RULE_SOCKET_UNEXPECTED_LISTENER,
	RULE_MOUNT_UNCONFIGURED,
	RULE_MOUNT_ENGINE_SOCKET,
	RULE_FILE_SETUID,
	RULE_FILE_CAPABILITY,
	RULE_FILE_PRELOAD,
	RULE_FILE_PERSISTENCE,
	RULE_FILE_AUTHORIZED_KEYS,
	RULE_FILE_SSHD_CONFIG,
	RULE_FILE_SECOND_ROOT,
	RULE_FILE_ACCOUNTS,
	RULE_FILE_SUDOERS,
	RULE_FILE_PAM,
	RULE_FILE_DROPPED,
	RULE_FILE_REPLACED,
	RULE_FILE_TROJANED,
	RULE_FILE_HIDDEN,
	RULE_FILE_TIMESTOMPED,
	RULE_FILE_LOG_WIPED,
	RULE_FILE_HISTORY_WIPED,
	RULE_FILE_WEBSHELL,
	RULE_FILE_MINER,
	RULE_FILE_PACKED,
	RULE_FILE_KNOWN_BAD,
	RULE_EVIDENCE_GAP,
	RULE_COUNT,
};

struct rule {
	const char *id; /* "process.shell-on-socket": the words that scripts know it by */
	enum severity severity;
	const char *title;
	const char *why;    /* it matters */
	const char *benign; /* how it may be harmless */
	const char *attack; /* "" for none */
};

const struct rule *rule_of(enum rule_id id);

#endif
