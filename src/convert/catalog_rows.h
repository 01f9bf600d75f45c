/* SPDX-License-Identifier: Apache-2.0 */
/** How the rows of the catalog are written; its parts. */
#ifndef WH_CONVERT_CATALOG_ROWS_H
#define WH_CONVERT_CATALOG_ROWS_H

#include "convert/catalog.h"

/* name, signature, help, example, type of its answer, the answer */
#define SHARED(called, types, gives, shows, answer_type, answers)                                  \
    {                                                                                              \
        .name = (called), .signature = (types), .help = (gives), .example = (shows),               \
        .type = (answer_type), .answer = (answers)                                                 \
    }
/* The same of what PostgreSQL has not. */
#define OWN(called, types, gives, shows, answer_type, answers)                                     \
    {                                                                                              \
        .name = (called), .signature = (types), .help = (gives), .example = (shows),               \
        .type = (answer_type), .answer = (answers), .is_own = true                                 \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

extern const struct wh_catalog_entry wh_catalog_text[];
extern const struct wh_catalog_entry wh_catalog_patterns[];
extern const struct wh_catalog_entry wh_catalog_bytes[];
extern const struct wh_catalog_entry wh_catalog_json[];
extern const struct wh_catalog_entry wh_catalog_arrays[];
extern const struct wh_catalog_entry wh_catalog_numbers[];
extern const struct wh_catalog_entry wh_catalog_times[];
extern const struct wh_catalog_entry wh_catalog_conditions[];
extern const struct wh_catalog_entry wh_catalog_operators[];
extern const struct wh_catalog_entry wh_catalog_casts[];

#endif
