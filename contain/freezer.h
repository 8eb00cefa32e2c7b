/* SPDX-License-Identifier: Apache-2.0 */
/*
 * freezer.h - whether the kernel holds a container's processes still, by its own word.
 *
 * cgroup.events of version 2 ("frozen 1"), freezer.state of version 1 ("FROZEN"), of the control
 * group that the container's proven first process is in.
 */
#ifndef CONTAIN_FREEZER_H
#define CONTAIN_FREEZER_H

#include "contain/subject.h"

enum freezer {
	FREEZER_UNSEEN, /* not our host, or its control group cannot be read here */
	FREEZER_THAWED, /* also while it is freezing */
	FREEZER_FROZEN,
};

enum freezer freezer_look(const struct subject *s);

#endif
