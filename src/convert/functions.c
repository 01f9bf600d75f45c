/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/functions.h"

#include "base/error.h"
#include "convert/cast.h"
#include "convert/kernel_number.h"
#include "convert/kernel_text.h"
#include "convert/kernel_time.h"

/* name, argument types, result type, kernel */
#define FUNCTION(called, args, gives, does)                                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called), .kernel = (does) } \
    }
#define PREPARED(called, args, gives, does, prepares)                                              \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called), .kernel = (does)}, \
        .prepare = (prepares)                                                                      \
    }
#define SEES_NULL(called, args, gives, does)                                                       \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .sees_null = true                                                                      \
        }                                                                                          \
    }
#define VOLATILE(called, args, gives, does)                                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .is_volatile = true                                                                    \
        }                                                                                          \
    }
#define NOT_HERE(called, args, gives)                                                              \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called) }                   \
    }
#define INFIX(called, args, gives, does)                                                           \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .style = WH_STYLE_INFIX                                                                \
        }                                                                                          \
    }
#define PREFIX(called, args, gives, does)                                                          \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .style = WH_STYLE_PREFIX                                                               \
        }                                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        .arguments = NULL                                                                          \
    }

const struct wh_function wh_text_functions[] = {
    PREPARED("lower", "t", 't', wh_text_lower, wh_prepare_lower),
    PREPARED("upper", "t", 't', wh_text_upper, wh_prepare_upper),
    FUNCTION("initcap", "t", 't', wh_text_initcap),
    FUNCTION("btrim", "t", 't', wh_text_trim_both),
    FUNCTION("btrim", "tt", 't', wh_text_trim_both),
    NOT_HERE("btrim", "yy", 'y'),
    FUNCTION("ltrim", "t", 't', wh_text_trim_left),
    FUNCTION("ltrim", "tt", 't', wh_text_trim_left),
    NOT_HERE("ltrim", "yy", 'y'),
    FUNCTION("rtrim", "t", 't', wh_text_trim_right),
    FUNCTION("rtrim", "tt", 't', wh_text_trim_right),
    NOT_HERE("rtrim", "yy", 'y'),
    FUNCTION("length", "t", '4', wh_text_length),
    FUNCTION("length", "y", '4', wh_text_length),
    FUNCTION("char_length", "t", '4', wh_text_length),
    FUNCTION("character_length", "t", '4', wh_text_length),
    FUNCTION("octet_length", "t", '4', wh_text_octet_length),
    FUNCTION("octet_length", "c", '4', wh_text_octet_length),
    FUNCTION("octet_length", "y", '4', wh_text_octet_length),
    FUNCTION("substr", "t4", 't', wh_text_substring),
    FUNCTION("substr", "t44", 't', wh_text_substring),
    NOT_HERE("substr", "y4", 'y'),
    NOT_HERE("substr", "y44", 'y'),
    FUNCTION("substring", "t4", 't', wh_text_substring),
    FUNCTION("substring", "t44", 't', wh_text_substring),
    NOT_HERE("substring", "y4", 'y'),
    NOT_HERE("substring", "y44", 'y'),
    NOT_HERE("substring", "tt", 't'),
    NOT_HERE("substring", "ttt", 't'),
    FUNCTION("left", "t4", 't', wh_text_left),
    FUNCTION("right", "t4", 't', wh_text_right),
    FUNCTION("lpad", "t4", 't', wh_text_pad_left),
    FUNCTION("lpad", "t4t", 't', wh_text_pad_left),
    FUNCTION("rpad", "t4", 't', wh_text_pad_right),
    FUNCTION("rpad", "t4t", 't', wh_text_pad_right),
    FUNCTION("repeat", "t4", 't', wh_text_repeat),
    FUNCTION("replace", "ttt", 't', wh_text_replace),
    FUNCTION("reverse", "t", 't', wh_text_reverse),
    FUNCTION("translate", "ttt", 't', wh_text_translate),
    FUNCTION("split_part", "tt4", 't', wh_text_split_part),
    FUNCTION("strpos", "tt", '4', wh_text_position),
    FUNCTION("position", "tt", '4', wh_text_position),
    NOT_HERE("position", "yy", '4'),
    FUNCTION("starts_with", "tt", 'b', wh_text_starts_with),
    SEES_NULL("concat", "?*", 't', wh_text_concat_skip_null),
    SEES_NULL("concat_ws", "t?*", 't', wh_text_concat_ws),
    FUNCTION("ascii", "t", '4', wh_text_ascii),
    FUNCTION("chr", "4", 't', wh_text_chr),
    NOT_HERE("md5", "t", 't'),
    NOT_HERE("md5", "y", 't'),
    NOT_HERE("overlay", "tt4", 't'),
    NOT_HERE("overlay", "tt44", 't'),
    NOT_HERE("normalize", "t", 't'),
    NOT_HERE("normalize", "tt", 't'),
    NOT_HERE("regexp_replace", "ttt", 't'),
    NOT_HERE("regexp_replace", "tttt", 't'),
    NOT_HERE("regexp_match", "tt", 't'),
    NOT_HERE("regexp_substr", "tt", 't'),
    NOT_HERE("format", "t?*", 't'),
    NOT_HERE("quote_literal", "t", 't'),
    NOT_HERE("quote_ident", "t", 't'),
    NOT_HERE("to_hex", "4", 't'),
    NOT_HERE("to_hex", "8", 't'),
    NOT_HERE("encode", "yt", 't'),
    NOT_HERE("decode", "tt", 'y'),
    NOT_HERE("convert_from", "yt", 't'),
    NOT_HERE("convert_to", "tt", 'y'),
    NOT_HERE("unaccent", "t", 't'),
    NOT_HERE("string_to_array", "tt", 't'),
    NOT_HERE("gen_random_uuid", "", 't'),
    END,
};

