/* SPDX-License-Identifier: Apache-2.0 */
/** Texts of a DBF file, in its code page, as UTF-8. */
#ifndef WH_FORMAT_DBF_TEXT_H
#define WH_FORMAT_DBF_TEXT_H

#include <stdbool.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "data/encoding.h"
#include "format/dbf_header.h"
#include "format/options.h"

struct wh_dbf_text {
    struct wh_encoding encoding;
    struct wh_decoder decoder; /* none where it is UTF-8 */
    bool keeps_ascii;          /* ASCII bytes are these characters: they need no decoding */
    bool is_stated;            /* by the migration file; otherwise: */
    bool is_told;              /* by the file */
};

#define WH_DBF_TEXT_NONE ((struct wh_dbf_text){.decoder = {.iconv = (iconv_t)-1}})

/** The encoding that is stated, or that the file's language driver stands for, or,
 *  where it has none, UTF-8. WH_UNSUPPORTED where the driver is not known, or the
 *  encoding is none of a DBF file. */
WH_MUST_CHECK wh_code wh_dbf_text_open(struct wh_dbf_text *text, const struct wh_dbf_table *table,
                                       const struct wh_format_options *options,
                                       struct wh_error *err);
void wh_dbf_text_release(struct wh_dbf_text *text);

/** @p bytes as UTF-8: themselves, or in @p arena; bytes that are no character as escapes. */
WH_MUST_CHECK wh_code wh_dbf_text_decode(struct wh_dbf_text *text, struct wh_str bytes,
                                         struct wh_arena *arena, struct wh_str *ret,
                                         struct wh_error *err);

#endif
