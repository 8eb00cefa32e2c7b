/* SPDX-License-Identifier: Apache-2.0 */
/* How a plan looks: to people on 80 columns, and as JSON. */
#include "collect/plan.h"

#include <string.h>

#include "collect/reasons.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define INDENT 24 /* where the words about a step begin */

static const char *const hows[] = {
	[HOW_NONE] = "-", [HOW_API] = "api", [HOW_HOST] = "host", [HOW_HERE] = "here"
};

static void print_left_out(const struct plan *p, struct str *out)
{
	AUTO(reasons_release) struct reasons why = { 0 };

	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].fate != FATE_DO)
			reasons_add(&why, step_word(p->steps[i].id), p->steps[i].reason);
	if (why.count == 0)
		return;
	str_adds(out, "\nLeft out:\n");
	reasons_print(&why, out);
}

void plan_print(const struct plan *p, struct str *out)
{
	str_addf(out, "  %-14s  %-4s  %s\n", "STEP", "HOW", "WHAT IT DOES TO THE CONTAINER");
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];

		if (s->fate != FATE_DO)
			continue;
		str_addf(out, "  %-14s  %-4s  ", step_word(s->id), hows[s->how]);
		text_wrap(out, INDENT, s->effect);
	}
	print_left_out(p, out);
}

void plan_json(const struct plan *p, struct jsonw *w, const char *key)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		bool done = s->fate == FATE_DO;

		jsonw_object(w, NULL);
		jsonw_text(w, "step", step_word(s->id));
		if (s->kind != KIND_COUNT)
			jsonw_text(w, "kind", kind_word(s->kind));
		jsonw_text(w, "plan", done ? "take" : s->fate == FATE_ABSENT ? "absent" : "skip");
		if (done) {
			jsonw_text(w, "how", hows[s->how]);
			jsonw_text(w, "effect", s->effect);
		} else {
			if (s->fate != FATE_ABSENT)
				jsonw_text(w, "by",
					   s->fate == FATE_CHOICE ? "choice" : "impossible");
			jsonw_bytes(w, "reason", s->reason, strlen(s->reason));
		}
		jsonw_end(w);
	}
	jsonw_end(w);
}
