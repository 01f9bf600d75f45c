/* SPDX-License-Identifier: Apache-2.0 */
/** What a migration file may state about a text format (`format:`), as one option table. */
#ifndef WH_FORMAT_OPTIONS_H
#define WH_FORMAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

struct wh_format_options {
    char delimiter;                /* ',' */
    char quote;                    /* '"' */
    bool has_header;               /* true */
    struct wh_option_list columns; /* names, where there is no header or other ones are wanted */
    struct wh_option_list nulls;   /* unquoted cells that are NULL; default: the empty cell */
    uint64_t cell;                 /* bytes a cell may have; limits.cell, 64 MiB */
    uint64_t record;               /* bytes a record may have before it counts as unclosed */
};

extern const struct wh_option wh_format_option_table[];

/** The defaults. */
void wh_format_options_init(struct wh_format_options *options);

#endif
