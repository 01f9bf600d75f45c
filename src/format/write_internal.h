/* SPDX-License-Identifier: Apache-2.0 */
/** The formats that are written. */
#ifndef WH_FORMAT_WRITE_INTERNAL_H
#define WH_FORMAT_WRITE_INTERNAL_H

#include "format/write.h"

/** A row in the place where it is to be written. */
struct wh_write_place {
    const struct wh_write_form *form;
    const struct wh_column *texts;
    size_t row;
    bool is_first;
    struct wh_buf *out;
};

struct wh_write_format {
    const char *name;
    const char *title; /* for people */
    wh_code (*begin)(const struct wh_write_form *form, struct wh_buf *out, struct wh_error *err);
    wh_code (*row)(const struct wh_write_place *place, struct wh_error *err);
    wh_code (*end)(const struct wh_write_form *form, bool is_empty, struct wh_buf *out,
                   struct wh_error *err);
};

extern const struct wh_write_format wh_write_csv;
extern const struct wh_write_format wh_write_ndjson;
extern const struct wh_write_format wh_write_json;

#endif
