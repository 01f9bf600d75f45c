/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes in any encoding as UTF-8, as they are read; bytes that are no character as escapes. */
#ifndef WH_STREAM_TRANSCODE_H
#define WH_STREAM_TRANSCODE_H

#include "data/encoding.h"
#include "stream/feed.h"

/** What @p inner gives, decoded; with @p nel_ends_lines U+0085 is a line feed. Takes @p inner, also
 *  where it fails. */
WH_MUST_CHECK wh_code wh_transcode_open(struct wh_feed *inner, const struct wh_encoding *encoding,
                                        bool nel_ends_lines, struct wh_feed **ret,
                                        struct wh_error *err);

#endif
