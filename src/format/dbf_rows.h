/* SPDX-License-Identifier: Apache-2.0 */
/** The bytes of a DBF file, as they come, into records: header, rows, what is deleted,
 *  and the end. */
#ifndef WH_FORMAT_DBF_ROWS_H
#define WH_FORMAT_DBF_ROWS_H

#include "base/buf.h"
#include "format/convert.h"
#include "format/dbf_header.h"
#include "format/dbf_memo.h"
#include "format/dbf_text.h"

/** A field that is a column. */
struct wh_dbf_column {
    const struct wh_dbf_field *field;
    struct wh_str name;
    struct wh_type type; /* that has room for all values so far */
};

struct wh_dbf_rows {
    const struct wh_convert_request *request;
    struct wh_arena *arena;  /* as long as the conversion */
    struct wh_arena scratch; /* as long as a record */
    struct wh_buf header;    /* until it is whole */
    size_t header_size;
    struct wh_buf rest; /* of a record that a piece of the file ended in */
    struct wh_buf out;  /* records, until they are handed over */
    struct wh_dbf_table table;
    struct wh_dbf_text text;
    struct wh_dbf_memo memo;
    struct wh_dbf_column *columns; /* NULL: the header is not yet whole */
    size_t column_count;
    uint64_t record_limit;
    uint64_t seen;          /* records of the file, whatever became of them */
    uint64_t deleted;       /* those among them that are left out */
    uint64_t undecodable;   /* those with a text that is none in its encoding */
    bool is_over;           /* behind the end mark */
    uint64_t behind;        /* bytes there */
    uint64_t memos_ignored; /* fields */
};

void wh_dbf_rows_init(struct wh_dbf_rows *rows, const struct wh_convert_request *request,
                      struct wh_arena *arena);
void wh_dbf_rows_release(struct wh_dbf_rows *rows);

/** Takes the next bytes of the file: a wh_take_bytes, @p ctx is the rows. */
wh_code wh_dbf_rows_take(void *ctx, struct wh_str bytes, struct wh_error *err);

/** The file is at its end: what it holds. WH_INVALID where it ends inside its header. */
WH_MUST_CHECK wh_code wh_dbf_rows_finish(struct wh_dbf_rows *rows, struct wh_converted *ret,
                                         struct wh_error *err);

/* ---- one record: dbf_record.c ---------------------------------------------------------------- */

/** Adds the values of a record, that is not yet ended in rows->out, or gives the reason why there
 *  is no row, in rows->scratch. */
WH_MUST_CHECK wh_code wh_dbf_record_read(struct wh_dbf_rows *rows, struct wh_str record,
                                         size_t start, struct wh_str *ret_reason,
                                         struct wh_error *err);

#endif
