/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/refusal.h"

#include "data/fault.h"
#include "data/text.h"

/* The server's keys have no more columns (INDEX_MAX_KEYS). */
#define MAX_KEY_COLUMNS 32

/* ---- by its line ----------------------------------------------------------------------------------- */

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
        line -= !writer->is_there[place];
        if (line == 0)
            return place;
    }
    return SIZE_MAX;
}

/* ---- by its key ------------------------------------------------------------------------------------ */

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

static bool has_key(const struct wh_writer *writer, const struct named_key *key, size_t row,
                    struct wh_arena *scratch)
{
    const char *at = key->values;
    for (size_t i = 0; i < key->count; i++) {
        const struct wh_column *column = &writer->values[key->columns[i]];
        const char *separator = i + 1 < key->count ? ", " : ")";
        struct wh_str text = WH_STR("");
        if (wh_column_is_null(column, row) ||
            wh_value_print(column, row, scratch, &text) != WH_FAULT_NONE ||
            (text.len > 0 && strncmp(at, text.ptr, text.len) != 0) ||
            strncmp(at + text.len, separator, strlen(separator)) != 0)
            return false;
        at += text.len + strlen(separator);
    }
    return true;
}

/** Foreign keys are looked at when the statement ends, in the order of the rows: no line is named, but
 *  the first row's values are. */
static size_t place_of_key(const struct wh_writer *writer, const PGresult *result, size_t first,
                           size_t end)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct named_key key;
    wh_arena_init(&scratch);
    if (state == NULL || strcmp(state, "23503") != 0 || detail == NULL ||
        !read_key(writer, detail, &key))
        return SIZE_MAX;
    for (size_t place = first; place < end; place++) {
        wh_arena_reset(&scratch, 1 << 12);
        if (!writer->is_there[place] &&
            has_key(writer, &key, writer->inserts->rows[place], &scratch))
            return place;
    }
    return SIZE_MAX;
}

size_t wh_postgres_refused_place(const struct wh_writer *writer, const PGresult *result,
                                 size_t first, size_t end)
{
    uint64_t line = named_line(writer, result);
    return line > 0 ? place_of_line(writer, first, end, line)
                    : place_of_key(writer, result, first, end);
}
