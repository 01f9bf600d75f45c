/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where an element of a JSON array ends, byte by byte: strings and brackets, nothing else.
 *
 * It is the definition of what a record of an array is, so that a broken one costs itself and not
 * the rest of the file. It takes an element in pieces, in no memory.
 *
 * - A record goes up to the comma or the ] outside of all strings and brackets; with a comma go
 *   the comma and the white space behind it, if another value follows.
 * - It is *broken* where no end can be trusted: a bracket closes another kind, a string has a line
 *   end in it, an object has a { where a name must stand, it is nested too deep or above the
 *   record limit, or the text ends. Then it ends at the next line that begins like an element: a {
 *   behind a comma, indented less than the record's own second line is, if that is not itself one.
 * - A comma where a value must stand is a record of its own, and broken. The array's end goes with
 *   it, if that is what follows: so no record ends behind a comma that the one before could take.
 * - The ] of the array, with all behind it, is a record without a row: fine if that is white space.
 */
#ifndef WH_FORMAT_JSON_ELEMENT_H
#define WH_FORMAT_JSON_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "format/json_scan.h"

/** Why an element is broken. */
enum wh_json_break {
    WH_JSON_BREAK_NONE = 0,
    WH_JSON_BREAK_BRACKET, /* ] closes {, or the other way round, or nothing is open */
    WH_JSON_BREAK_STRING,  /* a line end inside a string */
    WH_JSON_BREAK_NAME,    /* a { in an object, behind a comma */
    WH_JSON_BREAK_DEPTH,
    WH_JSON_BREAK_SIZE,  /* above the record limit */
    WH_JSON_BREAK_OPEN,  /* a bracket or string is not closed */
    WH_JSON_BREAK_ARRAY, /* the file ends, and the array is not closed */
    WH_JSON_BREAK_COMMA, /* no value before or behind a comma */
    WH_JSON_BREAK_BEHIND /* text behind the array */
};

enum wh_json_element_kind {
    WH_JSON_ELEMENT_PARTIAL, /* more bytes are needed */
    WH_JSON_ELEMENT_WHOLE,   /* one value, perhaps */
    WH_JSON_ELEMENT_BROKEN,
    WH_JSON_ELEMENT_CLOSING /* the array's end */
};

enum wh_json_element_state {
    WH_JSON_AT_START = 0,
    WH_JSON_INSIDE,
    WH_JSON_IN_STRING,
    WH_JSON_IN_ESCAPE,
    WH_JSON_BEHIND_COMMA,
    WH_JSON_BEHIND_ARRAY,
    WH_JSON_BROKEN,
    WH_JSON_DONE
};

struct wh_json_element {
    uint64_t record_limit;
    enum wh_json_element_state state;
    enum wh_json_element_kind kind; /* of what is done */
    enum wh_json_break cause;
    uint64_t cause_at;    /* offset of the byte that broke it */
    uint64_t taken;       /* bytes looked at */
    uint64_t lines;       /* line ends in them */
    uint64_t value_end;   /* offset behind the value: of its comma or ] */
    uint64_t value_lines; /* line ends before that */
    uint64_t size;        /* DONE: the record's bytes */
    uint64_t size_lines;  /* and line ends */
    uint64_t needed;      /* bytes that have to be seen to know that */
    char last;            /* the last byte that is no white space */

    uint64_t objects[WH_JSON_MAX_DEPTH / 64]; /* what is open: a bit each, set for an object */
    size_t depth;

    bool is_indent;         /* only white space since the line's start */
    uint64_t indent;        /* bytes of it */
    uint64_t second_indent; /* a { left of this may begin an element; 0: not known yet */
};

void wh_json_element_init(struct wh_json_element *element, uint64_t record_limit);

/**
 * Takes the next bytes; behind the element's end none are looked at. With @p is_last nothing
 * follows in this part of the file, with @p is_file_end nothing in the file: then it is not
 * PARTIAL.
 */
enum wh_json_element_kind wh_json_element_take(struct wh_json_element *element, struct wh_str piece,
                                               bool is_last, bool is_file_end);

#endif
