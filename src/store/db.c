#include "db.h"
#include "certroll/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is asked for each of ten thousand endpoints is prepared once. */
struct kept {
	sqlite3_stmt *statement; /* NULL: a free place */
	bool busy;               /* somebody reads its rows */
};

enum { KEPT = 32 };

struct db {
	sqlite3 *handle;
	char *path;
	struct kept kept[KEPT];
};

struct query {
	struct db *db;
	sqlite3_stmt *statement;
	struct kept *kept; /* NULL: the statement is its own */
};

static bool is_damage(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static int say_damaged(const struct db *db, const char *why, struct err *err)
{
	return err_set(err, ERR_CONFIG,
		       "%s: the journal is damaged (%.120s); move it and its -wal and -shm files "
		       "aside, and the next run begins a new one (what the old one knew is then "
		       "asked from the devices)",
		       db->path, why);
}

static int say(const struct db *db, struct err *err)
{
	int code = sqlite3_extended_errcode(db->handle);
	const char *why = sqlite3_errmsg(db->handle);

	if (is_damage(code))
		return say_damaged(db, why, err);
	return err_set(err, ERR_IO, "%s: the journal cannot be used: %.200s", db->path, why);
}

static int execute(struct db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : say(db, err);
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *values)
{
	const void *pointer;

	if (type == 'i')
		return sqlite3_bind_int64(statement, at, va_arg(*values, int64_t));
	pointer = va_arg(*values, const void *);
	if (!pointer)
		return sqlite3_bind_null(statement, at);
	if (type == 'h')
		return sqlite3_bind_blob(statement, at, pointer, DB_HASH, SQLITE_TRANSIENT);
	return sqlite3_bind_text(statement, at, pointer, -1, SQLITE_TRANSIENT);
}

/* The place of this text, or a free one; NULL: it is in use, or all are taken. */
static struct kept *find_kept(struct db *db, const char *sql)
{
	for (size_t i = 0; i < KEPT; i++) {
		struct kept *kept = &db->kept[i];

		if (!kept->statement || strcmp(sqlite3_sql(kept->statement), sql) == 0)
			return kept->busy ? NULL : kept;
	}
	return NULL;
}

static int find_statement(struct query *query, const char *sql)
{
	struct kept *kept = query->kept = find_kept(query->db, sql);
	sqlite3_stmt **slot = kept ? &kept->statement : &query->statement;

	if (!*slot && sqlite3_prepare_v2(query->db->handle, sql, -1, slot, NULL) != SQLITE_OK) {
		query->kept = NULL;
		return -1;
	}
	query->statement = *slot;
	if (kept)
		kept->busy = true;
	return 0;
}

static struct query *prepare(struct db *db, struct err *err, const char *sql, const char *types,
			     va_list *values)
{
	struct query *query = mem_alloc(sizeof *query);

	query->db = db;
	if (find_statement(query, sql)) {
		say(db, err);
		query_free(query);
		return NULL;
	}
	for (int i = 0; types[i]; i++)
		if (bind_one(query->statement, i + 1, types[i], values) != SQLITE_OK) {
			say(db, err);
			query_free(query);
			return NULL;
		}
	return query;
}

struct query *db_query(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	struct query *query;
	va_list values;

	va_start(values, types);
	query = prepare(db, err, sql, types, &values);
	va_end(values);
	return query;
}

int query_next(struct query *query, struct err *err)
{
	int code = sqlite3_step(query->statement);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : say(query->db, err);
}

int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	auto_query *query = NULL;
	va_list values;

	va_start(values, types);
	query = prepare(db, err, sql, types, &values);
	va_end(values);
	return query && query_next(query, err) >= 0 ? 0 : -1;
}

