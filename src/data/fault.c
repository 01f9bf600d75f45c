/* SPDX-License-Identifier: Apache-2.0 */
#include "data/fault.h"

#include <stddef.h>

/* SQLSTATE: PostgreSQL 15, appendix A. */
static const struct {
    const char *text;
    const char *sqlstate;
} faults[WH_FAULT_COUNT] = {
    [WH_FAULT_NONE] = {"is well", "00000"},
    [WH_FAULT_SYNTAX] = {"is not of the type's form", "22P02"},
    [WH_FAULT_RANGE] = {"is out of range", "22003"},
    [WH_FAULT_DATE_RANGE] = {"is no such day or time of day, or out of range", "22008"},
    [WH_FAULT_ZERO_DIVISION] = {"is divided by zero", "22012"},
    [WH_FAULT_TOO_LONG] = {"is too long", "22001"},
    [WH_FAULT_SCALE] = {"has more digits behind the point than the type keeps", "22003"},
    [WH_FAULT_TRAILING] = {"has text left over behind the value", "22007"},
    [WH_FAULT_EMPTY] = {"is empty", "22007"},
    [WH_FAULT_AMBIGUOUS] = {"can be read as more than one date", "22007"},
    [WH_FAULT_ARGUMENT] = {"is no argument that the function takes", "22023"},
    [WH_FAULT_LIMIT] = {"passes a limit of wherry's", "54000"},
    [WH_FAULT_NULL] = {"is null where null is not allowed", "23502"},
    [WH_FAULT_UTF8] = {"is not valid UTF-8, or has a NUL byte", "22021"},
    [WH_FAULT_INEXACT] = {"would be changed by the destination's storage", "22000"},
    [WH_FAULT_CHARACTER] = {"holds a character that the destination's encoding lacks", "22P05"},
    [WH_FAULT_NO_MEMORY] = {"needs more memory than there is", "53200"},
};

const char *wh_fault_text(enum wh_fault fault)
{
    return (size_t)fault < WH_FAULT_COUNT ? faults[fault].text : "is faulty";
}

const char *wh_fault_sqlstate(enum wh_fault fault)
{
    return (size_t)fault < WH_FAULT_COUNT ? faults[fault].sqlstate : "22000";
}
