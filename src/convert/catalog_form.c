/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: conditions. */
#include "convert/catalog_rows.h"

const struct wh_catalog_entry wh_catalog_conditions[] = {
    SHARED("case", "CASE [value] WHEN … THEN … [ELSE …] END",
           "the result of the first condition that is true; the others are not evaluated",
           "CASE 'inactive' WHEN 'inactive' THEN 'closed' ELSE 'open' END", "text", "closed"),
    SHARED("coalesce", "coalesce(a, b, …)",
           "the first that is not NULL; the others are not evaluated", "coalesce(NULL, '', 'x')",
           "text", ""),
    SHARED("nullif", "nullif(a, b)", "NULL where a equals b, otherwise a", "nullif('n/a', 'n/a')",
           "text", NULL),
    SHARED("num_nulls", "num_nulls(any, …) → integer", "how many of the arguments are NULL",
           "num_nulls(1, NULL, 'x')", "integer", "1"),
    SHARED("num_nonnulls", "num_nonnulls(any, …) → integer",
           "how many of the arguments are not NULL", "num_nonnulls(1, NULL, 'x')", "integer", "2"),
    SHARED("greatest", "greatest(a, b, …)", "the largest; NULL is left out", "greatest(1, NULL, 3)",
           "integer", "3"),
    SHARED("least", "least(a, b, …)", "the smallest; NULL is left out",
           "least(date '2020-02-29', date '1999-12-31')", "date", "1999-12-31"),
    OWN("try", "try(expression)", "NULL where the expression cannot be evaluated",
        "try('n/a'::text::integer)", "integer", NULL),
    END,
};
