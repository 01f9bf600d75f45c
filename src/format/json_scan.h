/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The strict scanner of JSON: exactly what RFC 8259 accepts, and why something is none. No I/O.
 *
 * Beyond the grammar three things are refused, which the RFC leaves to whoever reads: a name that
 * stands twice in one object, an escape that is half of a surrogate pair (it is no character), and
 * nesting deeper than WH_JSON_MAX_DEPTH. Whether bytes are UTF-8 is not looked at here: whoever
 * scans checks many records at once (wh_utf8_is_valid()).
 *
 * Two sets of functions, chosen when a scanner is opened; the scalar one is the reference that the
 * other is tested against.
 */
#ifndef WH_FORMAT_JSON_SCAN_H
#define WH_FORMAT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/** Objects and arrays inside each other. */
#define WH_JSON_MAX_DEPTH 1024

/** Names of objects that are open at the same time, or names of one object. */
#define WH_JSON_MAX_NAMES ((size_t)1 << 20)

/** Why a text is not taken. */
enum wh_json_fault {
    WH_JSON_FAULT_NONE = 0,
    WH_JSON_FAULT_END,       /* the text ends inside a value */
    WH_JSON_FAULT_VALUE,     /* there is no value where one must stand */
    WH_JSON_FAULT_NAME,      /* no name in quotes where one must stand */
    WH_JSON_FAULT_COLON,     /* no colon behind a name */
    WH_JSON_FAULT_MEMBER,    /* neither comma nor } behind a member */
    WH_JSON_FAULT_ELEMENT,   /* neither comma nor ] behind an element */
    WH_JSON_FAULT_NUMBER,    /* a number that JSON does not have: 01, 1., -x */
    WH_JSON_FAULT_WORD,      /* not quite true, false or null */
    WH_JSON_FAULT_CONTROL,   /* a control character inside a string */
    WH_JSON_FAULT_ESCAPE,    /* an escape that JSON does not have */
    WH_JSON_FAULT_SURROGATE, /* half of a surrogate pair */
    WH_JSON_FAULT_DEPTH,
    WH_JSON_FAULT_REPEATED, /* a name stands twice in its object */
    WH_JSON_FAULT_NAMES,    /* more than WH_JSON_MAX_NAMES */
    WH_JSON_FAULT_MEMORY,   /* the system has no more */

    /* Of records (json.h): */
    WH_JSON_FAULT_NOT_OBJECT, /* a record, or the parent of a path, is another value */
    WH_JSON_FAULT_UNKNOWN,    /* a member that no column is for */
    WH_JSON_FAULT_NUL,        /* a \u0000, which text cannot hold */
    WH_JSON_FAULT_BEHIND      /* text behind the record */
};

/** The inside of a string, between its quotes. */
struct wh_json_string {
    struct wh_str raw;
    bool has_escape;
    bool has_nul; /* an escape of U+0000 */
};

/** A name of a member. */
struct wh_json_name {
    struct wh_str text; /* escapes undone */
    const char *at;     /* where it stands */
};

/** Names met in the objects that are open. Zeroed it is empty. */
struct wh_json_names {
    struct wh_json_name *items; /* owned */
    size_t count;
    size_t capacity;
};

void wh_json_names_release(struct wh_json_names *names);

struct wh_json_functions;
struct wh_json_row;

/**
 * A scan over one text; after a fault `fault` is what it is, `fault_at` where, and `fault_name` the
 * name in hand, where there is one.
 */
struct wh_json_scan {
    const char *at;
    const char *end;
    enum wh_json_fault fault;
    const char *fault_at;
    struct wh_str fault_name;
    size_t depth;                /* objects that are open around the value at hand */
    struct wh_json_names *names; /* borrowed; empty between two values */
    struct wh_arena *scratch;    /* names whose escapes had to be undone */
};

/** A scan over @p text. */
struct wh_json_scan wh_json_scan_make(struct wh_str text, struct wh_json_names *names,
                                      struct wh_arena *scratch);

struct wh_json_functions {
    const char *name;

    /** Passes over the value at scan->at (no white space before it) and moves behind it; false: a
     *  fault. */
    bool (*value)(struct wh_json_scan *scan);

    /** Passes over the string at scan->at, a quote, as value() does. */
    bool (*string)(struct wh_json_scan *scan, struct wh_json_string *ret);

    /** Puts the members of the object at scan->at into the row's columns (json_row.h). */
    bool (*record)(struct wh_json_scan *scan, struct wh_json_row *row);
};

/** The reference: byte by byte. */
extern const struct wh_json_functions wh_json_scalar_functions;

#if defined(__SSE2__)
extern const struct wh_json_functions wh_json_sse2_functions;
#endif

/** The fastest that this machine has. */
const struct wh_json_functions *wh_json_functions_choose(void);

/** Moves @p at over the white space that JSON knows. */
static inline const char *wh_json_skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/** True where @p text is one JSON text, white space around it allowed, and UTF-8 (without NUL). */
bool wh_json_is_valid(struct wh_str text, const struct wh_json_functions *functions);

/** The text that a string stands for: the slice itself, or a copy in @p arena where an escape is
 *  undone. The string was scanned without a fault. ptr NULL where memory is out. */
struct wh_str wh_json_unescape(const struct wh_json_string *string, struct wh_arena *arena);

/** Checks the escape at scan->at, a backslash, and moves behind it; @p ret_unit is the first code
 *  unit it stands for. For the scanners. */
bool wh_json_scan_escape(struct wh_json_scan *scan, uint32_t *ret_unit);

/** Adds a name of the innermost open object; false: a fault. For the scanners. */
bool wh_json_names_add(struct wh_json_scan *scan, const struct wh_json_string *name);

/** Closes the object whose names are those from @p first on; false: one stands twice, which is a
 *  fault at its second place. For the scanners. */
bool wh_json_names_close(struct wh_json_scan *scan, size_t first);

/** Sets the fault and returns false. */
static inline bool wh_json_fail(struct wh_json_scan *scan, enum wh_json_fault fault,
                                const char *where)
{
    scan->fault = fault;
    scan->fault_at = where;
    return false;
}

#endif
