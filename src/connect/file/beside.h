/* SPDX-License-Identifier: Apache-2.0 */
/** A file that belongs to one of a source's, beside it or in the same archive. */
#ifndef WH_CONNECT_FILE_BESIDE_H
#define WH_CONNECT_FILE_BESIDE_H

#include "connect/file/source.h"
#include "spill/file.h"

struct wh_file_beside {
    const struct wh_file_source *source;
    const struct wh_source_file *known; /* the file it belongs to, … */
    const struct wh_stream *stream;     /* … which is open */
    struct wh_arena *arena;             /* of its names */
    struct wh_str name;                 /* for people */
    uint64_t size;
    struct wh_file file;           /* it, or */
    struct wh_spill_file unpacked; /* what a member of an archive holds */
};

#define WH_FILE_BESIDE_NONE                                                                        \
    ((struct wh_file_beside){.file = WH_FILE_CLOSED, .unpacked = WH_SPILL_FILE_NONE})

/** Opens the file that is called like @p beside->known but for its ending, the first of
 *  @p suffixes that there is, in small letters or capitals. WH_END: there is none.
 *  WH_UNREACHABLE, WH_IO, WH_LIMIT. */
WH_MUST_CHECK wh_code wh_file_beside_find(struct wh_file_beside *beside,
                                          const char *const *suffixes, size_t *ret_suffix,
                                          struct wh_error *err);

/** Up to @p len bytes from @p offset on; fewer only where the file ends. WH_IO. */
WH_MUST_CHECK wh_code wh_file_beside_read(const struct wh_file_beside *beside, uint64_t offset,
                                          char *room, size_t len, size_t *ret_len,
                                          struct wh_error *err);

/** WH_CONFLICT where it has changed since it was opened. */
WH_MUST_CHECK wh_code wh_file_beside_expect(const struct wh_file_beside *beside,
                                            struct wh_error *err);

/** Closed ones are left alone. */
void wh_file_beside_close(struct wh_file_beside *beside);

#endif
