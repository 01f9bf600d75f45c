/* SPDX-License-Identifier: Apache-2.0 */
/** Values as JSON text (RFC 8259), for plain rows of the log. */
#ifndef WH_DATA_JSON_TEXT_H
#define WH_DATA_JSON_TEXT_H

#include <stddef.h>

#include <wherry/error.h>

#include "base/buf.h"
#include "base/str.h"

/** Appends @p text, valid UTF-8, as a JSON string; ptr NULL as null. */
WH_MUST_CHECK wh_code wh_json_append_text(struct wh_buf *out, struct wh_str text,
                                          struct wh_error *err);

/** Appends one object of @p count members; a value with ptr NULL is null. */
WH_MUST_CHECK wh_code wh_json_append_object(struct wh_buf *out, const struct wh_str *names,
                                            const struct wh_str *values, size_t count,
                                            struct wh_error *err);

#endif
