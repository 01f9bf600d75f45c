/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The migration file as parsed: what it states, checked for form but not yet against a source or
 * destination. One file is one struct wh_migration, which owns all of it in one arena and is
 * immutable once read.
 *
 * YAML 1.2, read strictly: unknown keys, duplicate keys and wrong types are errors with line,
 * column and the nearest known key. ${NAME} and ${NAME:-default} are taken from the environment in
 * plain, quoted and block scalars; `text` keeps the file before substitution, for the ledger.
 */
#ifndef WH_PLAN_MIGRATION_H
#define WH_PLAN_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "format/options.h"
#include "format/write.h"
#include "rules/definition.h"

enum wh_mode { WH_MODE_UPSERT = 0, WH_MODE_INSERT };
enum wh_drift { WH_DRIFT_FAIL = 0, WH_DRIFT_KEEP, WH_DRIFT_OVERWRITE };
enum wh_missing { WH_MISSING_KEEP = 0, WH_MISSING_DELETE, WH_MISSING_REPORT };

/** What the ledger keeps of every item: `log:`. */
enum wh_log_detail {
    WH_LOG_IMAGES = 0, /* segments with images (default) */
    WH_LOG_KEYS,       /* segments with keys, statuses and hashes: no images */
    WH_LOG_ROWS        /* images, and one plain row for every item */
};

/** An amount that may be a number or a part of all: `failures: 10`, `failures: 1%`. */
struct wh_bound {
    bool is_set;
    bool is_percent;
    double amount;
};

struct wh_item_definition {
    struct wh_str name;
    uint32_t line, column;     /* where it stands in the file */
    struct wh_expr_text from;  /* text.ptr NULL: a query instead */
    struct wh_expr_text query; /* SQL of the source's own; text.ptr NULL: from */
    struct wh_format_options format;
    bool states_format;        /* `format` is there, … */
    bool states_output;        /* … and `into_format` */
    struct wh_expr_text where; /* text.ptr NULL: none */
    struct wh_expr_text *key;
    size_t key_count;
    struct wh_expr_text into;
    struct wh_write_options output; /* how a file is written */
    struct wh_expr_text *match;     /* count 0: the destination's primary key */
    size_t match_count;
    enum wh_mode mode;
    enum wh_drift drift;
    enum wh_missing missing;
    enum wh_log_detail log;
    bool create;
    /* Source and destination columns whose values never reach the ledger. */
    struct wh_expr_text *redact;
    size_t redact_count;
    struct wh_clean_definition *clean;
    size_t clean_count;
    bool maps_same; /* "*": same */
    struct wh_assignment_definition *map;
    size_t map_count;
    struct wh_expect_definition *expect;
    size_t expect_count;
    struct wh_str text; /* its part of the file before substitution: part of its fingerprint */
    uint64_t text_hash; /* of all it states, with aliases resolved and variables replaced */
};

/** Items of a group where the migration file does not say how many; where the
 *  destination inserts all of their rows at once; and where they come in no order of
 *  their keys and it has one writer. */
enum {
    WH_GROUP_ITEMS = 32768,
    WH_TOGETHER_GROUP_ITEMS = 49152,
    WH_SCATTERED_GROUP_ITEMS = 3 * WH_GROUP_ITEMS
};

struct wh_limits {
    struct wh_bound failures; /* stop above so many rejected and failed items */
    struct wh_bound deletes;  /* default 1% */
    uint64_t memory;          /* default 512 MiB */
    uint64_t group;           /* items of a group; 0: not stated, see WH_GROUP_ITEMS */
    uint64_t cell;            /* default 64 MiB */
    uint64_t reconnect;       /* seconds for which a lost connection is tried again; default 300 */
    uint64_t rate;            /* items a second, of the whole run; 0: as fast as it goes */
};

/** A run pauses while a query of the destination gives more than that. */
struct wh_guard {
    struct wh_expr_text query; /* text.ptr NULL: there is no guard */
    double above;
};

struct wh_migration {
    struct wh_arena arena;
    struct wh_str name;
    struct wh_str path;   /* of the file, as given */
    struct wh_str folder; /* where it stands: relative paths start here */
    struct wh_str text;   /* the file before substitution */
    struct wh_expr_text source;
    struct wh_expr_text destination;
    struct wh_expr_text ledger; /* `destination`, or a URL; line 0: nothing is stated */
    int32_t zone_offset;        /* `timezone:`; seconds east of UTC; 0, the only one so far */
    struct wh_limits limits;
    struct wh_guard guard;
    bool analyze; /* the destination's statistics are made anew behind each item type */
    struct wh_item_definition defaults; /* `clean` alone; stands before each item type's rules */
    struct wh_item_definition *items;   /* in the file's order */
    size_t item_count;
};

/** Reads the variable @p name; NULL where it is not set. Borrowed until the migration is read. */
typedef const char *wh_environment(void *ctx, const char *name);

struct wh_migration_request {
    const char *path;
    wh_environment *environment; /* NULL: the process's */
    void *environment_ctx;
};

/** Reads a migration file. WH_INVALID with line and column, WH_UNSUPPORTED for what the design
 *  has and this version has not, WH_INVALID, too, where the file cannot be read. */
WH_MUST_CHECK wh_code wh_migration_read(const struct wh_migration_request *request,
                                        struct wh_migration **ret, struct wh_error *err);
void wh_migration_free(struct wh_migration *migration);

/** The JSON Schema (2020-12) of migration files, for editors; made from the tables that parse. */
WH_MUST_CHECK wh_code wh_migration_schema(struct wh_buf *out, struct wh_error *err);

#endif