const struct wh_function wh_number_functions[] = {
    FUNCTION("abs", "2", '2', wh_int_abs),
    FUNCTION("abs", "4", '4', wh_int_abs),
    FUNCTION("abs", "8", '8', wh_int_abs),
    FUNCTION("abs", "f", 'f', wh_float_abs),
    FUNCTION("abs", "d", 'd', wh_float_abs),
    FUNCTION("abs", "n", 'n', wh_numeric_kernel_abs),
    FUNCTION("sign", "d", 'd', wh_float_sign),
    FUNCTION("sign", "n", 'n', wh_numeric_kernel_sign),
    FUNCTION("round", "d", 'd', wh_float_round),
    FUNCTION("round", "n", 'n', wh_numeric_kernel_round),
    FUNCTION("round", "n4", 'n', wh_numeric_kernel_round),
    FUNCTION("trunc", "d", 'd', wh_float_trunc),
    FUNCTION("trunc", "n", 'n', wh_numeric_kernel_trunc),
    FUNCTION("trunc", "n4", 'n', wh_numeric_kernel_trunc),
    FUNCTION("ceil", "d", 'd', wh_float_ceil),
    FUNCTION("ceil", "n", 'n', wh_numeric_kernel_ceil),
    FUNCTION("ceiling", "d", 'd', wh_float_ceil),
    FUNCTION("ceiling", "n", 'n', wh_numeric_kernel_ceil),
    FUNCTION("floor", "d", 'd', wh_float_floor),
    FUNCTION("floor", "n", 'n', wh_numeric_kernel_floor),
    FUNCTION("mod", "22", '2', wh_int_remainder),
    FUNCTION("mod", "44", '4', wh_int_remainder),
    FUNCTION("mod", "88", '8', wh_int_remainder),
    FUNCTION("mod", "nn", 'n', wh_numeric_kernel_remainder),
    FUNCTION("sqrt", "d", 'd', wh_float_sqrt),
    NOT_HERE("sqrt", "n", 'n'),
    FUNCTION("power", "dd", 'd', wh_float_power),
    NOT_HERE("power", "nn", 'n'),
    FUNCTION("pow", "dd", 'd', wh_float_power),
    NOT_HERE("pow", "nn", 'n'),
    NOT_HERE("exp", "d", 'd'),
    NOT_HERE("exp", "n", 'n'),
    NOT_HERE("ln", "d", 'd'),
    NOT_HERE("ln", "n", 'n'),
    NOT_HERE("log", "d", 'd'),
    NOT_HERE("log", "n", 'n'),
    NOT_HERE("log", "nn", 'n'),
    NOT_HERE("div", "nn", 'n'),
    NOT_HERE("gcd", "44", '4'),
    NOT_HERE("lcm", "44", '4'),
    NOT_HERE("random", "", 'd'),
    NOT_HERE("to_number", "tt", 'n'),
    END,
};

