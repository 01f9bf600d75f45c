/* SPDX-License-Identifier: Apache-2.0 */
/** Whether texts are what a type prints of the values that it reads them as:
 *  only the server knows. */
#ifndef WH_CONNECT_POSTGRES_WRITER_CHECK_TEXT_H
#define WH_CONNECT_POSTGRES_WRITER_CHECK_TEXT_H

#include "connect/postgres/writer/writer.h"

/** See struct wh_destination_functions.check: SYNTAX for what is no value of the column's type,
 *  INEXACT for what would read back as another text. */
WH_MUST_CHECK wh_code wh_postgres_check_texts(struct wh_writer *writer, size_t column,
                                              const struct wh_column *values,
                                              const struct wh_selection *selection, uint8_t *faults,
                                              struct wh_error *err);

#endif
