/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/failure.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct meaning {
    int vendor; /* an extended code, or a primary one for all that have no line of their own */
    wh_code code;
    enum wh_retry retry;
    const char *sqlstate;
};

/* Codes: https://www.sqlite.org/rescode.html; SQLSTATEs: PostgreSQL's errcodes. */
static const struct meaning meanings[] = {
    {SQLITE_CONSTRAINT_UNIQUE, WH_REFUSED, WH_RETRY_ITEM, "23505"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, WH_REFUSED, WH_RETRY_ITEM, "23505"},
    {SQLITE_CONSTRAINT_ROWID, WH_REFUSED, WH_RETRY_ITEM, "23505"},
    {SQLITE_CONSTRAINT_NOTNULL, WH_REFUSED, WH_RETRY_ITEM, "23502"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, WH_REFUSED, WH_RETRY_ITEM, "23503"},
    {SQLITE_CONSTRAINT_CHECK, WH_REFUSED, WH_RETRY_ITEM, "23514"},
    {SQLITE_CONSTRAINT_DATATYPE, WH_REFUSED, WH_RETRY_ITEM, "42804"},
    {SQLITE_CONSTRAINT_TRIGGER, WH_REFUSED, WH_RETRY_ITEM, "P0001"},
    {SQLITE_CONSTRAINT, WH_REFUSED, WH_RETRY_ITEM, "23000"},
    {SQLITE_MISMATCH, WH_REFUSED, WH_RETRY_ITEM, "42804"},
    {SQLITE_TOOBIG, WH_REFUSED, WH_RETRY_ITEM, "54000"},
    {SQLITE_BUSY, WH_BUSY, WH_RETRY_AGAIN, "55P03"},
    {SQLITE_LOCKED, WH_BUSY, WH_RETRY_AGAIN, "55P03"},
    {SQLITE_PROTOCOL, WH_BUSY, WH_RETRY_AGAIN, "55P03"},
    {SQLITE_SCHEMA, WH_CONFLICT, WH_RETRY_AGAIN, "40001"},
    {SQLITE_INTERRUPT, WH_CANCELLED, WH_RETRY_NEVER, "57014"},
    {SQLITE_NOMEM, WH_NO_MEMORY, WH_RETRY_NEVER, "53200"},
    {SQLITE_FULL, WH_IO, WH_RETRY_NEVER, "53100"},
    {SQLITE_IOERR, WH_IO, WH_RETRY_NEVER, "58030"},
    {SQLITE_READONLY, WH_UNREACHABLE, WH_RETRY_NEVER, "25006"},
    {SQLITE_PERM, WH_UNREACHABLE, WH_RETRY_NEVER, "42501"},
    {SQLITE_AUTH, WH_UNREACHABLE, WH_RETRY_NEVER, "42501"},
    {SQLITE_CANTOPEN, WH_UNREACHABLE, WH_RETRY_NEVER, "58030"},
    {SQLITE_NOTADB, WH_UNREACHABLE, WH_RETRY_NEVER, "58030"},
    {SQLITE_CORRUPT, WH_CORRUPT, WH_RETRY_NEVER, "XX001"},
    {SQLITE_ERROR, WH_INVALID, WH_RETRY_NEVER, "42000"},
    {SQLITE_RANGE, WH_BUG, WH_RETRY_NEVER, "XX000"},
    {SQLITE_MISUSE, WH_BUG, WH_RETRY_NEVER, "XX000"},
};

static const struct meaning unknown = {SQLITE_OK, WH_IO, WH_RETRY_NEVER, "58000"};

static const struct meaning *find_meaning(int vendor)
{
    for (size_t i = 0; i < WH_COUNT_OF(meanings); i++)
        if (meanings[i].vendor == vendor || meanings[i].vendor == (vendor & 0xff))
            return &meanings[i];
    return &unknown;
}

/** SQLite says it in words: "CHECK constraint failed: name", "UNIQUE constraint failed: t.a,
 *  t.b". */
static struct wh_str broken_constraint(int vendor, const char *text)
{
    const char *words = " constraint failed: ";
    const char *at = (vendor & 0xff) == SQLITE_CONSTRAINT ? strstr(text, words) : NULL;
    return at != NULL ? wh_str_from(at + strlen(words)) : WH_STR("");
}

wh_code wh_sqlite_failure(sqlite3 *db, int rc, struct wh_error *err, const char *format, ...)
{
    /* The connection knows more than the call said, but only of its own last failure. */
    int extended = db != NULL ? sqlite3_extended_errcode(db) : rc;
    bool is_same = (extended & 0xff) == (rc & 0xff);
    int vendor = is_same ? extended : rc;
    const char *text = db != NULL && is_same ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    const struct meaning *meaning = find_meaning(vendor);
    if (meaning->code == WH_CANCELLED)
        return wh_error_cancelled(err);
    char context[256];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    wh_error_set(err, meaning->code, "%s%s%s", context, context[0] != '\0' ? ": " : "", text);
    if (err != NULL) {
        err->retry = meaning->retry;
        err->vendor_code = vendor;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", meaning->sqlstate);
    }
    wh_error_blame(err, broken_constraint(vendor, text), WH_STR(""));
    return meaning->code;
}