const struct wh_function wh_time_functions[] = {
    PREPARED("to_date", "tt", 'D', wh_date_read, wh_prepare_date_format),
    PREPARED("to_timestamp", "tt", 'Z', wh_timestamp_read, wh_prepare_date_format),
    FUNCTION("to_timestamp", "d", 'Z', wh_timestamp_from_epoch),
    PREPARED("to_char", "St", 't', wh_timestamp_write, wh_prepare_date_format),
    PREPARED("to_char", "Zt", 't', wh_timestamp_write, wh_prepare_date_format),
    NOT_HERE("to_char", "It", 't'),
    NOT_HERE("to_char", "4t", 't'),
    NOT_HERE("to_char", "8t", 't'),
    NOT_HERE("to_char", "nt", 't'),
    NOT_HERE("to_char", "ft", 't'),
    NOT_HERE("to_char", "dt", 't'),
    PREPARED("date_part", "tD", 'd', wh_time_extract, wh_prepare_field),
    PREPARED("date_part", "tS", 'd', wh_time_extract, wh_prepare_field),
    PREPARED("date_part", "tZ", 'd', wh_time_extract, wh_prepare_field),
    NOT_HERE("date_part", "tT", 'd'),
    NOT_HERE("date_part", "tI", 'd'),
    PREPARED("extract", "tD", 'n', wh_time_extract, wh_prepare_field),
    PREPARED("extract", "tS", 'n', wh_time_extract, wh_prepare_field),
    PREPARED("extract", "tZ", 'n', wh_time_extract, wh_prepare_field),
    NOT_HERE("extract", "tT", 'n'),
    NOT_HERE("extract", "tI", 'n'),
    PREPARED("date_trunc", "tS", 'S', wh_timestamp_trunc, wh_prepare_field),
    PREPARED("date_trunc", "tZ", 'Z', wh_timestamp_trunc, wh_prepare_field),
    NOT_HERE("date_trunc", "tZt", 'Z'),
    NOT_HERE("date_trunc", "tI", 'I'),
    FUNCTION("make_date", "444", 'D', wh_date_make),
    NOT_HERE("make_time", "44d", 'T'),
    NOT_HERE("make_timestamp", "44444d", 'S'),
    NOT_HERE("make_timestamptz", "44444d", 'Z'),
    NOT_HERE("make_interval", "4444", 'I'),
    NOT_HERE("age", "ZZ", 'I'),
    NOT_HERE("age", "SS", 'I'),
    NOT_HERE("age", "Z", 'I'),
    NOT_HERE("age", "S", 'I'),
    NOT_HERE("date_bin", "ISS", 'S'),
    NOT_HERE("justify_days", "I", 'I'),
    NOT_HERE("justify_hours", "I", 'I'),
    NOT_HERE("isfinite", "D", 'b'),
    NOT_HERE("isfinite", "S", 'b'),
    NOT_HERE("isfinite", "Z", 'b'),
    NOT_HERE("isfinite", "I", 'b'),
    NOT_HERE("timezone", "tS", 'Z'),
    NOT_HERE("timezone", "tZ", 'S'),
    NOT_HERE("clock_timestamp", "", 'Z'),
    VOLATILE("now", "", 'Z', wh_time_now),
    VOLATILE("transaction_timestamp", "", 'Z', wh_time_now),
    VOLATILE("statement_timestamp", "", 'Z', wh_time_now),
    END,
};

