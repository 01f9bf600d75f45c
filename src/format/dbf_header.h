/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a DBF file says of itself: version, fields, where its records are.
 *
 *     header │ record │ record │ … │ 0x1A
 *
 * A record is a flag (a blank; `*`: deleted) and the bytes of its fields, one behind the other.
 * Formats: dBASE II to IV and its descriptors, "DBASE - File Header Structure" (HelpPC 2.10);
 * dBASE 7, "Data File Header Structure for the dBASE Version 7 Table File" (dbase.com,
 * db7_file_fmt.htm); FoxPro, "Table File Structure" (Visual FoxPro's documentation, with
 * _NullFlags and code page marks).
 */
#ifndef WH_FORMAT_DBF_HEADER_H
#define WH_FORMAT_DBF_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/type.h"

/** What tells a version: enough of any file. */
#define WH_DBF_START ((size_t)12)

/** No header is larger: its size is a 16 bit number. */
#define WH_DBF_MAX_HEADER ((size_t)UINT16_MAX)

enum wh_dbf_family {
    WH_DBF_DBASE_2,
    WH_DBF_DBASE, /* III, IV, 5, FoxBASE+, FoxPro 2 */
    WH_DBF_VISUAL_FOXPRO,
    WH_DBF_DBASE_7
};

/** How memos are stored. */
enum wh_dbf_memo_kind { WH_DBF_MEMO_NONE, WH_DBF_MEMO_3, WH_DBF_MEMO_4, WH_DBF_MEMO_FOXPRO };

struct wh_dbf_version {
    uint8_t code;
    enum wh_dbf_family family;
    enum wh_dbf_memo_kind memo; /* where it has memos at all */
    const char *name;
};

struct wh_dbf_field {
    struct wh_str name; /* bytes of the file, without padding */
    char type;
    uint32_t start; /* in the record, behind the flag at 0 */
    uint32_t length;
    uint8_t decimals;
    bool is_hidden;      /* FoxPro's own: _NullFlags */
    bool is_binary;      /* FoxPro: bytes that are no text in the code page */
    bool is_in_memo;     /* holds the number of a memo */
    bool has_null_bit;   /* its bit in _NullFlags tells NULL: */
    uint32_t null_bit;   /* … that one */
    bool has_length_bit; /* the last byte may be the length: where this bit is set */
    uint32_t length_bit;
    struct wh_type values; /* what its values are; NUMERIC and INT where it depends on them */
};

struct wh_dbf_table {
    const struct wh_dbf_version *version;
    uint32_t header_size; /* where records begin */
    uint32_t record_size; /* with its flag */
    uint32_t record_count;
    uint8_t driver;       /* language driver, or code page mark; 0: none */
    struct wh_str locale; /* dBASE 7: the driver's name */
    struct wh_dbf_field *fields;
    size_t field_count;
    uint32_t spare;                        /* bytes of a record behind its last field */
    const struct wh_dbf_field *null_flags; /* NULL: there is none */
};

/** Bytes that the header has by what the file begins with (WH_DBF_START bytes of it). WH_INVALID,
 *  WH_UNSUPPORTED where it is no DBF file that wherry reads. */
WH_MUST_CHECK wh_code wh_dbf_header_size(struct wh_str start, size_t *ret, struct wh_error *err);

/** Reads a whole header; what is returned is in @p arena. WH_INVALID, WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_dbf_header_read(struct wh_str header, struct wh_arena *arena,
                                         struct wh_dbf_table *ret, struct wh_error *err);

/** Whether a file that begins with @p head is one for certain: no text begins so. */
bool wh_dbf_starts(struct wh_str head);

static inline uint32_t wh_dbf_u16(const char *at)
{
    return (uint32_t)(unsigned char)at[0] | (uint32_t)(unsigned char)at[1] << 8;
}

static inline uint32_t wh_dbf_u32(const char *at)
{
    return wh_dbf_u16(at) | wh_dbf_u16(at + 2) << 16;
}

static inline uint64_t wh_dbf_u64(const char *at)
{
    return (uint64_t)wh_dbf_u32(at) | (uint64_t)wh_dbf_u32(at + 4) << 32;
}

#endif
