/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "analyze/rules.h"

struct finding *rules_found(struct findings *out, enum rule_id rule, const struct changed *f)
{
	struct finding *it = findings_add(out, rule, f->path.buf);

	if (it->evidence_all)
		return it;
	/* When it came to be, as far as an inode tells. */
	finding_when(it, *f->deleted ? f->deleted
			 : *f->btime ? f->btime
			 : *f->ctime ? f->ctime
				     : NULL);
	if (f->is_file && f->letter != 'D')
		finding_evidence(it, "%s%s, %" PRIu64 " bytes, sha256 %s",
				 f->letter == 'A' ? "added" : "changed",
				 f->is_tmpfs ? " in memory (tmpfs)" : "", f->size,
				 *f->sha256 ? f->sha256 : "not known");
	else
		finding_evidence(it, "%s%s",
				 f->letter == 'A'   ? "added"
				 : f->letter == 'D' ? "deleted"
						    : "changed",
				 f->is_tmpfs ? " in memory (tmpfs)" : "");
	return it;
}
