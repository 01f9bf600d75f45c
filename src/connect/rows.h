/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows between the engine and a table of a destination: what is asked of a writer, and what it
 * answers. What its functions do with them: destination.h.
 */
#ifndef WH_CONNECT_ROWS_H
#define WH_CONNECT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/grace.h"
#include "data/column.h"
#include "data/schema.h"

/** Rows of the largest insert: of nearly any group,
 *  unless a single writer's rows come in no order. */
enum { WH_INSERT_ROWS = 60 << 10 };

/** Versions that one mark may be of: rows that were inserted, and rows that were updated. */
enum { WH_MARK_VERSIONS = 2 };

/** What became of one row that was handed to a writer. */
enum wh_row_result {
    WH_ROW_NOT_TRIED = 0,
    WH_ROW_WRITTEN,
    WH_ROW_MISSED,  /* the row found is not the row expected: look again */
    WH_ROW_REFUSED, /* the destination refused it: see the write's error */
    WH_ROW_PUT_OFF, /* not tried yet, though rows behind it were: write again with what is left */
    WH_ROW_WAITS /* not tried: it refers to a row of the table that is not there, see lets_wait */
};

/**
 * A stored value that its column's type cannot hold, or that is not stored in the form in which
 * wherry writes it (the text 'n/a' in an INTEGER column of SQLite, 2020-1-5 in a DATE column). It
 * equals no value: a comparison calls it different, and an image shows its text.
 */
struct wh_odd_value {
    uint16_t row;
    uint16_t column;     /* the writer's */
    uint8_t storage;     /* the connector's own: with `number` and `bytes` the very value */
    int64_t number;      /* the connector's own */
    struct wh_str text;  /* for people; valid UTF-8 */
    struct wh_str bytes; /* the connector's own */
};

/** Writes of one kind, for at most WH_BATCH_ROWS rows of one table (inserts:
 *  see WH_INSERTS_MANY). */
enum wh_write_kind { WH_WRITE_INSERT = 1, WH_WRITE_UPDATE, WH_WRITE_DELETE };

struct wh_write_request {
    enum wh_write_kind kind;
    const struct wh_column *columns; /* the writer's columns, typed as its table's */
    const struct wh_column *before;  /* UPDATE, DELETE: the same columns as they were read */
    const struct wh_odd_value *odd;  /* UPDATE, DELETE: of the found rows, as they were read */
    size_t odd_count;
    int64_t *versions;     /* UPDATE: of the found rows, as they were read; NULL: not known */
    const bool *differing; /* UPDATE: columns that some row is to change; NULL: any may be */
    const struct wh_selection *selection;
    /* enum wh_row_result, one a row of the batch: NOT_TRIED, or what an earlier write with this
     * selection, or the beginning of a longer one, left there. */
    uint8_t *results;
    /* UPDATE: rows that want unique values of other rows may be PUT_OFF, for `exchange`;
     * see `write`. */
    bool puts_off;
    /* INSERT: rows that refer to a row of their own table which is not there may be left untried,
     * as WAITS: the caller tries them again when others are written. */
    bool lets_wait;
    /* Asked between two tries: WH_CANCELLED where rows are refused one after the other and the user
     * has waited long enough; WH_CANCEL_NOW is heard at once. NULL: never. */
    struct wh_grace *grace;
    /* INSERT, WH_WRITES_APART: called, perhaps many times, once most of the rows that are tried
     * together have been handed over: it is nearly another writer's turn. NULL: nobody waits. */
    void (*most_sent)(void *ctx);
    void *most_sent_ctx;
    size_t stopped_at; /* out: position in the selection after the last row tried */
};

/** What is at a key; all but the first mean that there is a row. */
enum wh_found_row {
    WH_FOUND_NOTHING = 0,
    WH_FOUND_ROW,
    WH_FOUND_ODD_ROW, /* at least one of its values is in `odd`, and NULL in `columns` */
    WH_FOUND_SAME     /* with the very values of the asking row, of which `columns` tell nothing */
};

/** Rows read from the destination for a batch of keys, in the arena of the fetch. */
struct wh_found {
    struct wh_column *columns;      /* the writer's columns, by row of the asking batch */
    uint8_t *is_there;              /* enum wh_found_row, one a row of the batch */
    const struct wh_odd_value *odd; /* by row, then column, ascending */
    size_t odd_count;
    /* By row: no write leaves it as it is; NULL: the destination does not tell. */
    int64_t *versions;
    bool *differing; /* by column, set by who compared the rows; NULL: nobody did */
    /* Set by who asks: all columns of the asking rows hold their values, and rows that are the same
     * may be told as WH_FOUND_SAME. */
    bool tells_same;
    /* Likewise: nothing is wanted but whether rows are there, and their versions.
     * `columns` stays NULL. */
    bool only_versions;
    /* Likewise, with only_versions: one row is asked for, which was inserted in the open
     * transaction, and need not be found where it is not among the newest of the table. */
    bool are_newest;
};

/** The odd value at @p row and @p column, NULL where what is there is in the columns. */
const struct wh_odd_value *wh_found_odd(const struct wh_found *found, size_t row, size_t column);

struct wh_writer_request {
    struct wh_str table;
    const struct wh_table_info *planned; /* as the indexes are of it; NULL: as it is now */
    const size_t *columns; /* indexes of the table's columns that are written or compared */
    size_t column_count;
    const size_t *match; /* indexes into `columns`: those that identify the row */
    size_t match_count;
    const bool *insert_only; /* one a column: written on insert, never compared */
};

/** Refuses columns of @p table, as it is now, that the system computes itself, and those that
 *  are not what stood in their place when the request was planned. WH_INVALID. */
WH_MUST_CHECK wh_code wh_writer_check_columns(const struct wh_writer_request *request,
                                              const struct wh_table_info *table,
                                              struct wh_error *err);

/** True where the match columns are those of a key of @p table, in any order. */
bool wh_writer_matches_key(const struct wh_writer_request *request,
                           const struct wh_table_info *table);

#endif
