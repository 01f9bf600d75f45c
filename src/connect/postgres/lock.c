/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/lock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/datetime.h"
#include "data/hash.h"
#include "data/text.h"

/* Sets wherry's locks apart from those of other programs; part of the lock's number for good. */
#define LOCK_SEED UINT64_C(0x7768657272790001)

#define MARK "wherry "

/* How long a server is given to notice that a client is gone. */
#define MAX_WAIT_MS 20000
#define SHORT_WAIT_MS 200 /* of one that just closed its connection */
#define NAP_MS 10

static const char *number_of(struct wh_str name, char room[WH_INT_SIZE + 1])
{
    size_t len = wh_int_print((int64_t)wh_hash_bytes(name, LOCK_SEED), room);
    room[len] = '\0';
    return room;
}

/* ---- who ------------------------------------------------------------------------------------- */

/** "wherry 71 2026-01-31T12:34:56Z host", with nothing in it that would need quoting. */
static void describe_self(char room[WH_POSTGRES_SELF_SIZE])
{
    char host[256] = "";
    char since[WH_DATETIME_SIZE + 1];
    since[wh_timestamp_print(wh_clock_now(), since)] = '\0';
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    for (char *c = host; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 127 || *c == '\'' || *c == '\\')
            *c = '?';
    char *space = strchr(since, ' ');
    if (space != NULL)
        *space = 'T';
    snprintf(room, WH_POSTGRES_SELF_SIZE, MARK "%d %.19sZ %.22s", (int)getpid(), since, host);
}

wh_code wh_postgres_tell_self(struct wh_destination *destination, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    const char *self = destination->self;
    describe_self(destination->self);
    WH_TRY(wh_postgres_query(destination,
                             "SELECT pg_catalog.pg_backend_pid() FROM "
                             "pg_catalog.set_config('application_name', $1, false)",
                             &self, 1, &rows, err));
    destination->backend = wh_postgres_number_at(rows, 0, 0);
    return WH_OK;
}

/* An advisory lock of one 64-bit number stands in pg_locks as its halves, with objsubid 1. */
static const char holder_sql[] =
    "SELECT a.application_name, l.pid FROM pg_catalog.pg_locks l "
    "LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.mode = 'ExclusiveLock' "
    "AND l.database = (SELECT oid FROM pg_catalog.pg_database "
    "WHERE datname = pg_catalog.current_database()) "
    "AND l.classid::int8 = ($1::int8 >> 32) & 4294967295 "
    "AND l.objid::int8 = $1::int8 & 4294967295 LIMIT 1";

/** Who a session says it belongs to. */
struct who {
    struct wh_str pid;
    struct wh_str since;
    struct wh_str host;
};

/** False for a name that is not wherry's. */
static bool read_who(struct wh_str name, struct who *ret)
{
    if (!wh_str_starts_with(name, WH_STR(MARK)))
        return false;
    wh_str_split(&name, ' ');
    ret->pid = wh_str_split(&name, ' ');
    ret->since = wh_str_split(&name, ' ');
    ret->host = name;
    return true;
}

static wh_code put_in_words(const PGresult *rows, struct wh_arena *arena, struct wh_str *ret,
                            struct wh_error *err)
{
    struct who who;
    if (!read_who(wh_postgres_text_at(rows, 0, 0), &who))
        return wh_arena_format(arena, ret, err, "a session with number %s on the server",
                               PQgetvalue(rows, 0, 1));
    return wh_arena_format(arena, ret, err, "process %.*s on '%.*s', since %.*s", WH_FMT(who.pid),
                           WH_FMT(who.host), WH_FMT(who.since));
}

wh_code wh_postgres_holder(struct wh_destination *destination, struct wh_str name,
                           struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    char room[WH_INT_SIZE + 1];
    const char *number = number_of(name, room);
    *ret = WH_STR_NONE;
    WH_TRY(wh_postgres_query(destination, holder_sql, &number, 1, &rows, err));
    return PQntuples(rows) > 0 ? put_in_words(rows, arena, ret, err) : WH_OK;
}

/* ---- the dead -------------------------------------------------------------------------------- */

