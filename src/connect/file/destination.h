/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files as destinations: written whole, beside their name, and renamed when complete.
 *
 * A destination has a ledger of its own, in another destination that was opened with it;
 * statements, locks and transactions are that one's. A commit first makes sure of the bytes of
 * every output, then records their number in the ledger's transaction: what a crash leaves behind
 * them is cut off when the run goes on.
 *
 *     nothing ─begin─▶ x.csv.wherry-partial ─commit…─▶ the same, longer ─end─▶ on record ─▶ x.csv
 */
#ifndef WH_CONNECT_FILE_DESTINATION_H
#define WH_CONNECT_FILE_DESTINATION_H

#include "base/buf.h"
#include "connect/destination.h"
#include "format/write.h"
#include "stream/pack.h"

/** Behind the name of a file while it is written; rehearsals have one that nobody goes on with. */
#define WH_FILE_PARTIAL ".wherry-partial"
#define WH_FILE_REHEARSAL ".wherry-rehearsal"

/** What the ledger has on record of an output: table wherry_output. */
struct wh_file_record {
    bool is_there;
    int64_t run;
    uint64_t size; /* bytes of the partial file that count */
    uint64_t rows;
    bool is_complete;    /* all of it is written; it was renamed, or is to be */
    bool has_final;      /* an earlier run, or this one, wrote the file … */
    uint64_t final_size; /* … and left it so */
    int64_t final_modified;
};

/** One file that is written. */
struct wh_file_output {
    struct wh_file_output *next;
    struct wh_str table; /* `into` */
    struct wh_str path;  /* NUL-terminated, as is the next */
    struct wh_str partial;
    struct wh_write_form form;
    int fd;                   /* of the partial file; -1: it is complete */
    struct wh_buf buf;        /* behind the bytes that were handed to the system */
    struct wh_packer *packer; /* what they go through; NULL: they stay as they are */
    uint64_t flushed;
    uint64_t rows;
    uint64_t committed_size;
    uint64_t committed_rows;
    int64_t run;
    bool is_rehearsal;
    bool is_complete;
};

struct wh_file_destination {
    struct wh_arena arena;
    struct wh_str folder; /* NUL-terminated; may be missing while nothing is written */
    bool is_read_only;
    struct wh_connection ledger; /* owned */
    struct wh_file_output *outputs;
};

static inline struct wh_file_destination *
wh_file_destination_from(struct wh_destination *destination)
{
    return (struct wh_file_destination *)destination;
}

extern const struct wh_destination_functions wh_file_destination_functions;

/* ---- outputs --------------------------------------------------------------------------------- */

/** The output of @p table that was begun, NULL where none was. */
struct wh_file_output *wh_file_output_find(const struct wh_file_destination *destination,
                                           struct wh_str table);

wh_code wh_file_output_begin(struct wh_destination *opened, const struct wh_whole_request *request,
                             struct wh_error *err);
wh_code wh_file_output_end(struct wh_destination *opened, struct wh_str table,
                           struct wh_error *err);

/** Hands what is in the buffer to the system. */
WH_MUST_CHECK wh_code wh_file_output_flush(struct wh_file_output *output, struct wh_error *err);

/** Makes sure of all outputs' bytes and records them in the ledger's open transaction. */
WH_MUST_CHECK wh_code wh_file_outputs_sync(struct wh_file_destination *destination,
                                           struct wh_error *err);

/** The transaction was committed, or taken back: the bytes since the last one count,
 *  or are cut off. */
void wh_file_outputs_settle(struct wh_file_destination *destination);
WH_MUST_CHECK wh_code wh_file_outputs_cut(struct wh_file_destination *destination,
                                          struct wh_error *err);

/** Closes the partial files; those of rehearsals are removed. */
void wh_file_outputs_close(struct wh_file_destination *destination);

/** Rows of the file, or of its partial one while it is written. */
wh_code wh_file_output_count(struct wh_destination *opened, struct wh_str table, uint64_t at_most,
                             uint64_t *ret, struct wh_error *err);

/* ---- the record ------------------------------------------------------------------------------ */

/** Makes the table where it is missing. */
WH_MUST_CHECK wh_code wh_file_record_prepare(struct wh_file_destination *destination,
                                             struct wh_error *err);
WH_MUST_CHECK wh_code wh_file_record_read(struct wh_file_destination *destination,
                                          struct wh_str table, struct wh_file_record *ret,
                                          struct wh_error *err);
WH_MUST_CHECK wh_code wh_file_record_write(struct wh_file_destination *destination,
                                           struct wh_str table, const struct wh_file_record *record,
                                           struct wh_error *err);

/* ---- the ledger's functions, handed on ------------------------------------------------------- */

wh_code wh_file_ledger_begin(struct wh_destination *opened, struct wh_error *err);
wh_code wh_file_ledger_begin_reading(struct wh_destination *opened, struct wh_error *err);
wh_code wh_file_ledger_commit(struct wh_destination *opened, struct wh_error *err);
wh_code wh_file_ledger_rollback(struct wh_destination *opened, struct wh_error *err);
wh_code wh_file_ledger_savepoint(struct wh_destination *opened, int depth, struct wh_error *err);
wh_code wh_file_ledger_release(struct wh_destination *opened, int depth, struct wh_error *err);
wh_code wh_file_ledger_rollback_to(struct wh_destination *opened, int depth, struct wh_error *err);
wh_code wh_file_ledger_lock(struct wh_destination *opened, struct wh_str name,
                            struct wh_error *err);
wh_code wh_file_ledger_unlock(struct wh_destination *opened, struct wh_str name,
                              struct wh_error *err);
wh_code wh_file_ledger_holder(struct wh_destination *opened, struct wh_str name,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);
wh_code wh_file_ledger_identity(struct wh_destination *opened, struct wh_arena *arena,
                                struct wh_str *ret, struct wh_error *err);
wh_code wh_file_ledger_prepare(struct wh_destination *opened, const char *sql,
                               struct wh_statement **ret, struct wh_error *err);
wh_code wh_file_ledger_execute(struct wh_statement *statement, const struct wh_param *params,
                               size_t count, struct wh_error *err);
wh_code wh_file_ledger_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                            struct wh_error *err);
void wh_file_ledger_statement_free(struct wh_statement *statement);
wh_code wh_file_ledger_script(struct wh_destination *opened, const char *sql, struct wh_error *err);
void wh_file_ledger_interrupt(struct wh_destination *opened);

#endif
