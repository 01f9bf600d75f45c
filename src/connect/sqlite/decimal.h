/* SPDX-License-Identifier: Apache-2.0 */
/** Decimals as SQLite keeps them: whole ones as INTEGER, others as REAL. */
#ifndef WH_CONNECT_SQLITE_DECIMAL_H
#define WH_CONNECT_SQLITE_DECIMAL_H

#include "base/arena.h"
#include "data/numeric.h"
#include "data/type.h"

enum wh_sqlite_decimal_form {
    WH_SQLITE_DECIMAL_INTEGER, /* stored as *ret_whole */
    WH_SQLITE_DECIMAL_REAL,    /* stored as *ret_real, whose shortest print is this very decimal */
    WH_SQLITE_DECIMAL_INEXACT  /* cannot be stored */
};

/** How @p value is stored. A REAL that is whole becomes an INTEGER of the same value in SQLite. */
enum wh_sqlite_decimal_form wh_sqlite_decimal_store(const struct wh_numeric *value,
                                                    int64_t *ret_whole, double *ret_real);

/** A stored INTEGER, with the scale of @p type. */
enum wh_fault wh_sqlite_decimal_from_integer(int64_t stored, struct wh_type type,
                                             struct wh_arena *arena, struct wh_numeric *ret);

/**
 * A stored REAL: the decimal with the fewest digits that is nearest to it, with the scale of @p
 * type. SCALE where it has more digits behind the point than the type, and for infinities in a type
 * that has a scale; NO_MEMORY.
 */
enum wh_fault wh_sqlite_decimal_from_real(double stored, struct wh_type type,
                                          struct wh_arena *arena, struct wh_numeric *ret);

#endif
