/* SPDX-License-Identifier: Apache-2.0 */
/** How the types in the rows of a dialect's type names are written. */
#ifndef WH_SQL_TYPE_ROWS_H
#define WH_SQL_TYPE_ROWS_H

#include "data/type.h"

#define INT_TYPE(n)                                                                                \
    {                                                                                              \
        .kind = WH_KIND_INT, .bits = (n)                                                           \
    }
#define FLOAT_TYPE(n)                                                                              \
    {                                                                                              \
        .kind = WH_KIND_FLOAT, .bits = (n)                                                         \
    }
#define PADDED(n)                                                                                  \
    {                                                                                              \
        .kind = WH_KIND_TEXT, .is_padded = true, .length = (n)                                     \
    }
#define PLAIN(k)                                                                                   \
    {                                                                                              \
        .kind = (k)                                                                                \
    }

#endif
