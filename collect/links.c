/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/links.h"

#include <stdlib.h>

#include "collect/pack.h"
#include "lib/base/own.h"

static struct link *place(struct link *table, size_t cap, uint64_t device, uint64_t inode)
{
	uint64_t h = (inode ^ device << 32 ^ device >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = (size_t)(h >> 32) & (cap - 1);; i = (i + 1) & (cap - 1))
		if (!table[i].path || (table[i].inode == inode && table[i].device == device))
			return &table[i];
}

static void widen(struct links *l)
{
	size_t cap = l->cap ? l->cap * 2 : 256;
	struct link *table = xcalloc(cap, sizeof(*table));

	for (size_t i = 0; i < l->cap; i++)
		if (l->table[i].path)
			*place(table, cap, l->table[i].device, l->table[i].inode) = l->table[i];
	free(l->table);
	l->table = table;
	l->cap = cap;
}

struct link *links_find(struct links *l, uint64_t device, uint64_t inode, const char *path,
			bool *is_new)
{
	struct link *at;

	if (l->count * 2 >= l->cap)
		widen(l);
	at = place(l->table, l->cap, device, inode);
	*is_new = !at->path;
	if (at->path)
		return at;
	if (l->count == PACK_LINKS_MAX)
		return NULL;
	*at = (struct link){
		.device = device, .inode = inode, .path = xstrdup(path), .slot = ++l->count
	};
	return at;
}

void links_release(struct links *l)
{
	for (size_t i = 0; i < l->cap; i++)
		free(l->table[i].path);
	free(l->table);
	*l = (struct links){ 0 };
}
