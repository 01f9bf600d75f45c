/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/deferred.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "connect/postgres/writer/constraint.h"
#include "connect/postgres/writer/known_keys.h"

/* So many constraints are learnt at most. */
#define MAX_LEARNT 16

struct constraints {
    struct wh_postgres_constraint *learnt[MAX_LEARNT]; /* in the writer's arena */
    size_t count;
};

struct wh_postgres_deferred {
    struct constraints late; /* that were found to be broken late … */
    struct constraints any;  /* … and that rows are asked about which were refused */
    /* Of a foreign key to the table itself: the keys of suspects, which will not be there. */
    struct wh_postgres_known_keys gone;
    unsigned gone_since; /* destination->enforced, when they were suspected */
};

void wh_postgres_deferred_free(struct wh_postgres_deferred *deferred)
{
    if (deferred == NULL)
        return;
    wh_postgres_known_release(&deferred->gone);
    free(deferred);
}

bool wh_postgres_is_deferred(const struct wh_writer *writer, const char *name)
{
    const struct wh_postgres_deferred *deferred = writer->deferred;
    for (size_t i = 0; deferred != NULL && i < deferred->late.count; i++)
        if (wh_str_is(deferred->late.learnt[i]->name, name))
            return true;
    return false;
}

/** A refusal leaves constraints deferred, as they were. */
wh_code wh_postgres_enforce(struct wh_destination *destination, struct wh_error *err)
{
    struct wh_error refused = WH_ERROR_NONE;
    WH_ASSERT(wh_postgres_is_in_transaction(destination), err);
    destination->enforced++;
    destination->is_enforcing = true;
    wh_code rc = wh_postgres_run(destination,
                                 "SAVEPOINT wherry_enforce; SET CONSTRAINTS ALL IMMEDIATE; "
                                 "RELEASE wherry_enforce",
                                 &refused);
    if (rc == WH_REFUSED)
        WH_TRY(wh_postgres_run(destination, "ROLLBACK TO wherry_enforce; RELEASE wherry_enforce",
                               err));
    if (rc != WH_OK && err != NULL)
        *err = refused;
    return rc;
}

/* ---- learning -------------------------------------------------------------------------------- */

static enum wh_postgres_constraint_kind kind_of(const char *sqlstate)
{
    enum wh_postgres_constraint_kind kind = wh_postgres_constraint_kind_of(sqlstate);
    if (kind == WH_POSTGRES_REPEATED)
        return WH_POSTGRES_CLASHING;
    if (kind == WH_POSTGRES_EXCLUDED)
        return WH_POSTGRES_CONFLICTING;
    return kind == WH_POSTGRES_FOREIGN_KEY ? kind : WH_POSTGRES_NO_CONSTRAINT;
}

static wh_code need_deferred(struct wh_writer *writer, struct wh_error *err)
{
    if (writer->deferred == NULL)
        writer->deferred = calloc(1, sizeof(*writer->deferred));
    return writer->deferred != NULL ? WH_OK : wh_error_no_memory(err, sizeof(*writer->deferred));
}

/** The constraint; NULL in *ret where rows cannot be asked about it. */
static wh_code learn(struct wh_writer *writer, struct constraints *constraints,
                     const struct wh_postgres_broken *broken, enum wh_postgres_constraint_kind kind,
                     struct wh_postgres_constraint **ret, struct wh_error *err)
{
    *ret = NULL;
    for (size_t i = 0; i < constraints->count && *ret == NULL; i++) {
        struct wh_postgres_constraint *learnt = constraints->learnt[i];
        if (learnt->kind == kind && wh_str_is(learnt->name, broken->constraint))
            *ret = learnt;
    }
    if (*ret == NULL && constraints->count < MAX_LEARNT) {
        WH_TRY(wh_postgres_constraint_read(writer, broken, kind, ret, err));
        constraints->learnt[constraints->count++] = *ret;
    }
    if (*ret != NULL && (*ret)->cannot)
        *ret = NULL;
    return WH_OK;
}

/** The constraint that was broken last; NULL in *ret where it is none that can be asked about. */
static wh_code find_broken(struct wh_writer *writer, struct wh_postgres_constraint **ret,
                           struct wh_error *err)
{
    const struct wh_postgres_broken *broken = &writer->destination->broken;
    enum wh_postgres_constraint_kind kind = kind_of(broken->sqlstate);
    *ret = NULL;
    if (kind == WH_POSTGRES_NO_CONSTRAINT || broken->constraint[0] == '\0')
        return WH_OK;
    WH_TRY(need_deferred(writer, err));
    return learn(writer, &writer->deferred->late, broken, kind, ret, err);
}

