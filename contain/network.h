/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - what disconnect, isolate and reconnect share. */
#ifndef CONTAIN_NETWORK_H
#define CONTAIN_NETWORK_H

#include "contain/act.h"

/*
 * Podman leaves the interface of a paused container where it is, and says that it has done it: such
 * a one is let run for the moment of the calls.
 */
bool network_lifts_pause(const struct act *a);
/* Before and after the calls that are about networks. */
void network_open(struct act *a);
void network_close(struct act *a);

/* A sentence where a pause that was lifted is not back; false then. */
bool network_is_paused_as_before(struct act *a);

/* Says of each endpoint which interface it is, where V has its address. */
void network_name_interfaces(struct endpoints *all, const struct netview *v);
bool network_has_interface(const struct netview *v, const char *name);

/* Why the engines take nothing away from it, or NULL. */
const char *network_why_fixed(const struct container *c);

#endif
