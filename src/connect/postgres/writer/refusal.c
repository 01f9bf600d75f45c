/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/refusal.h"

#include <stdio.h>

#include "connect/postgres/writer/deferred.h"
#include "data/fault.h"
#include "data/text.h"

/* The server's keys have no more columns (INDEX_MAX_KEYS). */
#define MAX_KEY_COLUMNS 32

/* Longer keys are not looked for in an error's words. */
#define MAX_KEY_SIZE 1024

/* Of each foreign key so many values are remembered. */
#define MAX_ABSENT 64

/* ---- by its line ----------------------------------------------------------------------------- */

/** The number of the row that an error's context names ("COPY person, line 78, column x", in any
 *  language); 0: none. */
static uint64_t named_line(const struct wh_writer *writer, const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str wanted;
    wh_arena_init(&scratch);
    if (context == NULL || wh_arena_format(&scratch, &wanted, NULL, "COPY %.*s, ",
                                           WH_FMT(writer->table.relation)) != WH_OK)
        return 0;
    const char *at = strstr(context, wanted.ptr);
    if (at == NULL)
        return 0;
    at += wanted.len;
    at += strcspn(at, "0123456789\n");
    int64_t line = 0;
    struct wh_str digits = wh_str_make(at, strspn(at, "0123456789"));
    return wh_int_parse(digits, &line) == WH_FAULT_NONE && line > 0 ? (uint64_t)line : 0;
}

static size_t place_of_line(const struct wh_writer *writer, size_t first, size_t end, uint64_t line)
{
    for (size_t place = first; place < end && line > 0; place++) {
        line -= writer->places[place] == WH_POSTGRES_SENT;
        if (line == 0)
            return place;
    }
    return SIZE_MAX;
}

/* ---- by its key ------------------------------------------------------------------------------ */

/** What stands in "Key (a, b)=(1, x) is not present in table …", in any language. */
struct named_key {
    size_t columns[MAX_KEY_COLUMNS]; /* as the writer counts them */
    size_t count;
    const char *values; /* "1, x) is not …" */
};

static bool add_column(const struct wh_writer *writer, struct wh_str name, struct named_key *key)
{
    for (size_t i = 0; i < writer->column_count && key->count < MAX_KEY_COLUMNS; i++) {
        if (!wh_str_equal(writer->table.info.columns[writer->columns[i]].name, name))
            continue;
        key->columns[key->count++] = i;
        return true;
    }
    return false;
}

/** False where the error names no key of columns that the writer has. */
static bool read_key(const struct wh_writer *writer, const char *detail, struct named_key *key)
{
    const char *name = strchr(detail, '(');
    const char *end = name != NULL ? strstr(name, ")=(") : NULL;
    *key = (struct named_key){.count = 0};
    if (end == NULL)
        return false;
    for (name++; name < end;) {
        const char *comma = strstr(name, ", ");
        const char *stop = comma != NULL && comma < end ? comma : end;
        if (!add_column(writer, wh_str_make(name, (size_t)(stop - name)), key))
            return false;
        name = stop == end ? end : stop + 2;
    }
    key->values = end + 3;
    return key->count > 0;
}

/** The row's values of such columns, as the error writes them behind "=(": "1, x)". NONE where some
 *  is NULL, or all are longer than what is worth remembering. */
static struct wh_str key_text(const struct wh_writer *writer, const size_t *columns, size_t count,
                              size_t row, struct wh_arena *scratch)
{
    char *room = wh_arena_bytes(scratch, MAX_KEY_SIZE);
    size_t len = 0;
    for (size_t i = 0; i < count && room != NULL; i++) {
        const struct wh_column *column = &writer->values[columns[i]];
        struct wh_str text = WH_STR("");
        if (wh_column_is_null(column, row) ||
            wh_value_print(column, row, scratch, &text) != WH_FAULT_NONE ||
            text.len + 2 > MAX_KEY_SIZE - len)
            return WH_STR_NONE;
        if (text.len > 0)
            memcpy(room + len, text.ptr, text.len);
        len += text.len;
        room[len++] = i + 1 < count ? ',' : ')';
        if (i + 1 < count)
            room[len++] = ' ';
    }
    return room != NULL ? wh_str_make(room, len) : WH_STR_NONE;
}

static bool has_key(const struct wh_writer *writer, const struct named_key *key, size_t row,
                    struct wh_arena *scratch)
{
    struct wh_str text = key_text(writer, key->columns, key->count, row, scratch);
    return text.ptr != NULL && strncmp(key->values, text.ptr, text.len) == 0;
}

