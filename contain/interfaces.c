/* SPDX-License-Identifier: Apache-2.0 */
/* Which interface belongs to which network: the engines do not say, the namespace does. */
#include <stdlib.h>
#include <string.h>

#include "contain/network.h"
#include "lib/base/own.h"

/* "eth0 (fe80::1, 10.0.0.4)"; no name of an interface has a space in it. */
static bool has_address(const char *shown, const char *address)
{
	size_t len = strlen(address);

	for (const char *p = strchr(shown, ' '); p; p = strchr(p, ' ')) {
		p += strspn(p, " (");
		if (!strncmp(p, address, len) && (p[len] == ',' || p[len] == ')'))
			return true;
	}
	return false;
}

void network_name_interfaces(struct endpoints *all, const struct netview *v)
{
	for (size_t i = 0; i < all->count; i++) {
		struct endpoint *p = &all->items[i];

		for (size_t j = 0; v->is_seen && p->ipv4 && j < v->interfaces.count; j++) {
			const char *shown = v->interfaces.items[j];

			if (!has_address(shown, p->ipv4))
				continue;
			free(p->interface);
			p->interface = xstrndup(shown, strcspn(shown, " "));
		}
	}
}

bool network_has_interface(const struct netview *v, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < v->interfaces.count; i++)
		if (strcspn(v->interfaces.items[i], " ") == len &&
		    !strncmp(v->interfaces.items[i], name, len))
			return true;
	return false;
}
