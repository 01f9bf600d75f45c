/* SPDX-License-Identifier: Apache-2.0 */
/** Whether texts have only characters that the database's encoding has. */
#ifndef WH_CONNECT_POSTGRES_WRITER_CHECK_CHARACTERS_H
#define WH_CONNECT_POSTGRES_WRITER_CHECK_CHARACTERS_H

#include "connect/postgres/writer/writer.h"

/** See struct wh_destination_functions.check: CHARACTER for each text that has others. For
 *  databases with a repertoire. */
WH_MUST_CHECK wh_code wh_postgres_check_characters(struct wh_writer *writer, size_t column,
                                                   const struct wh_column *values,
                                                   const struct wh_selection *selection,
                                                   uint8_t *faults, struct wh_error *err);

/** See struct wh_destination_functions.explain: names the first such character. */
wh_code wh_postgres_explain(const struct wh_writer *writer, uint8_t fault, struct wh_str text,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

#endif
