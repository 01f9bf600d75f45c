/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes into zstd frames. Every call gives a whole frame, so that a file may be cut off behind any of
 * them and gone on with; frames one behind the other are one file to every reader of zstd.
 */
#ifndef WH_STREAM_PACK_H
#define WH_STREAM_PACK_H

#include <wherry/error.h>

#include "base/buf.h"

struct wh_packer;

WH_MUST_CHECK wh_code wh_packer_new(struct wh_packer **ret, struct wh_error *err);
void wh_packer_free(struct wh_packer *packer);

/** Appends @p bytes to @p out, packed. */
WH_MUST_CHECK wh_code wh_pack(struct wh_packer *packer, struct wh_str bytes, struct wh_buf *out,
                              struct wh_error *err);

#endif
