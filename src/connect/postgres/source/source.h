/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PostgreSQL as a source: one table, view or query of a database, read in one snapshot. What all
 * files of the source half share.
 *
 * All sources of a migration share a connection, which stays in a transaction that exports their
 * snapshot; each reader has a connection of its own in a transaction on that snapshot, and reads a
 * chunk by one COPY … TO STDOUT in binary.
 *
 * Rows have an order, in which chunks lie end to end and cover all that there may be (what a
 * resumed run finds in its own snapshot, too): that of the key, of the rows' places in the table
 * (ctid), or that in which the server gives them (one chunk). A row's position: with one whole
 * number from 0 to 2^48 - 1 as key that number; with a ctid its block and item; otherwise the chunk
 * and the row's ordinal in it.
 */
#ifndef WH_CONNECT_POSTGRES_SOURCE_SOURCE_H
#define WH_CONNECT_POSTGRES_SOURCE_SOURCE_H

#include "base/buf.h"
#include "connect/postgres/running.h"
#include "connect/postgres/source/steady.h"
#include "connect/postgres/table.h"
#include "connect/source.h"

#define WH_POSTGRES_MAX_SQL (16u << 20)

/** Numbers that fit a record's number (wh_record_number) beside a chunk's. */
#define WH_POSTGRES_MAX_OFFSET ((INT64_C(1) << 48) - 1)
#define WH_POSTGRES_MAX_CHUNKS 65535

enum wh_postgres_order {
    WH_POSTGRES_AS_GIVEN = 0,
    WH_POSTGRES_BY_NUMBER, /* a key of one whole number, whose values are the offsets */
    WH_POSTGRES_BY_KEY,
    WH_POSTGRES_BY_CTID
};

/** What the sources of one migration share: a snapshot,
 *  and connections in it (session.c). */
struct wh_postgres_snapshot;

/** Does not change once readers are open, so that those in many threads share it. */
struct wh_postgres_source {
    struct wh_arena arena;
    struct wh_postgres_snapshot *snapshot;
    struct wh_destination *connection;     /* the snapshot's: its transaction exports it */
    struct wh_destination_request request; /* what connections are opened with */
    struct wh_str query;                   /* the user's; ptr NULL: a table or view */
    struct wh_postgres_relation relation;  /* of a table or view */
    struct wh_table_info info;
    struct wh_column_info *columns;   /* info.columns, not yet const */
    struct wh_postgres_column *kinds; /* one a column */
    struct wh_type *types;            /* one a column */
    enum wh_postgres_order order;
    bool has_slices;         /* some column's values are bytes of the row */
    struct wh_str condition; /* what records are left out by, as SQL; "": none are */
    struct wh_str body;      /* SELECT … FROM …, to which a chunk's condition is added */
    uint64_t rows;           /* as the server estimates them; UINT64_MAX: it does not */
    uint64_t bytes;          /* of the table on disk */
    uint64_t least;          /* BY_NUMBER: of the keys … */
    uint64_t greatest;       /* … when the table was looked at */
    struct wh_postgres_steady steady;
    uint64_t cell; /* bytes a value may have */
    size_t batch_rows;
    const struct wh_cancel *cancel;
};

static inline struct wh_postgres_source *wh_postgres_source_from(struct wh_source *source)
{
    return (struct wh_postgres_source *)source;
}

extern const struct wh_source_functions wh_postgres_source_functions;

/** True for texts that the server takes in any case, whatever its encoding has. */
bool wh_postgres_source_takes(const struct wh_postgres_source *source, struct wh_str text);

/** Says which source an error is about. */
wh_code wh_postgres_source_failure(const struct wh_postgres_source *source, wh_code rc,
                                   struct wh_error *err);

/** Finds what is read, whether the role may, its columns and order. */
WH_MUST_CHECK wh_code wh_postgres_source_inspect(struct wh_postgres_source *source,
                                                 struct wh_str from, struct wh_error *err);

/* ---- sessions (session.c) ------------------------------------------------------------- */

/** Sets source->snapshot and connection: those of @p sibling, where there is one, otherwise new
 *  ones. Sources that share them are used by one thread at a time, but for their readers. */
WH_MUST_CHECK wh_code wh_postgres_source_begin(struct wh_postgres_source *source,
                                               const struct wh_postgres_source *sibling,
                                               struct wh_error *err);
/** Gives the source's share back. */
void wh_postgres_source_end(struct wh_postgres_source *source);

/** A connection for one reader, in a transaction on the snapshot: one that another reader has given
 *  back, or a new one. From any thread, as is giving it back. */
WH_MUST_CHECK wh_code wh_postgres_source_connect(const struct wh_postgres_source *source,
                                                 struct wh_destination **ret, struct wh_error *err);
void wh_postgres_source_disconnect(const struct wh_postgres_source *source,
                                   struct wh_destination *connection);

/* ---- SQL (sql.c) ---------------------------------------------------------------------- */

/** Adds the statement that counts all rows. */
WH_MUST_CHECK wh_code wh_postgres_source_append_count(const struct wh_postgres_source *source,
                                                      struct wh_buf *sql, struct wh_error *err);

/** Makes source->body of the columns. */
WH_MUST_CHECK wh_code wh_postgres_source_make_body(struct wh_postgres_source *source,
                                                   struct wh_error *err);

/** Appends a column's value as text: what the type's output function gives. */
WH_MUST_CHECK wh_code wh_postgres_source_append_text(const struct wh_postgres_source *source,
                                                     size_t column, struct wh_str value,
                                                     struct wh_buf *sql, struct wh_error *err);

wh_code wh_postgres_source_leave_out(struct wh_source *opened,
                                     const struct wh_record_condition *conditions, size_t count,
                                     struct wh_error *err);

struct wh_postgres_chunk;

/** COPY (…) TO STDOUT in binary, of one chunk: the columns, and BY_CTID the ctid behind them. */
WH_MUST_CHECK wh_code wh_postgres_source_copy(const struct wh_postgres_source *source,
                                              const struct wh_postgres_chunk *chunk,
                                              struct wh_buf *sql, struct wh_error *err);

/* ---- chunks and readers ---------------------------------------------------------------------- */

wh_code wh_postgres_source_split(struct wh_source *opened, uint64_t target, struct wh_arena *arena,
                                 struct wh_chunk_spec **ret, size_t *ret_count,
                                 struct wh_error *err);
wh_code wh_postgres_source_find(struct wh_source *opened, const struct wh_sought_keys *keys,
                                struct wh_arena *arena, struct wh_chunk_list *ret, bool *ret_found,
                                struct wh_error *err);
wh_code wh_postgres_reader_open(struct wh_source *opened, struct wh_reader **ret,
                                struct wh_error *err);
void wh_postgres_reader_close(struct wh_reader *opened);
wh_code wh_postgres_reader_seek(struct wh_reader *opened, struct wh_str text, uint64_t position,
                                struct wh_error *err);
wh_code wh_postgres_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                                struct wh_error *err);
wh_code wh_postgres_reader_digest(struct wh_reader *opened, uint64_t *ret, struct wh_error *err);
wh_code wh_postgres_reader_digest_until(struct wh_reader *opened, struct wh_str text,
                                        uint64_t position, uint64_t *ret, struct wh_error *err);

#endif
