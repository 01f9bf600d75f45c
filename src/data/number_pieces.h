/* SPDX-License-Identifier: Apache-2.0 */
/** A number's template taken apart. Inside data/ only. */
#ifndef WH_DATA_NUMBER_PIECES_H
#define WH_DATA_NUMBER_PIECES_H

#include "data/number_format.h"

enum wh_number_key {
    WH_NUMBER_LITERAL, /* `text`: one character */
    WH_NUMBER_9,
    WH_NUMBER_0,
    WH_NUMBER_POINT, /* . and D */
    WH_NUMBER_GROUP, /* , and G */
    WH_NUMBER_CURRENCY,
    WH_NUMBER_FM,
    WH_NUMBER_MI,
    WH_NUMBER_PL,
    WH_NUMBER_SG,
    WH_NUMBER_S,
    WH_NUMBER_PR,
    WH_NUMBER_ROMAN,
    WH_NUMBER_TH,
    WH_NUMBER_V,
    WH_NUMBER_EEEE
};

struct wh_number_piece {
    enum wh_number_key key;
    bool is_lower; /* ROMAN, TH */
    struct wh_str text;
};

enum wh_sign_place { WH_SIGN_NONE = 0, WH_SIGN_BEFORE, WH_SIGN_BEHIND };

/** What the pieces together ask for. */
struct wh_number_plan {
    size_t before; /* digits before the point */
    size_t behind;
    size_t shift;                  /* digits behind V */
    size_t zero_start;             /* digits before the first 0 */
    size_t zero_end;               /* digits up to the last 0 */
    enum wh_sign_place sign_place; /* of S */
    size_t digits_before_sign;
    bool has_zero;
    bool has_point;
    bool is_filled; /* FM */
    bool has_sign;  /* S */
    bool has_plus;  /* PL, SG */
    bool has_minus; /* MI, SG */
    bool has_brackets;
    bool is_roman;
    bool is_shifted;
    bool is_scientific;
};

struct wh_number_format {
    const struct wh_number_piece *pieces;
    size_t count;
    size_t size; /* bytes of the template */
    struct wh_number_plan plan;
};

#endif
