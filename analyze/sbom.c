/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/sbom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define TEXT_MAX ((size_t)1 << 20) /* of one part: a package has eight texts of 4 KiB */
#define FLUSH_AT ((size_t)64 << 10)

int sbom_flush(struct sbom_out *o, struct err *e)
{
	if (o->text.len < FLUSH_AT)
		return 0;
	if (stop_requested())
		return stop_err(e);
	if (str_ok(&o->text, "a part of the document", e) < 0 ||
	    sink_write(o->to, o->text.buf, o->text.len, e) < 0)
		return -1;
	str_reset(&o->text);
	return 0;
}

void sbom_text(struct sbom_out *o, const char *key, const struct scan *text)
{
	AUTO(str_release) struct str shown = STR_INIT(16 * PACKAGES_TEXT_MAX);

	if (text_is_utf8(text->p, text->len))
		str_add(&shown, text->p, text->len);
	else
		text_show(&shown, text->p, text->len);
	jsonw_text(&o->w, key, shown.buf);
}

void sbom_version(struct str *out, const struct package *p)
{
	if (p->kind == PACKAGE_RPM && p->epoch)
		str_addf(out, "%llu:", (unsigned long long)p->epoch);
	str_add(out, p->version.p, p->version.len);
	if (p->release.len) {
		str_addc(out, '-');
		str_add(out, p->release.p, p->release.len);
	}
}

bool sbom_is_package(const struct package *p)
{
	return p->kind != PACKAGE_RPM || !scan_is(&p->name, "gpg-pubkey");
}

void sbom_time(char out[TEXT_TIME_SIZE], int64_t seconds)
{
	const struct timespec t = { .tv_sec = seconds };
	char *dot;

	text_time(out, &t);
	dot = strchr(out, '.');
	if (dot) {
		dot[0] = 'Z';
		dot[1] = '\0';
	}
}

/* Takes all, and keeps its digest alone. */
struct digest_sink {
	struct sink sink;
	struct digest *digest;
};

static int digest_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	(void)e;
	digest_add(((struct digest_sink *)s)->digest, p, len);
	return 0;
}

static int write_document(const struct sbom *s, enum sbom_format format, struct sink *to,
			  struct err *e)
{
	struct sbom_out o = { .to = to };
	int result;

	str_init(&o.text, TEXT_MAX);
	jsonw_init(&o.w, &o.text);
	result = format == SBOM_SPDX ? sbom_spdx(s, &o, e) : sbom_cyclonedx(s, &o, e);
	if (result == 0) {
		jsonw_line(&o.w);
		result = str_ok(&o.text, "a part of the document", e);
	}
	if (result == 0)
		result = sink_write(to, o.text.buf, o.text.len, e);
	str_release(&o.text);
	return result;
}

/* RFC 9562, version 8: made of what its maker likes, here a digest. */
static void make_uuid(char out[SBOM_UUID], unsigned char sum[DIGEST_MAX])
{
	char hex[33];

	sum[6] = (unsigned char)((sum[6] & 0x0f) | 0x80);
	sum[8] = (unsigned char)((sum[8] & 0x3f) | 0x80);
	text_hex(hex, sum, 16);
	(void)snprintf(out, SBOM_UUID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		       hex + 16, hex + 20);
}

/* Twice: what it is the number of has to be known before its first line. */
int sbom_write(struct sbom *s, enum sbom_format format, struct sink *to, struct err *e)
{
	AUTO(digest_freep) struct digest *d = digest_new();
	struct digest_sink first = { .sink = { .write = digest_write }, .digest = d };
	unsigned char sum[DIGEST_MAX];

	memset(sum, 0, sizeof(sum));
	make_uuid(s->uuid, sum);
	if (write_document(s, format, &first.sink, e) < 0)
		return -1;
	digest_end_bytes(d, sum);
	make_uuid(s->uuid, sum);
	return write_document(s, format, to, e);
}
