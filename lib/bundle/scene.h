/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - with which tool, on which machine and by which clock something was recorded.
 *
 * Custody line 0 and the journal say it in the same words: each writes a key into an open object.
 */
#ifndef BUNDLE_SCENE_H
#define BUNDLE_SCENE_H

#include "lib/base/jsonw.h"

/* "tool": name, version, and the SHA-256 of the program as the kernel runs it. */
void scene_tool(struct jsonw *w);
/* "host": its name, kernel, boot id, and whose process this is. */
void scene_host(struct jsonw *w);
/* "clock": wall clock, time since boot, and whether the first is synchronised. */
void scene_clock(struct jsonw *w);

/* Single facts of these: "boottime_ns", "boot_id", "loginuid". */
void scene_boottime(struct jsonw *w);
void scene_boot_id(struct jsonw *w);
void scene_loginuid(struct jsonw *w);

#endif
