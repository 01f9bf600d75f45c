/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that are no text (workbooks, dBase): turned once, from front to back, into records
 * (format/records.h), which are then read like the text of any other file. No I/O: parts of the
 * file come from, and records go to, whoever does it.
 */
#ifndef WH_FORMAT_CONVERT_H
#define WH_FORMAT_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/str.h"
#include "data/schema.h"
#include "format/options.h"

/** Takes the next bytes, which live until it returns. WH_END: no more of them are wanted. */
typedef wh_code wh_take_bytes(void *ctx, struct wh_str bytes, struct wh_error *err);

/** A file that belongs to another: memos. */
struct wh_beside {
    struct wh_str name; /* for people */
    uint64_t size;
    size_t suffix; /* which of those that were asked for it has */
};

/** What a file consists of. */
struct wh_parts {
    void *ctx;
    /** The bytes of a part of an archive, in order, until @p take wants no more. WH_END: the
     *  archive has no such part. */
    wh_code (*read)(void *ctx, struct wh_str name, wh_take_bytes *take, void *take_ctx,
                    struct wh_error *err);
    /** The bytes of the file itself, likewise. */
    wh_code (*read_all)(void *ctx, wh_take_bytes *take, void *take_ctx, struct wh_error *err);
    /** Looks for the file that is called like this one but for its ending, which is
     *  one of @p suffixes (".fpt"; NULL behind the last), the first of them that
     *  there is. WH_END: none. */
    wh_code (*find_beside)(void *ctx, const char *const *suffixes, struct wh_beside *ret,
                           struct wh_error *err);
    /** Up to @p len bytes of it from @p offset on; fewer only where it ends. WH_IO. */
    wh_code (*read_beside)(void *ctx, uint64_t offset, char *room, size_t len, size_t *ret_len,
                           struct wh_error *err);
};

struct wh_convert_request {
    const struct wh_format_options *options; /* checked */
    const struct wh_parts *parts;
    struct wh_option_list expected; /* columns that the file should name: the key's */
    struct wh_budget *budget;       /* NULL: none */
    wh_take_bytes *put;             /* takes the records, any number of whole ones at a time */
    void *put_ctx;
    struct wh_arena *arena; /* of what is returned */
};

/** What a file turned out to hold. */
struct wh_converted {
    /* Names not yet checked; types as all values allow, NULL where there is none; not declared. */
    const struct wh_column_info *columns;
    size_t column_count;
    struct wh_str table; /* which of its tables was read (a sheet); empty: a file holds one */
    struct wh_str found; /* for people, before the columns: "XLSX, sheet 'Orders', " */
    struct wh_str notes; /* what else people should know: "2 records are left out"; may be empty */
};

#endif
