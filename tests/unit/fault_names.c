/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_names.h"

const char *const fault_names[WH_FAULT_COUNT] = {
    [WH_FAULT_NONE] = "none",
    [WH_FAULT_SYNTAX] = "syntax",
    [WH_FAULT_RANGE] = "range",
    [WH_FAULT_DATE_RANGE] = "date_range",
    [WH_FAULT_ZERO_DIVISION] = "zero_division",
    [WH_FAULT_TOO_LONG] = "too_long",
    [WH_FAULT_SCALE] = "scale",
    [WH_FAULT_TRAILING] = "trailing",
    [WH_FAULT_EMPTY] = "empty",
    [WH_FAULT_AMBIGUOUS] = "ambiguous",
    [WH_FAULT_ARGUMENT] = "argument",
    [WH_FAULT_LIMIT] = "limit",
    [WH_FAULT_NULL] = "null",
    [WH_FAULT_UTF8] = "utf8",
    [WH_FAULT_INEXACT] = "inexact",
    [WH_FAULT_NO_MEMORY] = "no_memory",
};
