/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/check_characters.h"

#include "base/error.h"
#include "connect/postgres/writer/check_text.h"

wh_code wh_postgres_check_characters(struct wh_writer *writer, size_t column,
                                     const struct wh_column *values,
                                     const struct wh_selection *selection, uint8_t *faults,
                                     struct wh_error *err)
{
    const struct wh_postgres_repertoire *repertoire = writer->destination->repertoire;
    if (!repertoire->is_known)
        return wh_postgres_check_texts(writer, column, values, selection, faults, err);
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        if (!wh_column_is_null(values, row) &&
            wh_postgres_find_lacking(repertoire, values->values.texts[row]).len > 0)
            faults[row] = WH_FAULT_CHARACTER;
    }
    return WH_OK;
}

wh_code wh_postgres_explain(const struct wh_writer *writer, uint8_t fault, struct wh_str text,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_postgres_repertoire *repertoire = writer->destination->repertoire;
    *ret = WH_STR_NONE;
    if (fault != WH_FAULT_CHARACTER || repertoire == NULL)
        return WH_OK;
    if (!repertoire->is_known)
        return wh_arena_format(arena, ret, err,
                               "holds a character that the database's encoding %s lacks",
                               repertoire->encoding);
    struct wh_str lacking = wh_postgres_find_lacking(repertoire, text);
    return wh_arena_format(arena, ret, err,
                           "holds '%.*s' (U+%04X), which the database's encoding %s lacks",
                           WH_FMT(lacking), wh_postgres_character(lacking), repertoire->encoding);
}