/* ---- rows that refer to suspects ------------------------------------------------------------- */

/** Rows of one request, and what is suspected of them. */
struct suspicion {
    struct wh_writer *writer;
    const struct wh_postgres_constraint *constraint;
    const struct wh_write_request *request;
    enum wh_row_result mark;            /* of suspects */
    uint64_t keys[WH_BATCH_ROWS];       /* by place in the selection: the row's own key … */
    uint64_t references[WH_BATCH_ROWS]; /* … and the one that it refers to, as hashes */
};

static uint8_t *result_at(const struct suspicion *suspicion, size_t place)
{
    return &suspicion->request->results[suspicion->request->selection->rows[place]];
}

static bool is_suspected(const struct suspicion *suspicion, size_t place)
{
    return *result_at(suspicion, place) != WH_ROW_WRITTEN;
}

static void hash_rows(struct suspicion *suspicion)
{
    const struct wh_postgres_constraint *constraint = suspicion->constraint;
    const struct wh_selection *rows = suspicion->request->selection;
    for (size_t i = 0; i < rows->count; i++) {
        suspicion->keys[i] =
            wh_postgres_constraint_hash(suspicion->writer, constraint->keys, constraint->key_count,
                                        suspicion->request->columns, rows->rows[i]);
        suspicion->references[i] = wh_postgres_constraint_hash(
            suspicion->writer, constraint->columns, constraint->column_count,
            suspicion->request->columns, rows->rows[i]);
    }
}

static wh_code add_gone(struct suspicion *suspicion, size_t place, struct wh_error *err)
{
    struct wh_postgres_known_keys *gone = &suspicion->writer->deferred->gone;
    uint64_t key = suspicion->keys[place];
    bool is_new = false;
    /* Those that are not remembered are found by the next look. */
    if (key == 0 || gone->count == WH_POSTGRES_KNOWN_KEYS)
        return WH_OK;
    WH_TRY(wh_postgres_known_add(gone, key, &is_new, err));
    wh_postgres_known_mark_absent(gone, key);
    return WH_OK;
}

/** One pass over the rows, in either direction. */
static wh_code spread_once(struct suspicion *suspicion, bool is_backward, bool *ret_any,
                           struct wh_error *err)
{
    const struct wh_postgres_known_keys *gone = &suspicion->writer->deferred->gone;
    size_t count = suspicion->request->selection->count;
    *ret_any = false;
    for (size_t i = 0; i < count; i++) {
        size_t place = is_backward ? count - 1 - i : i;
        uint64_t reference = suspicion->references[place];
        if (is_suspected(suspicion, place) || reference == 0 ||
            reference == suspicion->keys[place] || !wh_postgres_known_is_absent(gone, reference))
            continue;
        *result_at(suspicion, place) = (uint8_t)suspicion->mark;
        *ret_any = true;
        WH_TRY(add_gone(suspicion, place, err));
    }
    return WH_OK;
}

/** Rows that refer to a suspect of this look will not find it;
 *  nor will those that refer to them. */
static wh_code spread(struct suspicion *suspicion, struct wh_error *err)
{
    struct wh_postgres_deferred *deferred = suspicion->writer->deferred;
    bool any = true;
    hash_rows(suspicion);
    if (deferred->gone_since != suspicion->writer->destination->enforced)
        wh_postgres_known_forget(&deferred->gone);
    deferred->gone_since = suspicion->writer->destination->enforced;
    for (size_t i = 0; i < suspicion->request->selection->count; i++)
        if (is_suspected(suspicion, i))
            WH_TRY(add_gone(suspicion, i, err));
    for (bool is_backward = true; any; is_backward = !is_backward)
        WH_TRY(spread_once(suspicion, is_backward, &any, err));
    return WH_OK;
}

/* ---- suspects -------------------------------------------------------------------------------- */

/** Foreign keys are asked for that hold no NULL. */
static bool is_asked_about(struct suspicion *suspicion, size_t place)
{
    const struct wh_postgres_constraint *constraint = suspicion->constraint;
    const struct wh_column *columns = suspicion->request->columns;
    size_t row = suspicion->request->selection->rows[place];
    if (constraint->kind != WH_POSTGRES_FOREIGN_KEY)
        return true;
    if (wh_postgres_constraint_is_mixed(constraint, columns, row))
        *result_at(suspicion, place) = WH_ROW_PUT_OFF;
    for (size_t i = 0; i < constraint->column_count; i++)
        if (wh_column_is_null(&columns[constraint->columns[i]], row))
            return false;
    return true;
}

