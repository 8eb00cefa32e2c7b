/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/idmaps.h"

#include <fcntl.h>
#include <stdio.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

static int read_one(pid_t pid, const char *name, struct idmap *out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (file_slurp(AT_FDCWD, path, &text, e) < 0)
		return -1;
	if (idmap_parse(text.buf, text.len, out, e) < 0)
		return err_wrap(e, "'%s'", path);
	return 0;
}

int idmaps_read(pid_t pid, struct idmaps *out, struct err *e)
{
	struct idmaps m;

	if (read_one(pid, "uid_map", &m.uids, e) < 0 || read_one(pid, "gid_map", &m.gids, e) < 0)
		return -1;
	*out = m;
	return 0;
}

uint64_t idmaps_inside(const struct idmap *map, uint32_t outside)
{
	uint32_t inside;

	if (!map || !map->count)
		return outside;
	return idmap_inside(map, outside, &inside) ? inside : IDMAP_OVERFLOW;
}
