/* SPDX-License-Identifier: Apache-2.0 */
/** Compressed files unpacked as they are read: any number of members, one behind the other. */
#ifndef WH_STREAM_UNPACK_H
#define WH_STREAM_UNPACK_H

#include "stream/codec.h"
#include "stream/feed.h"
#include "stream/file.h"

/** The bytes of @p file, which lives as long as the feed, packed with @p codec. Reading gives WH_IO
 *  where the file is cut short, corrupt, or something else stands behind its last member: the
 *  message names file and offset; WH_LIMIT where unpacking needs too much memory. */
WH_MUST_CHECK wh_code wh_unpack_open(const struct wh_file *file, const struct wh_codec *codec,
                                     struct wh_feed **ret, struct wh_error *err);

#endif
