/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of every process, by CRIU through the engine: what it costs is in engine and kernel.
 */
#include "collect/seizure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/walk.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"

#define NAME  "impound" /* of the checkpoint, while the daemon has it */
#define BLOCK ((size_t)256 << 10)

static const char podman_hint[] = "CRIU before 4.1 cannot dump on kernels from about 6.14, before "
				  "4.2 no TCP or UDP socket on 6.16 or "
				  "newer; crun needs libcriu (Debian: libcriu2) beside criu";
static const char docker_hint[] =
	"CRIU before 4.1 cannot dump on kernels from about 6.14, before 4.2 no TCP or UDP socket "
	"on 6.16 or "
	"newer; established connections need the line 'tcp-established' and deleted files over 1 "
	"MiB "
	"'ghost-limit 1073741824' in the host's /etc/criu/runc.conf, which impound never writes";

static int tar_file(struct tar_writer *tar, const struct node *n, int fd, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);
	uint64_t left = n->tar.size;

	while (left > 0) {
		ssize_t got = read(fd, block, left < BLOCK ? (size_t)left : BLOCK);

		if (stop_requested())
			return stop_err(e);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, "read '%s'", n->tar.path);
		if (got == 0)
			return err_set(e, ERR_FORMAT, "'%s' shrank while it was read", n->tar.path);
		if (tar_data(tar, block, (size_t)got, e) < 0)
			return -1;
		progress_bytes((uint64_t)got);
		left -= (uint64_t)got;
	}
	return 0;
}

/* The directory that the daemon filled; nothing in it is followed. */
static int tar_directory(const char *path, struct sink *to, struct err *e)
{
	AUTO(fd_closep) int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	AUTO(tar_writer_freep) struct tar_writer *tar = tar_writer_new(to);
	AUTO(walk_freep) struct walk *walk = NULL;
	struct walk_options options = { 0 };
	struct node *n;
	int more;

	if (root < 0)
		return err_sys(e, "the daemon's checkpoint '%s'", path);
	walk = walk_new(steal_fd(&root), NULL, &options);
	while ((more = walk_next(walk, &n, e)) > 0) {
		if (n->error)
			return err_set(e, ERR_SYS, "'%s': %s", n->tar.path, n->error);
		if (tar_put(tar, &n->tar, e) < 0)
			return -1;
		if (S_ISREG(n->tar.mode) && tar_file(tar, n, walk_file(walk), e) < 0)
			return -1;
	}
	return more < 0 ? -1 : tar_writer_finish(tar, e);
}

/* Docker leaves the checkpoint in a directory of the host's: beside the bundle, and gone
 * afterwards. */
static int take_docker(struct seizure *s, struct artifact *a, struct err *e)
{
	AUTO(freep) char *bundle = realpath(bundle_path(s->bundle), NULL);
	AUTO(freep) char *dir = bundle ? xasprintf("%s.checkpoint", bundle) : NULL;
	AUTO(freep) char *made = bundle ? xasprintf("%s/" NAME, dir) : NULL;
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	struct request_args args = { .id = s->target.id, .name = NAME, .path = dir };
	struct err dropped = { 0 };
	int failed;

	if (!bundle || mkdir(dir, 0700) < 0)
		return err_sys(e, "make a directory for the daemon's checkpoint");
	failed = engine_fetch(s->engine, ASK_CHECKPOINT, &args, &body, e);
	if (failed == 0)
		failed = tar_directory(made, artifact_sink(a), e);
	str_reset(&body);
	/* Also after a failure: the daemon may have one all the same, or a part of it. */
	if (engine_fetch(s->engine, ASK_CHECKPOINT_DROP, &args, &body, &dropped) < 0 &&
	    access(made, F_OK) == 0)
		log_warn("the daemon's checkpoint is left in '%s': %s", dir, dropped.text);
	(void)rmdir(dir);
	return failed;
}

static int take_podman(struct seizure *s, struct artifact *a, struct err *e)
{
	AUTO(source_closep) struct source *answer = NULL;
	struct request_args args = { .id = s->target.id };

	if (engine_ask(s->engine, ASK_CHECKPOINT, &args, &answer, e) < 0)
		return -1;
	if (stream_copy(answer, artifact_sink(a), UINT64_MAX, &progress_tick, NULL, e) < 0)
		return -1;
	if (artifact_bytes(a) == 0)
		return err_set(e, ERR_FORMAT, "the engine's checkpoint is empty");
	return 0;
}

/* Whether the container ended meanwhile: read back, not assumed. */
static bool has_ended(struct seizure *s)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(container_release) struct container now = { 0 };
	struct request_args args = { .id = s->target.id };
	struct err e = { 0 };

	if (engine_fetch(s->engine, ASK_INSPECT, &args, &body, &e) < 0)
		return e.kind == ERR_ABSENT;
	doc = json_parse(body.buf, body.len, &e);
	if (!doc || container_from_inspect(s->engine->dialect, doc, &now, &e) < 0)
		return false;
	return now.state != STATE_RUNNING && now.state != STATE_PAUSED;
}

static int say_failure(struct seizure *s, const struct err *why, struct err *e)
{
	const char *hint = s->engine->dialect == DIALECT_PODMAN ? podman_hint : docker_hint;

	log_warn("%s: checkpoint: %s", s->target.name, why->text);
	log_warn("%s", hint);
	return bundle_warning(s->bundle, hint, e);
}

/* The engine looked no further: the container does not run, or is not there any more. */
static bool is_refused(const struct err *why)
{
	return why->sys == 404 || why->sys == 409;
}

int take_checkpoint(struct seizure *s, struct err *e)
{
	bool is_podman = s->engine->dialect == DIALECT_PODMAN;
	struct request_args args = { .id = s->target.id, .name = NAME };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_CHECKPOINT, &args);
	struct artifact *a =
		artifact_begin(s->bundle, "checkpoint", source, "memory/checkpoint.tar");
	const char *effects[5] = {
		"every process stood still; sleeping system calls were interrupted",
		"access times of files on tmpfs and of changed files were moved by the dump"
	};
	size_t count = 2;
	struct err why = { 0 };
	int failed = is_podman ? take_podman(s, a, &why) : take_docker(s, a, &why);

	if (failed == 0 && is_podman)
		effects[count++] = "the engine rewrote State.FinishedAt and State.CheckpointedAt";
	if (failed < 0 && is_refused(&why))
		return seizure_end(s, a, failed, &why, NULL, e);
	if (has_ended(s)) {
		effects[count++] = "the container ended";
		log_warn("%s: the container ended during the checkpoint", s->target.name);
		bundle_set_partial(s->bundle);
	}
	if (seizure_end(s, a, failed, &why, effects, e) < 0)
		return -1;
	if (failed < 0)
		return why.kind == ERR_ENGINE && why.sys ? say_failure(s, &why, e) : 0;
	return bundle_action(s->bundle, "checkpointed", "by CRIU, leaving the container running",
			     e);
}
