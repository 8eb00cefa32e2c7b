/* SPDX-License-Identifier: Apache-2.0 */
/* report_findings.h - findings for people, for scripts, and for who collects SARIF. */
#ifndef ANALYZE_REPORT_FINDINGS_H
#define ANALYZE_REPORT_FINDINGS_H

#include "analyze/finding.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"

struct findings_view {
	const struct findings *all;
	bool is_tampered; /* the bundle was: each finding says so */
};

/* Lines of at most 80 columns, escaped; BENIGN false leaves why and benign out. */
void findings_text(const struct findings_view *v, bool brief, struct str *out);
/* The array "findings" and the object "counts", into an object that is open. */
void findings_json(const struct findings_view *v, struct jsonw *w);
/* The whole SARIF 2.1.0 document. BUNDLE is its name, for locations. */
void findings_sarif(const struct findings_view *v, const char *bundle, struct str *out);

#endif