/* ---- absent keys ----------------------------------------------------------------------------- */

/** The columns of a foreign key, and values of it that are absent. */
struct wh_postgres_absent {
    size_t columns[MAX_KEY_COLUMNS];
    size_t count;
    struct wh_str values[MAX_ABSENT];
    size_t value_count;
    struct wh_postgres_absent *next;
};

static bool is_absent(const struct wh_postgres_absent *absent, struct wh_str values)
{
    for (size_t i = 0; i < absent->value_count; i++)
        if (wh_str_equal(absent->values[i], values))
            return true;
    return false;
}

static struct wh_postgres_absent *find_absent(struct wh_writer *writer, const struct named_key *key)
{
    for (struct wh_postgres_absent *at = writer->absent; at != NULL; at = at->next)
        if (at->count == key->count &&
            memcmp(at->columns, key->columns, key->count * sizeof(*key->columns)) == 0)
            return at;
    struct wh_postgres_absent *made = WH_ARENA_NEW(&writer->arena, struct wh_postgres_absent);
    if (made == NULL)
        return NULL;
    memcpy(made->columns, key->columns, sizeof(made->columns));
    made->count = key->count;
    made->next = writer->absent;
    writer->absent = made;
    return made;
}

/** What cannot be remembered costs tries, no more. */
static void remember_absent(struct wh_writer *writer, const struct named_key *key, size_t row,
                            struct wh_arena *scratch)
{
    struct wh_str values = key_text(writer, key->columns, key->count, row, scratch);
    struct wh_postgres_absent *absent = find_absent(writer, key);
    if (absent == NULL || absent->value_count == MAX_ABSENT || is_absent(absent, values))
        return;
    if (wh_arena_copy(&writer->arena, values, &absent->values[absent->value_count], NULL) == WH_OK)
        absent->value_count++;
}

static bool refers_to_absent(const struct wh_writer *writer, size_t row, struct wh_arena *scratch)
{
    for (const struct wh_postgres_absent *at = writer->absent; at != NULL; at = at->next) {
        struct wh_str values = key_text(writer, at->columns, at->count, row, scratch);
        if (values.ptr != NULL && is_absent(at, values))
            return true;
    }
    return false;
}

size_t wh_postgres_first_absent(const struct wh_writer *writer, size_t first, size_t end)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (; first < end && writer->absent != NULL; first++) {
        wh_arena_reset(&scratch, 1 << 12);
        if (writer->places[first] == WH_POSTGRES_SENT &&
            refers_to_absent(writer, writer->inserts->rows[first], &scratch))
            return first;
    }
    return end;
}

/* ---- the row --------------------------------------------------------------------------------- */

/** A row may come together with the one that it refers to; and of a key that is looked at when all
 *  is written no other row takes harm. */
static bool is_remembered(const struct wh_writer *writer, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    return strcmp(state, "23503") == 0 && !writer->table.refers_to_itself &&
           (name == NULL || !wh_postgres_is_deferred(writer, name));
}

/** Foreign keys, and deferrable constraints, are looked at when the statement ends, in the order of
 *  the rows: no line is named, but the first row's values are. */
static size_t place_of_key(struct wh_writer *writer, const PGresult *result, size_t first,
                           size_t end)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct named_key key;
    wh_arena_init(&scratch);
    bool names_key = state != NULL && (strcmp(state, "23503") == 0 || strcmp(state, "23505") == 0 ||
                                       strcmp(state, "23P01") == 0);
    if (!names_key || detail == NULL || !read_key(writer, detail, &key))
        return SIZE_MAX;
    for (size_t place = first; place < end; place++) {
        wh_arena_reset(&scratch, 1 << 12);
        if (writer->places[place] != WH_POSTGRES_SENT ||
            !has_key(writer, &key, writer->inserts->rows[place], &scratch))
            continue;
        if (is_remembered(writer, result))
            remember_absent(writer, &key, writer->inserts->rows[place], &scratch);
        return place;
    }
    return SIZE_MAX;
}

size_t wh_postgres_refused_place(struct wh_writer *writer, const PGresult *result, size_t first,
                                 size_t end)
{
    uint64_t line = named_line(writer, result);
    return line > 0 ? place_of_line(writer, first, end, line)
                    : place_of_key(writer, result, first, end);
}
