/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Faults: what can be wrong with one value. A fault is data, not an error of a call: it becomes
 * NULL at try() and a rejection of the item elsewhere.
 */
#ifndef WH_DATA_FAULT_H
#define WH_DATA_FAULT_H

enum wh_fault {
    WH_FAULT_NONE = 0,
    WH_FAULT_SYNTAX,        /* the text is not of the type's form (22P02, 22007) */
    WH_FAULT_RANGE,         /* outside the type's range (22003) */
    WH_FAULT_DATE_RANGE,    /* no such day or time of day, or outside the type's range (22008) */
    WH_FAULT_ZERO_DIVISION, /* 22012 */
    WH_FAULT_TOO_LONG,      /* more characters than the type holds (22001) */
    WH_FAULT_SCALE,         /* digits behind the point would be lost: stricter than PostgreSQL */
    WH_FAULT_TRAILING,      /* text left over behind a formatted value: stricter than PostgreSQL */
    WH_FAULT_EMPTY,         /* nothing to read a value from: stricter than PostgreSQL */
    WH_FAULT_AMBIGUOUS,     /* a date that can be read in two ways: stricter than PostgreSQL */
    WH_FAULT_ARGUMENT,      /* an argument the function does not take (22023) */
    WH_FAULT_LIMIT,         /* a limit of wherry's own would be passed */
    WH_FAULT_NULL,          /* NULL where the destination has NOT NULL (23502) */
    WH_FAULT_UTF8,          /* bytes that are not UTF-8, or a NUL byte in text (22021) */
    WH_FAULT_INEXACT,       /* the destination's storage would change the value */
    WH_FAULT_CHARACTER,     /* a character that the destination's encoding lacks (22P05) */
    WH_FAULT_NO_MEMORY      /* memory for this value could not be had */
};

#define WH_FAULT_COUNT (WH_FAULT_NO_MEMORY + 1)

/** What is wrong, for a message that ends "…: is not a valid <type>": lower case, no full stop. */
const char *wh_fault_text(enum wh_fault fault);

/** The SQLSTATE that PostgreSQL gives the same error; "22000" where it has none. */
const char *wh_fault_sqlstate(enum wh_fault fault);

#endif
