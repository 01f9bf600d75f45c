/* SPDX-License-Identifier: Apache-2.0 */
/** A temporary file without a name: it is gone when it is closed, however the process ends. */
#ifndef WH_SPILL_FILE_H
#define WH_SPILL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

struct wh_spill_file {
    int descriptor; /* -1: not open */
    uint64_t size;
    const char *relief; /* what helps, beside another folder, where it cannot grow: ", or …"; NULL:
                           nothing else does */
};

#define WH_SPILL_FILE_NONE ((struct wh_spill_file){.descriptor = -1})

/** Opens a file in @p folder (NULL: TMPDIR, or /tmp). WH_IO. */
WH_MUST_CHECK wh_code wh_spill_file_open(struct wh_spill_file *file, const char *folder,
                                         struct wh_error *err);
void wh_spill_file_close(struct wh_spill_file *file);

/** Writes behind the last byte; WH_IO where the disk is full, and the file is as before. */
WH_MUST_CHECK wh_code wh_spill_file_append(struct wh_spill_file *file, struct wh_str bytes,
                                           struct wh_error *err);

/** Makes the file @p size bytes long, all of them there for good; WH_IO where the disk has no room
 *  for it. */
WH_MUST_CHECK wh_code wh_spill_file_reserve(struct wh_spill_file *file, uint64_t size,
                                            struct wh_error *err);

/** Reads @p size bytes from @p offset on; WH_IO where they are not there. */
WH_MUST_CHECK wh_code wh_spill_file_read(const struct wh_spill_file *file, uint64_t offset,
                                         char *room, size_t size, struct wh_error *err);

#endif