const struct wh_function wh_operators[] = {
    INFIX("+", "22", '2', wh_int_add),
    INFIX("+", "24", '4', wh_int_add),
    INFIX("+", "42", '4', wh_int_add),
    INFIX("+", "44", '4', wh_int_add),
    INFIX("+", "28", '8', wh_int_add),
    INFIX("+", "82", '8', wh_int_add),
    INFIX("+", "48", '8', wh_int_add),
    INFIX("+", "84", '8', wh_int_add),
    INFIX("+", "88", '8', wh_int_add),
    INFIX("+", "ff", 'f', wh_float_add),
    INFIX("+", "fd", 'd', wh_float_add),
    INFIX("+", "df", 'd', wh_float_add),
    INFIX("+", "dd", 'd', wh_float_add),
    INFIX("+", "nn", 'n', wh_numeric_kernel_add),
    INFIX("+", "D4", 'D', wh_date_add_days),
    INFIX("+", "4D", 'D', wh_days_add_date),
    INFIX("+", "DT", 'S', wh_date_add_time),
    INFIX("+", "TD", 'S', wh_time_add_date),
    INFIX("+", "DI", 'S', wh_date_add_interval),
    INFIX("+", "ID", 'S', wh_interval_add_date),
    INFIX("+", "SI", 'S', wh_timestamp_add_interval),
    INFIX("+", "IS", 'S', wh_interval_add_timestamp),
    INFIX("+", "ZI", 'Z', wh_timestamp_add_interval),
    INFIX("+", "IZ", 'Z', wh_interval_add_timestamp),
    INFIX("+", "TI", 'T', wh_time_add_interval),
    INFIX("+", "IT", 'T', wh_interval_add_time),
    INFIX("+", "II", 'I', wh_interval_add_interval),
    INFIX("-", "22", '2', wh_int_subtract),
    INFIX("-", "24", '4', wh_int_subtract),
    INFIX("-", "42", '4', wh_int_subtract),
    INFIX("-", "44", '4', wh_int_subtract),
    INFIX("-", "28", '8', wh_int_subtract),
    INFIX("-", "82", '8', wh_int_subtract),
    INFIX("-", "48", '8', wh_int_subtract),
    INFIX("-", "84", '8', wh_int_subtract),
    INFIX("-", "88", '8', wh_int_subtract),
    INFIX("-", "ff", 'f', wh_float_subtract),
    INFIX("-", "fd", 'd', wh_float_subtract),
    INFIX("-", "df", 'd', wh_float_subtract),
    INFIX("-", "dd", 'd', wh_float_subtract),
    INFIX("-", "nn", 'n', wh_numeric_kernel_subtract),
    INFIX("-", "D4", 'D', wh_date_subtract_days),
    INFIX("-", "DD", '4', wh_date_subtract_date),
    INFIX("-", "DI", 'S', wh_date_subtract_interval),
    INFIX("-", "SI", 'S', wh_timestamp_subtract_interval),
    INFIX("-", "ZI", 'Z', wh_timestamp_subtract_interval),
    INFIX("-", "SS", 'I', wh_timestamp_subtract_timestamp),
    INFIX("-", "ZZ", 'I', wh_timestamp_subtract_timestamp),
    INFIX("-", "TI", 'T', wh_time_subtract_interval),
    INFIX("-", "TT", 'I', wh_time_subtract_time),
    INFIX("-", "II", 'I', wh_interval_subtract_interval),
    INFIX("*", "22", '2', wh_int_multiply),
    INFIX("*", "24", '4', wh_int_multiply),
    INFIX("*", "42", '4', wh_int_multiply),
    INFIX("*", "44", '4', wh_int_multiply),
    INFIX("*", "28", '8', wh_int_multiply),
    INFIX("*", "82", '8', wh_int_multiply),
    INFIX("*", "48", '8', wh_int_multiply),
    INFIX("*", "84", '8', wh_int_multiply),
    INFIX("*", "88", '8', wh_int_multiply),
    INFIX("*", "ff", 'f', wh_float_multiply),
    INFIX("*", "fd", 'd', wh_float_multiply),
    INFIX("*", "df", 'd', wh_float_multiply),
    INFIX("*", "dd", 'd', wh_float_multiply),
    INFIX("*", "nn", 'n', wh_numeric_kernel_multiply),
    NOT_HERE("*", "Id", 'I'),
    NOT_HERE("*", "dI", 'I'),
    INFIX("/", "22", '2', wh_int_divide),
    INFIX("/", "24", '4', wh_int_divide),
    INFIX("/", "42", '4', wh_int_divide),
    INFIX("/", "44", '4', wh_int_divide),
    INFIX("/", "28", '8', wh_int_divide),
    INFIX("/", "82", '8', wh_int_divide),
    INFIX("/", "48", '8', wh_int_divide),
    INFIX("/", "84", '8', wh_int_divide),
    INFIX("/", "88", '8', wh_int_divide),
    INFIX("/", "ff", 'f', wh_float_divide),
    INFIX("/", "fd", 'd', wh_float_divide),
    INFIX("/", "df", 'd', wh_float_divide),
    INFIX("/", "dd", 'd', wh_float_divide),
    INFIX("/", "nn", 'n', wh_numeric_kernel_divide),
    NOT_HERE("/", "Id", 'I'),
    INFIX("%", "22", '2', wh_int_remainder),
    INFIX("%", "44", '4', wh_int_remainder),
    INFIX("%", "88", '8', wh_int_remainder),
    INFIX("%", "nn", 'n', wh_numeric_kernel_remainder),
    INFIX("^", "dd", 'd', wh_float_power),
    NOT_HERE("^", "nn", 'n'),
    INFIX("||", "yy", 'y', wh_text_concat), /* with text: see resolve_call.c */
    PREFIX("-", "2", '2', wh_int_negate),
    PREFIX("-", "4", '4', wh_int_negate),
    PREFIX("-", "8", '8', wh_int_negate),
    PREFIX("-", "f", 'f', wh_float_negate),
    PREFIX("-", "d", 'd', wh_float_negate),
    PREFIX("-", "n", 'n', wh_numeric_kernel_negate),
    PREFIX("-", "I", 'I', wh_interval_negate),
    NOT_HERE("~", "tt", 'b'),
    NOT_HERE("~*", "tt", 'b'),
    NOT_HERE("!~", "tt", 'b'),
    NOT_HERE("!~*", "tt", 'b'),
    NOT_HERE("^@", "tt", 'b'),
    NOT_HERE("&", "44", '4'),
    NOT_HERE("|", "44", '4'),
    NOT_HERE("#", "44", '4'),
    NOT_HERE("~", "4", '4'),
    NOT_HERE("<<", "44", '4'),
    NOT_HERE(">>", "44", '4'),
    NOT_HERE("|/", "d", 'd'),
    NOT_HERE("||/", "d", 'd'),
    NOT_HERE("@", "d", 'd'),
    END,
};
