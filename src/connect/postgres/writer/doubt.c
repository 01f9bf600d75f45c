/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/doubt.h"

#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/writer/known_keys.h"
#include "connect/postgres/writer/waiting.h"

/* So many constraints are learnt at most. */
#define MAX_LEARNT 16

/* What so many rows in a row did not break is asked for no longer, until a row is refused for it
 * again: to ask costs a group about a quarter of what a row that was not foreseen costs it. */
#define MAX_IDLE ((size_t)1 << 16)

/* An insert of fewer rows puts off none. */
#define LEAST_ROWS 128

/* Rows put off in vain that are borne with, beyond those that were put off with reason. */
#define MAX_VAIN 16

/** A constraint that rows were refused for. */
struct learnt {
    struct wh_postgres_constraint *constraint;
    bool is_looked_for;
    size_t idle;                         /* rows in a row that did not break it */
    struct wh_postgres_known_keys known; /* of a foreign key */
};

struct wh_postgres_doubts {
    struct learnt *learnt[MAX_LEARNT]; /* in the writer's arena */
    size_t count;
    size_t right; /* rows that were put off and then refused … */
    size_t vain;  /* … and those that were not */
    /* Of the rows that a question is about: WH_INSERT_ROWS of each. */
    uint16_t *rows;
    uint16_t *places;
    uint64_t *hashes; /* by place, of a foreign key's values; 0: no such key */
    struct wh_postgres_waiting waiting;
};

bool wh_postgres_puts_off(const struct wh_writer *writer, size_t rows)
{
    return rows >= LEAST_ROWS && !writer->table.info.has_triggers;
}

void wh_postgres_doubts_free(struct wh_postgres_doubts *doubts)
{
    for (size_t i = 0; doubts != NULL && i < doubts->count; i++)
        wh_postgres_known_release(&doubts->learnt[i]->known);
    free(doubts);
}

static bool has_given_up(const struct wh_postgres_doubts *doubts)
{
    return doubts->vain > doubts->right + MAX_VAIN;
}

void wh_postgres_doubt_was(struct wh_writer *writer, bool right)
{
    struct wh_postgres_doubts *doubts = writer->doubts;
    if (doubts == NULL)
        return;
    *(right ? &doubts->right : &doubts->vain) += 1;
    /* What was absent may have come. */
    for (size_t i = 0; i < doubts->count && !right; i++)
        wh_postgres_known_forget(&doubts->learnt[i]->known);
}

/* ---- learning -------------------------------------------------------------------------------- */

static wh_code need_doubts(struct wh_writer *writer, struct wh_error *err)
{
    if (writer->doubts != NULL)
        return WH_OK;
    struct wh_postgres_doubts *doubts = calloc(1, sizeof(*doubts));
    if (doubts == NULL)
        return wh_error_no_memory(err, sizeof(*doubts));
    writer->doubts = doubts;
    doubts->rows = wh_arena_array(&writer->arena, WH_INSERT_ROWS, sizeof(*doubts->rows));
    doubts->places = wh_arena_array(&writer->arena, WH_INSERT_ROWS, sizeof(*doubts->places));
    doubts->hashes = wh_arena_array(&writer->arena, WH_INSERT_ROWS, sizeof(*doubts->hashes));
    if (doubts->rows == NULL || doubts->places == NULL || doubts->hashes == NULL)
        return wh_error_no_memory(err, WH_INSERT_ROWS * sizeof(*doubts->hashes));
    return WH_OK;
}

static struct learnt *find_learnt(const struct wh_postgres_doubts *doubts,
                                  enum wh_postgres_constraint_kind kind, const char *name)
{
    for (size_t i = 0; i < doubts->count; i++) {
        struct learnt *learnt = doubts->learnt[i];
        if (learnt->constraint->kind == kind && wh_str_is(learnt->constraint->name, name))
            return learnt;
    }
    return NULL;
}

