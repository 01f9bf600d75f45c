/* SPDX-License-Identifier: Apache-2.0 */
/** Tables, columns and keys: what a system says that it holds, or is to hold. */
#ifndef WH_DATA_SCHEMA_H
#define WH_DATA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "data/type.h"

/** A column of a table. */
struct wh_column_info {
    struct wh_str name;
    struct wh_str declared; /* the type as the system names it */
    struct wh_type type;    /* what wherry reads it as, or writes to it */
    /* What a new table's column for its values is in PostgreSQL's words: "jsonb",
     * "numeric(20,4)"; ptr NULL: `type` says it all. A domain is `made_of` another type, for
     * systems that have none. */
    struct wh_str made_as;
    struct wh_str made_of;
    bool is_not_null;
    bool has_default;   /* a value appears where none is written (default, identity, rowid) */
    bool is_generated;  /* cannot be written */
    bool is_exact_text; /* the storage keeps text as it is */
    bool is_told_apart; /* of a source: what differs there differs as it is read, so that unique
                           values stay unique; false where that is not known */
};

/** How a file is written (format/write.h). */
struct wh_write_options;

/** Columns whose values are together unique. */
struct wh_key_info {
    const size_t *columns; /* indexes into the table's columns */
    size_t column_count;
    bool is_primary;
};

struct wh_table_info {
    struct wh_str name;
    uint64_t number; /* tells it from others of its system, whatever they are called; 0: unknown */
    const struct wh_column_info *columns;
    size_t column_count;
    const struct wh_key_info *keys; /* primary and unique, enforced by the system */
    size_t key_count;
    bool key_is_aside; /* keys[0] is not enforced now: wherry took it off to fill the table, and
                          puts it back */
    /* Of a source: columns that rows are read in the order of, if any. Places and chunks, which the
     * ledger holds, say their values. */
    const size_t *order;
    size_t order_count;
    bool has_triggers;                     /* something may alter what is written … */
    struct wh_str triggers;                /* … and these are their names */
    const struct wh_write_options *output; /* of a file that is written; NULL: nothing is stated */
};

/** The index of the column named @p name, SIZE_MAX where there is none. */
size_t wh_table_find_column(const struct wh_table_info *table, struct wh_str name);

#endif
