/* SPDX-License-Identifier: Apache-2.0 */
/** Rows that hand unique values on to each other, see struct wh_destination_functions. */
#ifndef WH_CONNECT_POSTGRES_WRITER_EXCHANGE_H
#define WH_CONNECT_POSTGRES_WRITER_EXCHANGE_H

#include "connect/postgres/writer/writer.h"

wh_code wh_postgres_exchange(struct wh_writer *writer, struct wh_write_request *requests,
                             size_t count, struct wh_error *err);

#endif