/** True where the constraint can be asked about and is not, and there is room to remember it. */
static bool is_new(const struct wh_postgres_doubts *doubts, enum wh_postgres_constraint_kind kind,
                   const char *name)
{
    for (; kind != WH_POSTGRES_NO_CONSTRAINT; kind = wh_postgres_constraint_other(kind)) {
        const struct learnt *learnt = find_learnt(doubts, kind, name);
        if (learnt == NULL ? doubts->count < MAX_LEARNT
                           : !learnt->constraint->cannot && !learnt->is_looked_for)
            return true;
    }
    return false;
}

bool wh_postgres_is_new(const struct wh_writer *writer)
{
    const struct wh_postgres_broken *broken = &writer->destination->broken;
    enum wh_postgres_constraint_kind kind = wh_postgres_constraint_kind_of(broken->sqlstate);
    if (kind == WH_POSTGRES_NO_CONSTRAINT || broken->constraint[0] == '\0' ||
        broken->table[0] == '\0')
        return false;
    return writer->doubts == NULL ||
           (!has_given_up(writer->doubts) && is_new(writer->doubts, kind, broken->constraint));
}

/** Rows that refer to each other are found by the bytes of their keys, all of which are to be there
 *  and to travel in one form. */
static bool can_follow(const struct wh_writer *writer,
                       const struct wh_postgres_constraint *constraint)
{
    if (constraint->key_count != constraint->column_count)
        return false;
    for (size_t i = 0; i < constraint->key_count; i++)
        if (wh_postgres_constraint_form(writer, constraint->keys[i]) !=
            wh_postgres_constraint_form(writer, constraint->columns[i]))
            return false;
    return true;
}

static wh_code add_learnt(struct wh_writer *writer, enum wh_postgres_constraint_kind kind,
                          struct wh_error *err)
{
    struct learnt *learnt = WH_ARENA_NEW(&writer->arena, struct learnt);
    if (learnt == NULL)
        return wh_error_no_memory(err, sizeof(*learnt));
    WH_TRY(wh_postgres_constraint_read(writer, &writer->destination->broken, kind,
                                       &learnt->constraint, err));
    if (learnt->constraint->is_to_itself && !can_follow(writer, learnt->constraint))
        learnt->constraint->cannot = true;
    writer->doubts->learnt[writer->doubts->count++] = learnt;
    return WH_OK;
}

