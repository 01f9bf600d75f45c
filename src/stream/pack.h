/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes into zstd frames or gzip members. Every call gives a whole one, so that a file may be cut
 * off behind any of them and gone on with; one behind the other they are one file to every reader.
 */
#ifndef WH_STREAM_PACK_H
#define WH_STREAM_PACK_H

#include <wherry/error.h>

#include "base/buf.h"

struct wh_packer;

/** A packer of the kind called @p name: "zstd" or "gzip". WH_NO_MEMORY; WH_BUG for another name. */
WH_MUST_CHECK wh_code wh_packer_new(const char *name, struct wh_packer **ret, struct wh_error *err);
void wh_packer_free(struct wh_packer *packer);

/** Appends @p bytes to @p out, packed; the same bytes always give the same. */
WH_MUST_CHECK wh_code wh_pack(struct wh_packer *packer, struct wh_str bytes, struct wh_buf *out,
                              struct wh_error *err);

#endif
