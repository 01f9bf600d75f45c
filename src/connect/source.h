/* SPDX-License-Identifier: Apache-2.0 */
/** What a source can do: its table of functions, and what they are given and give. */
#ifndef WH_CONNECT_SOURCE_H
#define WH_CONNECT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "base/option.h"
#include "base/str.h"
#include "data/column.h"
#include "data/schema.h"

/** A part of a source that can be read alone and again. */
struct wh_chunk_spec {
    struct wh_str text; /* opaque to all but its connector; stored byte for byte */
    uint64_t records;   /* how many it holds, UINT64_MAX where that is not known … */
    uint64_t expected;  /* … and then about so many; 0: nobody knows */
    uint64_t size;      /* source bytes, 0 where the source has none */
};

/** Chunks in the order they are found. Zero is an empty list. */
struct wh_chunk_list {
    struct wh_chunk_spec *specs; /* in the arena that they are added with */
    size_t count;
    size_t capacity;
};

/** Adds a chunk, all zero, that the caller fills. */
wh_code wh_chunk_list_add(struct wh_chunk_list *list, struct wh_arena *arena,
                          struct wh_chunk_spec **ret, struct wh_error *err) WH_MUST_CHECK;

/** What identifies the state of a source, so that a resumed run can tell whether it changed. */
struct wh_source_identity {
    struct wh_str text; /* files: names, sizes and modification times */
};

struct wh_destination_request;
struct wh_source; /* a connector's own */
struct wh_reader; /* a connector's own: reads one chunk after another for one worker */

struct wh_source_request {
    struct wh_str url;                      /* as the migration file has it, after substitution */
    struct wh_str from;                     /* table, file or pattern below it; or */
    struct wh_str query;                    /* SQL of its own; ptr NULL: none (takes_query) */
    struct wh_str base_folder;              /* relative file names start here */
    const struct wh_format_options *format; /* files: what the migration file states */
    struct wh_option_list key; /* files: columns that the header should name; to detect it */
    bool *is_input_taken; /* standard input was read for another source, or is by this one now; only
                             one can; NULL: there is no other source */
    size_t batch_rows;    /* at most so many records in a batch; 0: WH_BATCH_ROWS */
    struct wh_budget *budget;
    const struct wh_cancel *cancel;
    /* Opened before, from the same URL, and open as long as this one: what can be read as it was at
     * one moment is; NULL: none. */
    struct wh_source *sibling;
};

/** Records by the values of columns that keys are made of. */
struct wh_sought_keys {
    const size_t *columns;
    size_t column_count;
    const struct wh_str *values; /* of each key in turn: canonical texts, one a column */
    size_t count;
};

/** A column compared with a value. */
struct wh_record_condition {
    size_t column;
    const char *operator_name; /* = <> < <= > >= ; of texts = */
    struct wh_str value;       /* canonical text */
};

/** From so many on it matters what each record costs; of files, so many bytes,
 *  which are about as many. */
enum { WH_MANY_RECORDS = 100000, WH_MANY_BYTES = 8 << 20 };

struct wh_source_functions {
    bool takes_query;  /* a request may have a query in the place of `from` */
    bool takes_format; /* a request may have a format */
    bool is_live; /* others may write while it is read, in one snapshot; a run that goes on takes
                          a new one, and reads on if what it had read is still the same there */

    /** Opens @p request's source read-only and finds its columns. WH_UNREACHABLE, WH_INVALID. */
    wh_code (*open)(const struct wh_source_request *request, struct wh_source **ret,
                    struct wh_error *err);
    void (*close)(struct wh_source *source);

    /** Its columns and the keys that it guarantees, valid until close. Text files: all TEXT. */
    wh_code (*describe)(struct wh_source *source, struct wh_table_info *ret, struct wh_error *err);

    /** One line for people: what was stated and what was found (dialect, encoding, files). */
    wh_code (*explain)(struct wh_source *source, struct wh_arena *arena, struct wh_str *ret,
                       struct wh_error *err);