wh_code wh_postgres_learn(struct wh_writer *writer, bool *ret_is_news, struct wh_error *err)
{
    const char *name = writer->destination->broken.constraint;
    enum wh_postgres_constraint_kind kind =
        wh_postgres_constraint_kind_of(writer->destination->broken.sqlstate);
    *ret_is_news = false;
    WH_TRY(need_doubts(writer, err));
    struct wh_postgres_doubts *doubts = writer->doubts;
    for (; kind != WH_POSTGRES_NO_CONSTRAINT; kind = wh_postgres_constraint_other(kind)) {
        if (find_learnt(doubts, kind, name) == NULL && doubts->count < MAX_LEARNT)
            WH_TRY(add_learnt(writer, kind, err));
        struct learnt *learnt = find_learnt(doubts, kind, name);
        if (learnt == NULL || learnt->constraint->cannot)
            continue;
        *ret_is_news |= !learnt->is_looked_for;
        learnt->is_looked_for = true;
        learnt->idle = 0;
    }
    return WH_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/** NULL in *ret where the server does not answer: the constraint is asked about no more. */
static wh_code ask(struct wh_writer *writer, struct learnt *learnt,
                   const struct wh_postgres_asked *asked, PGresult **ret, struct wh_error *err)
{
    WH_TRY(wh_postgres_constraint_ask(writer, asked, ret, err));
    if (*ret != NULL)
        return WH_OK;
    learnt->constraint->cannot = true;
    learnt->is_looked_for = false;
    return WH_OK;
}

/** The rows in writer->doubts->rows, of which there are @p count,
 *  that the constraint stands against. */
static wh_code ask_inserts(struct wh_writer *writer, struct learnt *learnt, size_t count,
                           PGresult **ret, struct wh_error *err)
{
    struct wh_postgres_asked asked = {.constraint = learnt->constraint,
                                      .columns = writer->values,
                                      .rows = {.rows = writer->doubts->rows, .count = count}};
    return ask(writer, learnt, &asked, ret, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/** False where all that stands against the row is put off itself, and may not come to be there: of
 *  bookings that overlap one another in a chain the second is bad, and the third is not. */
static wh_code is_bad_row(const struct wh_writer *writer, const PGresult *answer, int at,
                          size_t count, bool *ret, struct wh_error *err)
{
    size_t first = 0;
    size_t last = 0;
    *ret = true;
    if (PQnfields(answer) == 1)
        return WH_OK;
    WH_TRY(wh_postgres_constraint_answer(answer, at, 1, count, &first, err));
    WH_TRY(wh_postgres_constraint_answer(answer, at, 2, count, &last, err));
    *ret = first != last || writer->places[writer->doubts->places[first]] != WH_POSTGRES_PUT_OFF;
    return WH_OK;
}

/** All rows are asked about. */
static wh_code doubt_rows(struct wh_writer *writer, struct learnt *learnt, size_t first, size_t end,
                          struct wh_error *err)
{
    PGresult *answer WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_doubts *doubts = writer->doubts;
    size_t count = 0;
    for (size_t place = first; place < end; place++) {
        if (writer->places[place] != WH_POSTGRES_SENT)
            continue;
        doubts->rows[count] = writer->inserts->rows[place];
        doubts->places[count++] = (uint16_t)place;
    }
    if (count == 0)
        return WH_OK;
    WH_TRY(ask_inserts(writer, learnt, count, &answer, err));
    learnt->idle += count;
    for (int i = 0; i < PQntuples(answer); i++) {
        size_t at = 0;
        bool is_bad = false;
        WH_TRY(wh_postgres_constraint_answer(answer, i, 0, count, &at, err));
        WH_TRY(is_bad_row(writer, answer, i, count, &is_bad, err));
        if (!is_bad)
            continue;
        writer->places[doubts->places[at]] = WH_POSTGRES_PUT_OFF;
        learnt->idle = 0;
    }
    return WH_OK;
}

/** Hashes all keys; of those that are new one row each stands in doubts->rows. */
static wh_code collect_keys(struct wh_writer *writer, struct learnt *learnt, size_t first,
                            size_t end, size_t *ret_count, struct wh_error *err)
{
    struct wh_postgres_doubts *doubts = writer->doubts;
    *ret_count = 0;
    if (learnt->known.count + (end - first) > WH_POSTGRES_KNOWN_KEYS)
        wh_postgres_known_forget(&learnt->known);
    for (size_t place = first; place < end; place++) {
        size_t row = writer->inserts->rows[place];
        bool is_new = false;
        if (writer->places[place] != WH_POSTGRES_SENT)
            continue;
        doubts->hashes[place] =
            wh_postgres_constraint_hash(writer, learnt->constraint->columns,
                                        learnt->constraint->column_count, writer->values, row);
        if (doubts->hashes[place] != 0)
            WH_TRY(wh_postgres_known_add(&learnt->known, doubts->hashes[place], &is_new, err));
        if (!is_new)
            continue;
        doubts->rows[*ret_count] = (uint16_t)row;
        doubts->places[(*ret_count)++] = (uint16_t)place;
    }
    return WH_OK;
}

static wh_code ask_for_keys(struct wh_writer *writer, struct learnt *learnt, size_t count,
                            struct wh_error *err)
{
    PGresult *answer WH_CLEANUP(wh_postgres_result_release) = NULL;
    const struct wh_postgres_doubts *doubts = writer->doubts;
    WH_TRY(ask_inserts(writer, learnt, count, &answer, err));
    for (int i = 0; i < PQntuples(answer); i++) {
        size_t at = 0;
        WH_TRY(wh_postgres_constraint_answer(answer, i, 0, count, &at, err));
        wh_postgres_known_mark_absent(&learnt->known, doubts->hashes[doubts->places[at]]);
    }
    return WH_OK;
}

/** Only keys that were not asked for before are asked for. */
static wh_code look_for_keys(struct wh_writer *writer, struct learnt *learnt, size_t first,
                             size_t end, struct wh_error *err)
{
    size_t count = 0;
    WH_TRY(collect_keys(writer, learnt, first, end, &count, err));
    if (count == 0)
        return WH_OK;
    wh_code rc = ask_for_keys(writer, learnt, count, err);
    if (rc != WH_OK)
        wh_postgres_known_forget(&learnt->known);
    return rc;
}

static wh_code doubt_keys(struct wh_writer *writer, struct learnt *learnt, size_t first, size_t end,
                          struct wh_error *err)
{
    const struct wh_postgres_doubts *doubts = writer->doubts;
    WH_TRY(look_for_keys(writer, learnt, first, end, err));
    for (size_t place = first; place < end && learnt->is_looked_for; place++) {
        if (writer->places[place] != WH_POSTGRES_SENT)
            continue;
        bool is_absent = doubts->hashes[place] != 0 &&
                         wh_postgres_known_is_absent(&learnt->known, doubts->hashes[place]);
        bool is_bad =
            is_absent || wh_postgres_constraint_is_mixed(learnt->constraint, writer->values,
                                                         writer->inserts->rows[place]);
        learnt->idle = is_bad ? 0 : learnt->idle + 1;
        if (is_bad)
            writer->places[place] = WH_POSTGRES_PUT_OFF;
    }
    return WH_OK;
}

/** Of a foreign key to the table itself, one time of several: what is marked for another constraint
 *  lets more rows wait. */
static wh_code doubt_references(struct wh_writer *writer, struct learnt *learnt, size_t first,
                                size_t end, size_t *marked, struct wh_error *err)
{
    const struct wh_postgres_doubts *doubts = writer->doubts;
    size_t count = 0;
    struct wh_postgres_referring referring = {.constraint = learnt->constraint,
                                              .references = doubts->hashes,
                                              .known = &learnt->known,
                                              .first = first,
                                              .end = end};
    WH_TRY(look_for_keys(writer, learnt, first, end, err));
    if (!learnt->is_looked_for)
        return WH_OK;
    for (size_t place = first; place < end; place++)
        if (writer->places[place] == WH_POSTGRES_SENT &&
            wh_postgres_constraint_is_mixed(learnt->constraint, writer->values,
                                            writer->inserts->rows[place]))
            writer->places[place] = WH_POSTGRES_PUT_OFF;
    WH_TRY(wh_postgres_mark_waiting(
        writer, &writer->doubts->waiting, &referring,
        writer->insert->lets_wait ? WH_POSTGRES_WAITS : WH_POSTGRES_PUT_OFF, &count, err));
    learnt->idle = count > 0 ? 0 : learnt->idle;
    *marked += count;
    return WH_OK;
}

static bool is_reference(const struct learnt *learnt)
{
    return learnt->is_looked_for && learnt->constraint->is_to_itself;
}

static wh_code doubt_all_references(struct wh_writer *writer, size_t first, size_t end,
                                    struct wh_error *err)
{
    const struct wh_postgres_doubts *doubts = writer->doubts;
    size_t marked;
    for (size_t i = 0; i < doubts->count; i++) {
        if (!is_reference(doubts->learnt[i]))
            continue;
        /* What was absent may have come with an earlier group. */
        wh_postgres_known_forget(&doubts->learnt[i]->known);
        doubts->learnt[i]->idle += end - first;
    }
    do {
        marked = 0;
        for (size_t i = 0; i < doubts->count; i++)
            if (is_reference(doubts->learnt[i]))
                WH_TRY(doubt_references(writer, doubts->learnt[i], first, end, &marked, err));
    } while (marked > 0);
    for (size_t i = 0; i < doubts->count; i++)
        doubts->learnt[i]->is_looked_for &= doubts->learnt[i]->idle < MAX_IDLE;
    return WH_OK;
}

wh_code wh_postgres_doubt(struct wh_writer *writer, size_t first, size_t end, struct wh_error *err)
{
    struct wh_postgres_doubts *doubts = writer->doubts;
    if (doubts == NULL || has_given_up(doubts))
        return WH_OK;
    for (size_t i = 0; i < doubts->count; i++) {
        struct learnt *learnt = doubts->learnt[i];
        if (!learnt->is_looked_for || is_reference(learnt))
            continue;
        if (learnt->constraint->kind == WH_POSTGRES_FOREIGN_KEY)
            WH_TRY(doubt_keys(writer, learnt, first, end, err));
        else
            WH_TRY(doubt_rows(writer, learnt, first, end, err));
        learnt->is_looked_for &= learnt->idle < MAX_IDLE;
    }
    return doubt_all_references(writer, first, end, err);
}

/* ---- updates --------------------------------------------------------------------------------- */

static bool looks_for(const struct learnt *learnt, enum wh_postgres_constraint_kind kind)
{
    return learnt->is_looked_for && learnt->constraint->kind == kind;
}

const struct wh_postgres_constraint *wh_postgres_learnt_unique(const struct wh_writer *writer,
                                                               size_t nth)
{
    const struct wh_postgres_doubts *doubts = writer->doubts;
    for (size_t i = 0; doubts != NULL && i < doubts->count; i++) {
        const struct learnt *learnt = doubts->learnt[i];
        if (looks_for(learnt, WH_POSTGRES_UNIQUE) && !learnt->constraint->is_partial && nth-- == 0)
            return learnt->constraint;
    }
    return NULL;
}

/** A row that keeps its value finds itself in the table, and takes nothing from anybody. */
static bool keeps_value(const struct wh_writer *writer,
                        const struct wh_postgres_constraint *constraint,
                        const struct wh_write_request *request, uint16_t row)
{
    const size_t *columns = constraint->columns;
    size_t count = constraint->column_count;
    uint64_t wanted = wh_postgres_constraint_hash(writer, columns, count, request->columns, row);
    return wanted != 0 &&
           wanted == wh_postgres_constraint_hash(writer, columns, count, request->before, row);
}

static wh_code doubt_changed(struct wh_writer *writer, struct learnt *learnt,
                             const struct wh_write_request *request, size_t first, bool *ret_any,
                             struct wh_error *err)
{
    PGresult *answer WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_asked asked = {.constraint = learnt->constraint,
                                      .columns = request->columns,
                                      .rows = {.rows = writer->doubts->rows}};
    for (size_t place = first; place < request->selection->count; place++) {
        uint16_t row = request->selection->rows[place];
        if (request->results[row] == WH_ROW_NOT_TRIED &&
            !keeps_value(writer, learnt->constraint, request, row))
            asked.rows.rows[asked.rows.count++] = row;
    }
    if (asked.rows.count == 0)
        return WH_OK;
    WH_TRY(ask(writer, learnt, &asked, &answer, err));
    for (int i = 0; i < PQntuples(answer); i++) {
        size_t at = 0;
        WH_TRY(wh_postgres_constraint_answer(answer, i, 0, asked.rows.count, &at, err));
        request->results[asked.rows.rows[at]] = WH_ROW_PUT_OFF;
        *ret_any = true;
    }
    return WH_OK;
}

wh_code wh_postgres_doubt_updates(struct wh_writer *writer, const struct wh_write_request *request,
                                  size_t first, bool *ret_any, struct wh_error *err)
{
    /* A row that wants what is in the table stands in nobody's way. */
    static const enum wh_postgres_constraint_kind kinds[] = {WH_POSTGRES_UNIQUE,
                                                             WH_POSTGRES_REPEATED};
    const struct wh_postgres_doubts *doubts = writer->doubts;
    *ret_any = false;
    for (size_t kind = 0; kind < WH_COUNT_OF(kinds); kind++)
        for (size_t i = 0; doubts != NULL && i < doubts->count; i++)
            if (looks_for(doubts->learnt[i], kinds[kind]))
                WH_TRY(doubt_changed(writer, doubts->learnt[i], request, first, ret_any, err));
    return WH_OK;
}
