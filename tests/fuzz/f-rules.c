/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of a bundle, on its own line, and the content that belongs to it: taken as a process, as a
 * socket and as a changed file, and judged by every rule. Nothing that is found lacks its words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/changed.h"
#include "analyze/rules.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_processes(const struct cJSON *row, struct findings *found)
{
	static const struct container container;
	const struct configured c = { .container = &container };
	AUTO(suspects_release) struct suspects s = { 0 };
	struct err e = { 0 };

	if (suspects_add(&s, row, &e) < 0 && e.kind == ERR_NONE)
		abort();
	if (suspects_add_socket(&s, row, &e) < 0 && e.kind == ERR_NONE)
		abort();
	suspects_sort(&s);
	rules_processes(&s, &c, found);
	rules_sockets(&s, &c, found);
}

static void judge_file(const struct cJSON *row, const char *head, size_t len,
		       struct findings *found)
{
	static const struct suspects nobody;
	const struct file_context c = { .created = "2026-01-01T00:00:00Z", .suspects = &nobody };
	AUTO(changed_release) struct changed f = { 0 };
	struct err e = { 0 };

	changed_init(&f);
	if (changed_read(&f, row, NULL, &e) < 0) {
		if (e.kind == ERR_NONE)
			abort();
		return;
	}
	f.head = head;
	f.head_len = len;
	rules_access(&f, &c, found);
	rules_program(&f, &c, found);
	rules_hiding(&f, &c, found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *lf = size ? memchr(text, '\n', size) : NULL;
	size_t len = lf ? (size_t)(lf - text) : size;
	AUTO(findings_release) struct findings found = { 0 };
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *row = json_parse(text, len, &e);

	if (!row)
		return 0;
	judge_processes(row, &found);
	judge_file(row, lf ? lf + 1 : text, lf ? size - len - 1 : 0, &found);
	findings_sort(&found);
	for (size_t i = 0; i < found.count; i++)
		if (!found.items[i].object || !found.items[i].evidence_count)
			abort();
	return 0;
}
