/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/action.h"

#include <stddef.h>
#include <string.h>

static const struct action actions[] = {
	[VERB_PAUSE] = {
		.verb = VERB_PAUSE,
		.word = "pause",
		.gate = GATE_REVERSIBLE,
		.undo = VERB_UNPAUSE,
		.what = "freezes every process of it",
		.effects = "Health checks and peers time out. Its connections stay open: the "
			"kernel still answers for them. Memory, files and processes stay as "
			"they are.",
		.back = "impound contain unpause",
	},
	[VERB_UNPAUSE] = {
		.verb = VERB_UNPAUSE,
		.word = "unpause",
		.gate = GATE_REVERSIBLE,
		.undo = VERB_PAUSE,
		.what = "lets its processes run on",
		.effects = "Whatever they were about to do, they do.",
		.back = "impound contain pause",
	},
	[VERB_DISCONNECT] = {
		.verb = VERB_DISCONNECT,
		.word = "disconnect",
		.gate = GATE_REVERSIBLE,
		.undo = VERB_RECONNECT,
		.what = "takes it out of its networks",
		.effects = "Its connections die, so collect first what you want to see of "
			"them. Its processes run on and may notice.",
		.back = "impound contain reconnect; a dynamic address may be another one "
			"then",
	},
	[VERB_RECONNECT] = {
		.verb = VERB_RECONNECT,
		.word = "reconnect",
		.gate = GATE_REVERSIBLE,
		.undo = VERB_DISCONNECT,
		.what = "puts it back into the networks that it was taken out of",
		.effects = "It can reach others and be reached again, with the aliases, the "
			"MAC and the static addresses that it had.",
		.back = "impound contain disconnect",
	},
	[VERB_ISOLATE] = {
		.verb = VERB_ISOLATE,
		.word = "isolate",
		.gate = GATE_REVERSIBLE,
		.undo = VERB_RECONNECT,
		.what = "takes it out of all its networks, and proves that",
		.effects = "Its connections die, so collect first what you want to see of "
			"them. Its processes run on and may notice.",
		.back = "impound contain reconnect; a dynamic address may be another one "
			"then",
	},
	[VERB_COMMIT] = {
		.verb = VERB_COMMIT,
		.word = "commit",
		.gate = GATE_ADDS,
		.undo = VERB_COUNT,
		.what = "makes an image of its root file system",
		.effects = "Environment, labels and other configuration go into the image, "
			"with every secret in them. Volumes and tmpfs are not in it. It "
			"stays on the engine's disk.",
		.back = "not at all: evidence is never removed",
	},
	[VERB_STOP] = {
		.verb = VERB_STOP,
		.word = "stop",
		.gate = GATE_DESTROYS,
		.undo = VERB_COUNT,
		.what = "asks its first process to end, and kills it after 10 s",
		.effects = "Memory, connections, processes and tmpfs are gone. Its programs "
			"see it coming and may tidy up behind them.",
		.back = "not at all: what it held in memory is lost",
	},
	[VERB_KILL] = {
		.verb = VERB_KILL,
		.word = "kill",
		.gate = GATE_DESTROYS,
		.undo = VERB_COUNT,
		.what = "kills every process of it at once",
		.effects = "Memory, connections, processes and tmpfs are gone.",
		.back = "not at all: what it held in memory is lost",
	},
	[VERB_REMOVE] = {
		.verb = VERB_REMOVE,
		.word = "remove",
		.gate = GATE_DESTROYS,
		.undo = VERB_COUNT,
		.what = "kills it and deletes it with its files and its log",
		.effects = "Memory, processes, its writable files, its log and its "
			"configuration are gone. Its volumes and its image stay.",
		.back = "not at all: only the bundle is left",
	},
};

const struct action *action_of(enum verb v)
{
	return v < VERB_COUNT ? &actions[v] : NULL;
}

const struct action *action_find(const char *word)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(actions[i].word, word))
			return &actions[i];
	return NULL;
}