static wh_code suspect(struct suspicion *suspicion, struct wh_postgres_constraint *learnt,
                       struct wh_error *err)
{
    PGresult *answer WH_CLEANUP(wh_postgres_result_release) = NULL;
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_postgres_asked asked = {.constraint = suspicion->constraint,
                                      .columns = suspicion->request->columns,
                                      .rows = {.rows = rows}};
    for (size_t i = 0; i < suspicion->request->selection->count; i++)
        if (is_asked_about(suspicion, i))
            rows[asked.rows.count++] = suspicion->request->selection->rows[i];
    if (asked.rows.count == 0)
        return WH_OK;
    WH_TRY(wh_postgres_constraint_ask(suspicion->writer, &asked, &answer, err));
    learnt->cannot = answer == NULL;
    for (int i = 0; i < PQntuples(answer); i++) {
        size_t at = 0;
        WH_TRY(wh_postgres_constraint_answer(answer, i, 0, asked.rows.count, &at, err));
        suspicion->request->results[rows[at]] = (uint8_t)suspicion->mark;
    }
    return WH_OK;
}

wh_code wh_postgres_find_suspects(struct wh_writer *writer, struct wh_write_request *request,
                                  struct wh_error *err)
{
    struct suspicion suspicion = {.writer = writer, .request = request, .mark = WH_ROW_PUT_OFF};
    struct wh_postgres_constraint *learnt = NULL;
    WH_ASSERT(request->selection->count <= WH_BATCH_ROWS, err);
    WH_TRY(find_broken(writer, &learnt, err));
    if (learnt == NULL)
        return WH_OK;
    suspicion.constraint = learnt;
    if (request->lets_wait && request->kind == WH_WRITE_INSERT && learnt->is_to_itself)
        suspicion.mark = WH_ROW_WAITS;
    WH_TRY(suspect(&suspicion, learnt, err));
    return learnt->key_count > 0 ? spread(&suspicion, err) : WH_OK;
}

/* ---- rows that were refused ------------------------------------------------------------------ */

/** What is said of a unique or a foreign key names the value alone, of which it is true as long as
 *  another row has it, or none has. An exclusion constraint tells what stands against the row. What
 *  rows refer to may come with others of the table, and triggers may do anything. */
static enum wh_postgres_constraint_kind lasting_kind(const struct wh_writer *writer,
                                                     const char *sqlstate)
{
    bool is_foreign = strcmp(sqlstate, "23503") == 0 && !writer->table.refers_to_itself;
    if (writer->table.info.has_triggers)
        return WH_POSTGRES_NO_CONSTRAINT;
    if (strcmp(sqlstate, "23505") == 0)
        return WH_POSTGRES_UNIQUE;
    return is_foreign ? WH_POSTGRES_FOREIGN_KEY : WH_POSTGRES_NO_CONSTRAINT;
}

wh_code wh_postgres_find_stuck(struct wh_writer *writer, struct wh_write_request *request,
                               const char *sqlstate, struct wh_str constraint, struct wh_error *err)
{
    struct suspicion suspicion = {.writer = writer, .request = request, .mark = WH_ROW_PUT_OFF};
    struct wh_postgres_broken broken = {.table = ""};
    struct wh_postgres_constraint *learnt = NULL;
    enum wh_postgres_constraint_kind kind = lasting_kind(writer, sqlstate);
    WH_ASSERT(request->selection->count <= WH_BATCH_ROWS, err);
    if (kind == WH_POSTGRES_NO_CONSTRAINT || constraint.len == 0 ||
        constraint.len >= sizeof(broken.constraint))
        return WH_OK;
    memcpy(broken.constraint, constraint.ptr, constraint.len);
    WH_TRY(need_deferred(writer, err));
    WH_TRY(learn(writer, &writer->deferred->any, &broken, kind, &learnt, err));
    if (learnt == NULL)
        return WH_OK;
    suspicion.constraint = learnt;
    return suspect(&suspicion, learnt, err);
}

/* ---- taking out ------------------------------------------------------------------------------ */

/** Whoever refers to the table is looked through for each row that is deleted:
 *  with an index that is nothing. */
wh_code wh_postgres_can_take_out(struct wh_writer *writer, bool *ret, struct wh_error *err)
{
    static const char sql[] =
        "SELECT FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' "
        "AND c.confrelid = $1::pg_catalog.oid AND (c.confdeltype IN ('c', 'n', 'd') OR NOT EXISTS "
        "(SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.conrelid AND i.indisvalid "
        "AND i.indpred IS NULL AND i.indkey[0] = ANY (c.conkey))) LIMIT 1";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query_about(writer->destination, sql, writer->table.oid, &rows, err));
    *ret = !writer->table.info.has_triggers && PQntuples(rows) == 0;
    return WH_OK;
}
