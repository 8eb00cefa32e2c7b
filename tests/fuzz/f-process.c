/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text goes through every parser: they are handed what a process wrote into its own name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char id[] = "3f1c0ffee0";
	const char *text = (const char *)data;
	struct process_status status = { 0 };
	struct process_stat st;
	struct cgroup_line line;
	struct idmap map;
	struct scan s = scan_of(text, size);
	struct err e = { 0 };
	uint32_t inside;

	if (process_stat_parse(text, size, &st, &e) == 0 && st.comm_len > PROCESS_COMM_MAX)
		abort();
	if (process_status_parse(text, size, &status, &e) == 0 &&
	    status.group_count > PROCESS_GROUPS_MAX)
		abort();
	process_status_release(&status);
	if (idmap_parse(text, size, &map, &e) == 0)
		for (uint32_t i = 0; i < 70000; i += 997)
			(void)idmap_inside(&map, i, &inside);
	while (cgroup_next(&s, &line)) {
		struct scan own = cgroup_own(&line.path, id);
		struct scan named = cgroup_container(&line.path);

		if (named.len && named.len != 64)
			abort();
		if (own.len && (!cgroup_is_within(&line.path, &own) ||
				!memmem(own.p, own.len, id, strlen(id))))
			abort();
	}
	return 0;
}
