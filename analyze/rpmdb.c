/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rpmdb.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/model/rpmhdr.h"

#define VFS_NAME  "impound"
#define DB_NAME   "/rpmdb"
#define WAL_NAME  DB_NAME "-wal"
#define PATH_ROOM 64
#define STEP      10000 /* instructions between two looks at the clock */

/*
 * Our own file system for sqlite, with two files in it: it would open names, follow links, look for
 * journals and take locks, none of which a sandbox should have to allow.
 */
struct files {
	int db, wal;
};

struct open_file {
	sqlite3_file base;
	int fd; /* borrowed */
};

static int file_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *p, int amount, sqlite3_int64 offset)
{
	int fd = ((struct open_file *)f)->fd, got = 0;

	while (got < amount) {
		ssize_t n = pread(fd, (char *)p + got, (size_t)(amount - got), offset + got);

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return SQLITE_IOERR_READ;
		if (n == 0)
			break;
		got += (int)n;
	}
	if (got == amount)
		return SQLITE_OK;
	memset((char *)p + got, 0, (size_t)(amount - got));
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *p, int amount, sqlite3_int64 offset)
{
	(void)f;
	(void)p;
	(void)amount;
	(void)offset;
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	(void)f;
	(void)size;
	return SQLITE_READONLY;
}

static int file_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	struct stat st;

	if (fstat(((struct open_file *)f)->fd, &st) < 0)
		return SQLITE_IOERR_FSTAT;
	*size = st.st_size;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *f, int *out)
{
	(void)f;
	*out = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}

static int file_traits(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* no shared memory, no mapping */
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

static int fd_of(const sqlite3_vfs *vfs, const char *name)
{
	const struct files *files = vfs->pAppData;

	if (!name)
		return -1;
	if (!strcmp(name, DB_NAME))
		return files->db;
	return !strcmp(name, WAL_NAME) ? files->wal : -1;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct open_file *o = (struct open_file *)f;

	o->base.pMethods = NULL;
	o->fd = fd_of(vfs, name);
	if (o->fd < 0)
		return SQLITE_CANTOPEN;
	o->base.pMethods = &methods;
	if (out)
		*out = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)name;
	(void)sync;
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)flags;
	*out = fd_of(vfs, name) >= 0;
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* Nothing in it depends on chance or on the time of day. */
static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	memset(out, 0, (size_t)size);
	return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
	(void)vfs;
	*out = 0;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	(void)size;
	(void)out;
	return 0;
}

/* The table must be one: a view, or a table that a module makes up, would run what it likes. */
static int authorize(void *data, int action, const char *a, const char *b, const char *db,
		     const char *trigger)
{
	(void)data;
	(void)b;
	(void)db;
	if (trigger)
		return SQLITE_DENY;
	if (action == SQLITE_SELECT)
		return SQLITE_OK;
	if (action == SQLITE_READ && (!strcmp(a, "Packages") || !strcmp(a, "sqlite_master")))
		return SQLITE_OK;
	return SQLITE_DENY;
}

static int look_up(void *steps)
{
	int *left = steps;

	*left -= STEP;
	return *left < 0 || stop_requested();
}

static void db_closep(sqlite3 **db)
{
	(void)sqlite3_close(*db);
}

static void statement_closep(sqlite3_stmt **s)
{
	(void)sqlite3_finalize(*s);
}

static int fail(sqlite3 *db, int rc, struct err *e)
{
	if (stop_requested())
		return stop_err(e);
	if (rc == SQLITE_INTERRUPT)
		return err_set(e, ERR_LIMIT, "the rpm database takes too long to read");
	if (rc == SQLITE_TOOBIG)
		return err_set(e, ERR_LIMIT, "a header of more than %zu bytes", RPMHDR_MAX);
	return err_set(e, ERR_FORMAT, "not a whole rpm database: %s",
		       db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static int settle(sqlite3 *db, struct err *e)
{
	/* The log's index goes to ordinary memory, for nobody shares it. */
	static const char pragmas[] =
		"PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF;"
		"PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
		"PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096;" /* KiB */;
	int rc;

	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)RPMHDR_MAX);
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) != SQLITE_OK)
		return err_set(e, ERR_SYS, "sqlite cannot be held back");
	rc = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, e);
	return 0;
}

static int read_rows(sqlite3 *db,
		     int (*fn)(const void *blob, size_t len, void *data, struct err *e), void *data,
		     struct err *e)
{
	AUTO(statement_closep) sqlite3_stmt *s = NULL;
	int rc, rows = 0;

	rc = sqlite3_prepare_v2(db, "SELECT blob FROM Packages ORDER BY rowid", -1, &s, NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, e);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		const void *blob = sqlite3_column_blob(s, 0);
		int len = sqlite3_column_bytes(s, 0);

		if (++rows > RPMDB_ROWS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d packages", RPMDB_ROWS_MAX);
		if (fn(blob, blob && len > 0 ? (size_t)len : 0, data, e) < 0)
			return -1;
	}
	return rc == SQLITE_DONE ? 0 : fail(db, rc, e);
}

/* sqlite takes what a page lacks at the end of the file for zeros. */
static int check_size(int fd, struct err *e)
{
	unsigned char head[18];
	struct stat st;
	size_t page;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat a temporary file");
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, "SQLite format 3", 16) != 0)
		return err_set(e, ERR_FORMAT, "not an sqlite database");
	page = (size_t)head[16] << 8 | head[17];
	page = page == 1 ? 65536 : page;
	if (page < 512 || st.st_size % (off_t)page != 0)
		return err_set(e, ERR_FORMAT, "an rpm database that is cut off");
	return 0;
}

int rpmdb_each(int db_fd, int wal,
	       int (*fn)(const void *blob, size_t len, void *data, struct err *e), void *data,
	       struct err *e)
{
	struct files files = { .db = db_fd, .wal = wal };
	sqlite3_vfs vfs = {
		.iVersion = 1,
		.szOsFile = (int)sizeof(struct open_file),
		.mxPathname = PATH_ROOM,
		.zName = VFS_NAME,
		.pAppData = &files,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	int steps = RPMDB_STEPS_MAX, rc, result = -1;
	sqlite3 *db = NULL;

	if (check_size(db_fd, e) < 0)
		return -1;
	rc = sqlite3_initialize();
	if (rc == SQLITE_OK)
		rc = sqlite3_vfs_register(&vfs, 0);
	if (rc != SQLITE_OK)
		return fail(NULL, rc, e);
	rc = sqlite3_open_v2(DB_NAME, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, VFS_NAME);
	if (rc != SQLITE_OK) {
		(void)fail(db, rc, e);
	} else if (settle(db, e) == 0) {
		sqlite3_progress_handler(db, STEP, look_up, &steps);
		(void)sqlite3_set_authorizer(db, authorize, NULL);
		result = read_rows(db, fn, data, e);
	}
	db_closep(&db);
	(void)sqlite3_vfs_unregister(&vfs);
	return result;
}

const char *rpmdb_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "sqlite %s", sqlite3_libversion());
	return text;
}