    wh_code (*identity)(struct wh_source *source, struct wh_arena *arena,
                        struct wh_source_identity *ret, struct wh_error *err);

    /** Whether it keeps everybody from altering the table with this number of the destination that
     *  @p system names (identity() of a destination) until it is closed: it reads it. False where
     *  that is not to be known. NULL: no source of this kind does. */
    wh_code (*holds)(struct wh_source *source, struct wh_str system, uint64_t table, bool *ret,
                     struct wh_error *err);

    /** Records that all chunks together hold, at the moment at which they are read: told
     *  without reading them. In a thread of its own while readers read. NULL: they are known
     *  only when they are read. */
    wh_code (*count)(struct wh_source *source, uint64_t *ret, struct wh_error *err);

    /** Whether it seems to have WH_MANY_RECORDS or more: told without reading it through. */
    wh_code (*is_large)(struct wh_source *source, bool *ret, struct wh_error *err);

    /** Lets readers that are opened from now on leave records out for which one of the conditions
     *  does not hold: as many as the source can look at where the records are. They are no part of
     *  a chunk then. NULL: none. */
    wh_code (*leave_out)(struct wh_source *source, const struct wh_record_condition *conditions,
                         size_t count, struct wh_error *err);

    /** Cuts the source into chunks of about @p target bytes, in source order, in @p arena. */
    wh_code (*split)(struct wh_source *source, uint64_t target, struct wh_arena *arena,
                     struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err);

    /** Chunks in which each record that has one of the @p keys stands, to the byte, just once,
     *  others may stand as well, and not all of the source has to be read; false in *ret_found
     *  where it would have to be. The keys differ. NULL: it always has to. */
    wh_code (*find)(struct wh_source *source, const struct wh_sought_keys *keys,
                    struct wh_arena *arena, struct wh_chunk_list *ret, bool *ret_found,
                    struct wh_error *err);

    /** A reader; several may read chunks of one source in threads of their own. */
    wh_code (*reader_open)(struct wh_source *source, struct wh_reader **ret, struct wh_error *err);
    void (*reader_close)(struct wh_reader *reader);

    /** Starts @p chunk at its beginning or, with a @p position (a batch's end_offset), there. */
    wh_code (*seek)(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                    struct wh_error *err);

    /** Refills @p batch with the next rows of the chunk: WH_OK with at least one row or bad record,
     *  WH_END behind the last. */
    wh_code (*read)(struct wh_reader *reader, struct wh_batch *batch, struct wh_error *err);

    /** Digest of the chunk's bytes from its start to the last batch's end, or, with @p position, to
     *  there, read anew: equal only where the finished part is unchanged. */
    wh_code (*digest)(struct wh_reader *reader, uint64_t *ret, struct wh_error *err);
    wh_code (*digest_until)(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                            uint64_t *ret, struct wh_error *err);

    /** The name for people of a position: "people.csv:1203". */
    wh_code (*place)(struct wh_source *source, const struct wh_position *position,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err);

    /** The names of the files (position->file) of a source as it was when it had @p identity; it
     *  need not be there any more. NULL where positions have no files. */
    wh_code (*files_then)(struct wh_str identity, struct wh_arena *arena, struct wh_str **ret,
                          size_t *ret_count, struct wh_error *err);
};

/* What databases as sources share. */

/** What a source opens connections with, long after @p request is gone:
 *  its URL and folder are copied to @p arena. */
WH_MUST_CHECK wh_code wh_source_keep_request(const struct wh_source_request *request,
                                             struct wh_arena *arena,
                                             struct wh_destination_request *ret,
                                             struct wh_error *err);

/** Bytes that a value may have, and rows that a batch has at most. */
uint64_t wh_source_cell_limit(const struct wh_source_request *request);
size_t wh_source_batch_rows(const struct wh_source_request *request);

/** WH_INVALID where two columns of a query or view have one name. */
WH_MUST_CHECK wh_code wh_source_check_names(const struct wh_table_info *table,
                                            struct wh_error *err);

#endif
