/* SPDX-License-Identifier: Apache-2.0 */
/* http.h - one HTTP request as a source, over a Unix socket or TCP; the only file that knows libcurl. */
#ifndef ENGINE_HTTP_H
#define ENGINE_HTTP_H

/* "NAME VERSION" of the library behind this file, for --version. */
const char *http_library(void);

#endif