/** True for a session of a process of this host that is no more. */
static bool is_dead(struct wh_str application_name)
{
    char self[WH_POSTGRES_SELF_SIZE];
    struct who who;
    struct who own;
    int64_t pid = 0;
    describe_self(self);
    if (!read_who(application_name, &who) || !read_who(wh_str_from(self), &own) ||
        !wh_str_equal(who.host, own.host) || wh_int_parse(who.pid, &pid) != WH_FAULT_NONE ||
        pid <= 0 || pid > INT32_MAX)
        return false;
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static const char sessions_sql[] =
    "SELECT application_name FROM pg_catalog.pg_stat_activity "
    "WHERE datname = pg_catalog.current_database() AND application_name LIKE '" MARK "%' "
    "AND pid <> pg_catalog.pg_backend_pid()";

static wh_code count_dead(struct wh_destination *destination, size_t *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    *ret = 0;
    WH_TRY(wh_postgres_query(destination, sessions_sql, NULL, 0, &rows, err));
    for (int i = 0; i < PQntuples(rows); i++)
        *ret += is_dead(wh_postgres_text_at(rows, i, 0));
    return WH_OK;
}

static wh_code nap(const struct wh_destination *destination, struct wh_error *err)
{
    if (wh_cancel_asked(destination->cancel, WH_CANCEL_AFTER_GROUP))
        return wh_error_set(err, WH_CANCELLED,
                            "cancelled while the server ended a session that is lost");
    wh_clock_nap(NAP_MS / 1000.0);
    return WH_OK;
}

static wh_code still_working(struct wh_error *err)
{
    wh_error_set(err, WH_BUSY,
                 "the server still works for a process of wherry's that is gone; end its sessions "
                 "with pg_terminate_backend() or try again later");
    if (err != NULL)
        err->retry = WH_RETRY_AGAIN;
    return WH_BUSY;
}

/** Waits until the server has noticed that dead processes are gone. */
static wh_code wait_for_dead(struct wh_destination *destination, struct wh_error *err)
{
    for (int waited = 0; waited < MAX_WAIT_MS; waited += NAP_MS) {
        size_t dead;
        WH_TRY(count_dead(destination, &dead, err));
        if (dead == 0)
            return WH_OK;
        WH_TRY(nap(destination, err));
    }
    return still_working(err);
}

static const char end_sql[] =
    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
    "WHERE pid = $1::int4 AND application_name = $2";

wh_code wh_postgres_end_lost(struct wh_destination *destination,
                             const struct wh_postgres_lost *lost, struct wh_error *err)
{
    char number[WH_INT_SIZE + 1];
    number[wh_int_print(lost->backend, number)] = '\0';
    const char *const params[] = {number, lost->self};
    for (int waited = 0; waited < MAX_WAIT_MS; waited += NAP_MS) {
        PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
        WH_TRY(wh_postgres_query(destination, end_sql, params, 2, &rows, err));
        if (PQntuples(rows) == 0)
            return WH_OK;
        WH_TRY(nap(destination, err));
    }
    return still_working(err);
}

/* ---- locks ----------------------------------------------------------------------------------- */

static wh_code ask(struct wh_destination *destination, const char *sql, struct wh_str name,
                   bool *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    char room[WH_INT_SIZE + 1];
    const char *number = number_of(name, room);
    WH_TRY(wh_postgres_query(destination, sql, &number, 1, &rows, err));
    *ret = wh_postgres_is_true_at(rows, 0, 0);
    return WH_OK;
}

static wh_code report_holder(struct wh_destination *destination, struct wh_str name,
                             struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str holder;
    wh_arena_init(&scratch);
    WH_TRY(wh_postgres_holder(destination, name, &scratch, &holder, err));
    wh_error_set(err, WH_BUSY, "'%.*s' is running already: %.*s", WH_FMT(name),
                 WH_FMT(holder.ptr != NULL ? holder : WH_STR("it ended just now")));
    if (err != NULL)
        err->retry = WH_RETRY_AGAIN;
    return WH_BUSY;
}

wh_code wh_postgres_lock(struct wh_destination *destination, struct wh_str name,
                         struct wh_error *err)
{
    bool is_mine = false;
    WH_TRY(wait_for_dead(destination, err));
    for (int waited = 0; waited <= SHORT_WAIT_MS; waited += NAP_MS) {
        WH_TRY(ask(destination, "SELECT pg_catalog.pg_try_advisory_lock($1::int8)", name, &is_mine,
                   err));
        if (is_mine)
            return WH_OK;
        WH_TRY(nap(destination, err));
    }
    return report_holder(destination, name, err);
}

wh_code wh_postgres_unlock(struct wh_destination *destination, struct wh_str name,
                           struct wh_error *err)
{
    bool was_mine = false;
    WH_TRY(
        ask(destination, "SELECT pg_catalog.pg_advisory_unlock($1::int8)", name, &was_mine, err));
    return was_mine ? WH_OK
                    : wh_error_set(err, WH_INVALID, "lock '%.*s' is not held", WH_FMT(name));
}
