/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/idmap.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

int idmap_parse(const char *text, struct idmap *out, struct err *e)
{
	AUTO(freep) struct idmap_range *ranges = NULL;
	size_t count = 0, cap = 0;

	while (*text) {
		struct idmap_range r;
		int used = 0;

		if (sscanf(text, " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n", &r.inside, &r.outside,
			   &r.count, &used) != 3 ||
		    used == 0)
			return err_set(e, ERR_FORMAT, "not a map of ids");
		if (count == IDMAP_MAX)
			return err_set(e, ERR_LIMIT, "a map of ids of more than %d lines",
				       IDMAP_MAX);
		grow(ranges, count, cap);
		ranges[count++] = r;
		text += used;
	}
	out->ranges = steal(&ranges);
	out->count = count;
	return 0;
}

static int read_one(pid_t pid, const char *name, struct idmap *out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (file_slurp(AT_FDCWD, path, &text, e) < 0)
		return -1;
	if (idmap_parse(text.buf, out, e) < 0)
		return err_wrap(e, "'%s'", path);
	return 0;
}

int idmaps_read(pid_t pid, struct idmaps *out, struct err *e)
{
	struct idmaps m = { 0 };

	if (read_one(pid, "uid_map", &m.uids, e) < 0 || read_one(pid, "gid_map", &m.gids, e) < 0) {
		idmaps_release(&m);
		return -1;
	}
	*out = m;
	return 0;
}

void idmaps_release(struct idmaps *m)
{
	freep(&m->uids.ranges);
	freep(&m->gids.ranges);
	m->uids.count = m->gids.count = 0;
}

uint64_t idmap_inside(const struct idmap *m, uint64_t outside)
{
	if (!m || !m->count)
		return outside;
	for (size_t i = 0; i < m->count; i++)
		if (outside >= m->ranges[i].outside &&
		    outside - m->ranges[i].outside < m->ranges[i].count)
			return m->ranges[i].inside + (outside - m->ranges[i].outside);
	return IDMAP_OVERFLOW;
}
