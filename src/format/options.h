/* SPDX-License-Identifier: Apache-2.0 */
/** What a migration file may state about a text format (`format:`), as one option table. */
#ifndef WH_FORMAT_OPTIONS_H
#define WH_FORMAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

/** No file may have more columns. */
#define WH_FORMAT_MAX_COLUMNS 16384

struct wh_format_options {
    struct wh_str type;            /* the format's name; empty: the file's name tells */
    char delimiter;                /* ',' */
    char quote;                    /* '"' */
    bool has_header;               /* true */
    struct wh_option_list columns; /* names, where there is no header or other ones are wanted */
    struct wh_option_list nulls;   /* unquoted cells that are NULL; items NULL (not stated): the
                                      empty cell; items set and count 0: no cell at all */
    struct wh_str encoding;        /* UTF-8, the only one so far */
    uint64_t cell;                 /* bytes a cell may have; limits.cell, 64 MiB */
    uint64_t record; /* bytes a record may have before it counts as unclosed; 0: twice the cell */
};

/** The options of `format:`; `cell` is not among them, it comes from `limits:`. */
extern const struct wh_option wh_format_option_table[];

/** The defaults. */
void wh_format_options_init(struct wh_format_options *options);

/** Refuses what cannot be read: an unknown type, delimiter and quote that are equal, no ASCII or part of a line end,
 *  a record limit below the cell limit or above 2 GiB, another encoding. WH_INVALID,
 *  WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_format_options_check(const struct wh_format_options *options,
                                              struct wh_error *err);

/** Bytes a record may have: as stated, or twice the cell. */
uint64_t wh_format_record_limit(const struct wh_format_options *options);

#endif
