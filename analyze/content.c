/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/content.h"

#include <elf.h>
#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Compressed or encrypted code has nearly 8 bits a byte; compilers make less than 6.8. */
#define PACKED_ENTROPY 7.2
#define PACKED_LEAST   4096 /* of fewer bytes entropy says nothing */

bool content_is_elf(const char *p, size_t len)
{
	return len >= SELFMAG && !memcmp(p, ELFMAG, SELFMAG);
}

bool content_is_script(const char *p, size_t len)
{
	size_t i = 2;

	if (len < 4 || p[0] != '#' || p[1] != '!')
		return false;
	while (i < len && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i < len && p[i] == '/';
}

static double entropy(const unsigned char *p, size_t len)
{
	size_t counts[256] = { 0 };
	double bits = 0;

	for (size_t i = 0; i < len; i++)
		counts[p[i]]++;
	for (size_t i = 0; i < 256; i++) {
		double share = (double)counts[i] / (double)len;

		if (counts[i])
			bits -= share * log2(share);
	}
	return bits;
}

/* 64-bit little-endian alone: packers of others are not seen in containers. */
static bool is_random_code(const char *p, size_t len)
{
	Elf64_Ehdr h;

	if (len < sizeof(h))
		return false;
	memcpy(&h, p, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB ||
	    le16toh(h.e_shnum) != 0)
		return false;
	for (unsigned i = 0; i < le16toh(h.e_phnum); i++) {
		uint64_t at = le64toh(h.e_phoff) + (uint64_t)i * sizeof(Elf64_Phdr), from, n;
		Elf64_Phdr ph;

		if (at > len || len - at < sizeof(ph))
			return false;
		memcpy(&ph, p + at, sizeof(ph));
		from = le64toh(ph.p_offset);
		n = le64toh(ph.p_filesz);
		if (le32toh(ph.p_type) != PT_LOAD || !(le32toh(ph.p_flags) & PF_X) || from >= len)
			continue;
		if (n > len - from)
			n = len - from;
		if (n >= PACKED_LEAST &&
		    entropy((const unsigned char *)p + from, (size_t)n) >= PACKED_ENTROPY)
			return true;
	}
	return false;
}

bool content_is_packed(const char *p, size_t len, const char **how)
{
	if (!content_is_elf(p, len))
		return false;
	if (content_has(p, len < 4096 ? len : 4096, "UPX!")) {
		*how = "it has the mark of UPX";
		return true;
	}
	if (is_random_code(p, len)) {
		*how = "it has no sections, and its code looks random";
		return true;
	}
	return false;
}

bool content_has(const char *p, size_t len, const char *word)
{
	return len && memmem(p, len, word, strlen(word)) != NULL;
}

bool content_has_any_case(const char *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncasecmp(p + i, word, n))
			return true;
	return false;
}

const char *content_first_of(const char *p, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (content_has(p, len, *words))
			return *words;
	return NULL;
}

void content_lines(const char *p, size_t len, bool (*fn)(const char *line, size_t len, void *data),
		   void *data)
{
	while (len) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) : len;

		if (!fn(p, n, data))
			return;
		n += lf ? 1 : 0;
		p += n;
		len -= n;
	}
}