int64_t query_int(struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

const char *query_text(struct query *query, int column)
{
	const unsigned char *text = sqlite3_column_text(query->statement, column);

	return text ? (const char *)text : "";
}

const unsigned char *query_hash(struct query *query, int column)
{
	const void *bytes = sqlite3_column_blob(query->statement, column);

	return sqlite3_column_bytes(query->statement, column) == DB_HASH ? bytes : NULL;
}

void query_free(struct query *query)
{
	if (!query)
		return;
	if (query->kept) {
		sqlite3_reset(query->statement);
		sqlite3_clear_bindings(query->statement);
		query->kept->busy = false;
	} else {
		sqlite3_finalize(query->statement);
	}
	mem_free(query);
}

int db_begin(struct db *db, struct err *err)
{
	return execute(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct err *err)
{
	if (execute(db, "COMMIT", err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

/* One number, or -1. */
static int64_t ask_number(struct db *db, const char *sql, struct err *err)
{
	auto_query *query = db_query(db, err, sql, "");

	return query && query_next(query, err) == 1 ? query_int(query, 0) : -1;
}

static int check_pages(struct db *db, struct err *err)
{
	auto_query *query = db_query(db, err, "PRAGMA quick_check(1)", "");

	if (!query || query_next(query, err) < 0)
		return -1;
	if (strcmp(query_text(query, 0), "ok") == 0)
		return 0;
	return say_damaged(db, query_text(query, 0), err);
}

/* Somebody else may have been there between the look and the lock. */
static int migrate_one(struct db *db, int64_t version, struct err *err)
{
	auto_free char *number = text_format("PRAGMA user_version = %lld", (long long)version + 1);

	if (db_begin(db, err))
		return -1;
	if (ask_number(db, "PRAGMA user_version", err) > version) {
		db_rollback(db);
		return 0;
	}
	if (execute(db, db_schema[version], err) == 0 && execute(db, number, err) == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

static int64_t newest_version(void)
{
	int64_t newest = 0;

	while (db_schema[newest])
		newest++;
	return newest;
}

static int migrate(struct db *db, enum db_mode mode, struct err *err)
{
	int64_t version = ask_number(db, "PRAGMA user_version", err), newest = newest_version();

	if (version < 0)
		return -1;
	if (version > newest)
		return err_set(err, ERR_CONFIG,
			       "%s: a newer certroll has written this journal; use that one, or "
			       "another folder (--state DIR)",
			       db->path);
	if (mode == DB_READ && version < newest)
		return err_set(err, ERR_CONFIG,
			       "%s: the journal is of an older certroll; the next deploy or audit "
			       "brings it up to date",
			       db->path);
	for (; version < newest; version++)
		if (migrate_one(db, version, err))
			return -1;
	return 0;
}

/* What resume and rollback do hangs on it: nobody else may have written it. */
static int check_mode(const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status) || !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return err_set(err, ERR_CONFIG,
		       "%s: others may write it, so it proves nothing; chmod 600 it, or move it "
		       "aside",
		       path);
}

static int settle_in(struct db *db, enum db_mode mode, struct err *err)
{
	sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, DB_MAX_VALUE);
	sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
	/* FULL: in WAL mode each commit is then synced, not only each checkpoint. */
	if (execute(db,
		    "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; "
		    "PRAGMA cache_size = -1000; "  /* KiB */
		    "PRAGMA temp_store = MEMORY;", /* nothing outside the state folder */
		    err) ||
	    check_pages(db, err) ||
	    execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err))
		return -1;
	return migrate(db, mode, err);
}

static int open_handle(struct db *db, enum db_mode mode, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);

	if (sqlite3_open_v2(db->path, &db->handle, flags, NULL) != SQLITE_OK)
		return say(db, err);
	return settle_in(db, mode, err);
}

/* Private from its first moment, whatever the umask; the -wal and -shm files take its mode over. */
static int make_file(const char *path, struct err *err)
{
	int fd = file_make_folders(path, err) ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		return close(fd);
	return err_set(err, ERR_IO, "%s: %s; the journal cannot be written", path, strerror(errno));
}

struct db *db_open(const char *path, enum db_mode mode, struct err *err)
{
	struct db *db;

	if (check_mode(path, err) || (mode == DB_WRITE && make_file(path, err)))
		return NULL;
	db = mem_alloc(sizeof *db);
	db->path = text_copy(path);
	if (open_handle(db, mode, err) == 0)
		return db;
	db_close(db);
	return NULL;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < KEPT; i++)
		sqlite3_finalize(db->kept[i].statement);
	sqlite3_close(db->handle); /* rolls back what is open */
	mem_free(db->path);
	mem_free(db);
}
