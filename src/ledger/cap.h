/* SPDX-License-Identifier: Apache-2.0 */
/** Long texts in plain rows: cut, with what they were beside them. */
#ifndef WH_LEDGER_CAP_H
#define WH_LEDGER_CAP_H

#include "base/arena.h"
#include "connect/param.h"

/** Bytes of a text that a plain row keeps. */
#define WH_CAP_BYTES 16384

/** Three columns of a row: the text, and where it was cut the length and hash of the whole. */
struct wh_capped {
    struct wh_param text;
    struct wh_param length;
    struct wh_param hash; /* XXH3 of 64 bits, as 16 hexadecimal digits */
};

/** Caps @p text at a character's boundary; ptr NULL gives NULLs. */
WH_MUST_CHECK wh_code wh_cap_text(struct wh_str text, struct wh_arena *arena, struct wh_capped *ret,
                                  struct wh_error *err);

/** Caps a JSON object of texts so that it stays one: its longest values are cut and end in "…".
 *  What is no such object is cut as text. */
WH_MUST_CHECK wh_code wh_cap_object(struct wh_str object, struct wh_arena *arena,
                                    struct wh_capped *ret, struct wh_error *err);

/** Caps @p bytes and writes them as base64 (RFC 4648). */
WH_MUST_CHECK wh_code wh_cap_bytes(struct wh_str bytes, struct wh_arena *arena,
                                   struct wh_capped *ret, struct wh_error *err);

#endif
