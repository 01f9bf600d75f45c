/* SPDX-License-Identifier: Apache-2.0 */
/** A template of to_date, to_timestamp and to_char, compiled. Inside data/ only. */
#ifndef WH_DATA_DATE_FORMAT_H
#define WH_DATA_DATE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/datetime.h"

enum wh_date_key {
    WH_KEY_AM,  /* AM, PM */
    WH_KEY_A_M, /* A.M., P.M. */
    WH_KEY_BC,  /* BC, AD */
    WH_KEY_B_C, /* B.C., A.D. */
    WH_KEY_CC,
    WH_KEY_D,
    WH_KEY_DAY,
    WH_KEY_DD,
    WH_KEY_DDD,
    WH_KEY_DY,
    WH_KEY_FF, /* FF1 to FF6: the length says which */
    WH_KEY_FX,
    WH_KEY_HH12,
    WH_KEY_HH24,
    WH_KEY_ID,
    WH_KEY_IDDD,
    WH_KEY_IW,
    WH_KEY_IY, /* I, IY, IYY, IYYY */
    WH_KEY_J,
    WH_KEY_MI,
    WH_KEY_MM,
    WH_KEY_MON,
    WH_KEY_MONTH,
    WH_KEY_MS,
    WH_KEY_Q,
    WH_KEY_SS,
    WH_KEY_SSSS,
    WH_KEY_TZH,
    WH_KEY_TZM,
    WH_KEY_US,
    WH_KEY_W,
    WH_KEY_WW,
    WH_KEY_Y,    /* Y, YY, YYY, YYYY */
    WH_KEY_Y_YYY /* Y,YYY */
};

enum wh_letter_case { WH_CASE_UPPER, WH_CASE_TITLE, WH_CASE_LOWER };

enum wh_date_node_type {
    WH_NODE_FIELD,
    WH_NODE_SEPARATOR, /* an ASCII character that is neither letter, digit nor space */
    WH_NODE_SPACE,
    WH_NODE_TEXT /* any other character, or a quoted one */
};

/** One piece of a template. */
struct wh_date_node {
    enum wh_date_node_type type;
    enum wh_date_key key;             /* FIELD */
    enum wh_letter_case letter_case;  /* FIELD: of names, and of AM and BC */
    enum wh_letter_case ordinal_case; /* FIELD with is_ordinal */
    uint8_t length;                   /* FIELD: digits; of the years and fractions, too */
    bool is_fill_mode;                /* FIELD: behind FM */
    bool is_ordinal;                  /* FIELD: before TH */
    bool is_before_digits;            /* FIELD: the next piece begins with a digit */
    struct wh_str text;               /* not FIELD: one character */
};

/** Templates that need no template: both have ten characters. */
enum wh_date_shape { WH_SHAPE_ANY, WH_SHAPE_DD_MM_YYYY, WH_SHAPE_YYYY_MM_DD };

struct wh_date_format {
    const struct wh_date_node *nodes;
    size_t count;
    enum wh_date_shape shape;
    bool is_iso_week; /* years and days are those of ISO weeks */
    bool is_mixed;    /* … and of the other calendar, too: such a template only prints */
};

/** Names of months and days, 'January' and 'Sunday' first. */
extern const char *const wh_month_names[12];
extern const char *const wh_weekday_names[7];

#endif
