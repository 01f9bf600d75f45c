/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fixed width ⇄ batches: fields at fixed places of a record, which is a line, or so many characters
 * where there are no lines. No I/O.
 *
 * Places and lengths are characters, or bytes where that is stated. In a file in a code page of one
 * byte a character (cp1252, EBCDIC) characters are bytes of the file.
 */
#ifndef WH_FORMAT_FIXED_H
#define WH_FORMAT_FIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "format/fixed_blanks.h"
#include "format/format.h"

/** No layout reaches further. */
#define WH_FIXED_MAX_WIDTH ((uint64_t)1 << 20)

struct wh_fixed_field {
    struct wh_str name;
    uint32_t start; /* from 0 */
    uint32_t length;
};

struct wh_fixed_layout {
    struct wh_fixed_field *fields;
    size_t count;
    uint32_t width; /* where the last field ends */
};

/**
 * The layout that the options state, in @p arena: `fields`, each "name start length" with the first
 * place 1, or the text of a layout file, CSV with the columns column (or name), start and length,
 * whose first place is 0 where a field starts there, and 1 otherwise. WH_INVALID, WH_LIMIT.
 */
WH_MUST_CHECK wh_code wh_fixed_layout_read(const struct wh_format_options *options,
                                           struct wh_arena *arena, struct wh_fixed_layout *ret,
                                           struct wh_error *err);

/** How files are read. Read by many threads. */
struct wh_fixed {
    struct wh_fixed_layout layout;
    uint32_t *places; /* where fields start and end, ascending */
    uint32_t *ranks;  /* 2 * i, 2 * i + 1: which of them are field i's start and end */
    const struct wh_option_list *nulls;
    struct wh_str encoding; /* of the file, for reasons */
    bool counts_bytes;
    bool trims_left;
    bool trims_right;
    bool pads_short;
    bool ignores_behind;
    uint64_t length; /* of a record without line ends; 0: records are lines */
    uint64_t cell_limit;
    uint64_t record_limit;
    void (*find_text)(struct wh_str text, uint64_t *bits); /* wh_fixed_blanks() or its reference */
};

/** @p options were checked and live as long as @p fixed, as does @p arena. */
WH_MUST_CHECK wh_code wh_fixed_init(struct wh_fixed *fixed, const struct wh_format_options *options,
                                    struct wh_arena *arena, struct wh_error *err);

/** A row that was found and is not yet in columns. */
struct wh_fixed_row {
    size_t start;            /* in the text */
    const uint32_t *offsets; /* of the layout's places, from its start: the places themselves, where
                                its characters are bytes and it has so many */
};

struct wh_fixed_reader {
    const struct wh_fixed *fixed;
    size_t row_capacity;
    struct wh_fixed_row *rows;
    uint64_t *text_bits; /* a bit for each byte of the text, set where it is no blank */
    size_t text_capacity;
};

WH_MUST_CHECK wh_code wh_fixed_reader_init(struct wh_fixed_reader *reader,
                                           const struct wh_fixed *fixed, struct wh_error *err);
void wh_fixed_reader_release(struct wh_fixed_reader *reader);

/** True where nothing more should go into @p batch. */
bool wh_fixed_batch_is_full(const struct wh_fixed_reader *reader, const struct wh_batch *batch);

/** As the format contract's read() and count(). */
WH_MUST_CHECK wh_code wh_fixed_read(struct wh_fixed_reader *reader, struct wh_format_text *text,
                                    struct wh_batch *batch, size_t *ret_used, struct wh_error *err);
size_t wh_fixed_count(const struct wh_fixed *fixed, const struct wh_format_text *text, size_t stop,
                      struct wh_format_count *ret);

/** Why a record is too long, in @p arena. */
WH_MUST_CHECK wh_code wh_fixed_size_reason(const struct wh_fixed *fixed, struct wh_arena *arena,
                                           struct wh_str *ret, struct wh_error *err);

/** A record in a text. */
struct wh_fixed_record {
    size_t start;
    size_t end; /* without its line end */
    size_t next;
    bool is_whole; /* false: the text does not hold it all */
    bool has_newline;
};

/** Puts the rows that the reader holds into the columns of @p batch, behind its rows. */
WH_MUST_CHECK wh_code wh_fixed_fill(const struct wh_fixed_reader *reader, struct wh_str text,
                                    size_t row_count, struct wh_batch *batch, struct wh_error *err);

#endif
