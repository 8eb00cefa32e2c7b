/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/bundle/seal.h"

int trust_add(struct trust *t, const char *path, struct err *e)
{
	AUTO(str_release) struct str pem = STR_INIT(SEAL_PEM_MAX);
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct trust_key *item;

	if (fd < 0)
		return err_sys(e, "open the key '%s'", path);
	if (t->count >= TRUST_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d trusted keys", TRUST_KEYS_MAX);
	if (file_read(fd, &pem, path, e) < 0 ||
	    seal_key_public(pem.buf, pem.len, path, &key, e) < 0)
		return -1;
	grow(t->items, t->count, t->cap);
	item = &t->items[t->count++];
	seal_key_fingerprint(key, item->fingerprint);
	item->from = xstrdup(path);
	return 0;
}

static void add_or_warn(struct trust *t, const char *path)
{
	struct err e = { 0 };

	if (trust_add(t, path, &e) < 0 && e.sys != ENOENT)
		log_warn("not a trusted key: %s", e.text);
}

void trust_add_configured(struct trust *t)
{
	AUTO(freep) char *own = seal_config_path("seal.pub.pem");
	AUTO(freep) char *folder = seal_config_path("trusted");
	struct dirent **names = NULL;
	int count;

	if (own)
		add_or_warn(t, own);
	count = folder ? scandir(folder, &names, NULL, alphasort) : 0;
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		AUTO(freep) char *path = xasprintf("%s/%s", folder, names[i]->d_name);

		if (dot && dot != names[i]->d_name && !strcmp(dot, ".pem"))
			add_or_warn(t, path);
		free(names[i]);
	}
	free(names);
}

int trust_load(struct trust *t, const struct words *files, struct err *e)
{
	trust_add_configured(t);
	for (size_t i = 0; i < files->count; i++) {
		if (trust_add(t, files->items[i], e) == 0)
			continue;
		/* It is the word on the command line that is wrong, not a bundle. */
		if (e->kind != ERR_SYS)
			e->kind = ERR_USAGE;
		return err_wrap(e, "--trust");
	}
	return 0;
}

void trust_release(struct trust *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].from);
	free(t->items);
	*t = (struct trust){ 0 };
}

const struct trust_key *trust_find(const struct trust *t, const char *fingerprint)
{
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->items[i].fingerprint, fingerprint))
			return &t->items[i];
	return NULL;
}
