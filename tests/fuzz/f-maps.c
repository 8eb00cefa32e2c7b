/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/own.h"
#include "lib/model/maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan all = scan_of((const char *)data, size), line, bare;
	AUTO(str_release) struct str out = STR_INIT((size_t)1 << 20);
	struct mount_line mount;
	struct err e = { 0 };
	struct map map;

	while (scan_line(&all, &line)) {
		str_reset(&out);
		if (map_parse(line.p, line.len, &map, &e) == 0) {
			if (map.end < map.start || map.path.len > line.len)
				abort();
			(void)path_is_deleted(&map.path, &bare);
			path_unescape_lf(&out, &bare);
		}
		if (mount_parse(line.p, line.len, &mount, &e) == 0) {
			path_unescape(&out, &mount.mount_point);
			path_unescape(&out, &mount.super_options);
		}
		if (out.len > 2 * line.len)
			abort();
	}
	return 0;
}
