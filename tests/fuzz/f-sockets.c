/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan all = scan_of((const char *)data, size), line;
	struct err e = { 0 };

	while (scan_line(&all, &line))
		for (int t = 0; t < SOCKETS_TABLES; t++) {
			struct socket so;

			if (socket_parse((enum socket_table)t, line.p, line.len, &so, &e) < 0)
				continue;
			if (so.name.len > line.len ||
			    (socket_table_is_inet(so.table) && !*so.local.address))
				abort();
		}
	return 0;
}
