/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs: from a migration to a destination that holds it and a ledger that says what happened.
 *
 * One call is one run: it plans, takes the run lock, goes on with an interrupted run or starts a
 * new one, surveys each item type, lets workers migrate its chunks and closes the sum.
 */
#ifndef WH_RUN_RUN_H
#define WH_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "flow/sample.h"
#include "ledger/reasons.h"
#include "ledger/tables.h"
#include "plan/item.h"
#include "plan/migration.h"

/** The lock that a run holds on its destination: one run writes to a destination at a time. */
#define WH_RUN_LOCK WH_STR("run")

/** What the command line asks for beyond the migration file. All texts are borrowed. */
struct wh_run_options {
    struct wh_str item;       /* ptr NULL: all item types */
    const struct wh_str *ids; /* keys as typed; need `item` where the file has several */
    size_t id_count;
    bool trace;          /* with ids: every step of every such item, into result->trace */
    uint64_t limit;      /* records of each item type; UINT64_MAX: all */
    struct wh_str where; /* a condition over source columns; ptr NULL: none */
    bool only_rejected;  /* items that are rejected at present, and records without a key */
    bool only_failed;
    struct wh_str from; /* a corrected extract that is read in the source's place: of items that are
                           rejected at present; ptr NULL: none */
    bool trust_ledger;
    bool compare_all; /* with rows that are there, also where nobody can have touched them */
    bool restart;     /* abandon an interrupted run instead of going on with it */
    bool dry_run;     /* write nothing, neither data nor ledger */
    bool rehearse;    /* do all in one transaction, then roll back */
    unsigned workers; /* 0: one a core, at most 8 */
    struct wh_bound max_failures; /* replaces limits.failures */
    struct wh_str as_json;        /* the options as given, one JSON object, for the ledger */
};

/** Where a run is; a snapshot, handed to the caller's callback about ten times a second. */
struct wh_progress {
    const char *stage;       /* "survey", "migrate", "finish": static */
    struct wh_str item;      /* the item type */
    uint64_t done;           /* bytes of the source; records where it has none */
    uint64_t total;          /* 0: not known */
    struct wh_counts counts; /* of this run's item type so far, committed or about to be */
    uint64_t done_before;    /* of `done`, what earlier sessions of the run did … */
    uint64_t read_before;    /* … and of the items that were read */
    double seconds;          /* since the stage began */
};

/** A remark for the user in mid-run: a run gone on with, one abandoned and why. */
typedef void wh_run_note(void *ctx, struct wh_str text);
typedef void wh_run_progress(void *ctx, const struct wh_progress *progress);

struct wh_run_request {
    const struct wh_migration *migration;
    const struct wh_connector *const *connectors; /* ends with NULL */
    const struct wh_run_options *options;
    struct wh_cancel *cancel;
    wh_run_progress *progress; /* called in the calling thread; NULL: not wanted */
    wh_run_note *note;         /* likewise */
    void *ctx;
};

struct wh_item_result {
    struct wh_str name;
    struct wh_str into;
    struct wh_counts counts;
    struct wh_rule_record *rules; /* with hits, warnings among them; of a dry run all */
    size_t rule_count;
    /* Of a dry run, one a rule: what it would do; otherwise NULL. */
    struct wh_rule_samples *samples;
    struct wh_reason_count *reasons; /* by falling number of items */
    size_t reason_count;
    uint64_t vanished; /* rows whose items the source no longer has (missing: report, delete) */
    /* Rows that wherry wrote and that were gone, inserted again by this session. */
    uint64_t put_back;
    struct wh_str *missing_keys; /* of --id, as typed: no record that was asked for has them */
    size_t missing_key_count;
    uint64_t left_alone;              /* records of an extract whose items are not rejected */
    struct wh_str left_alone_example; /* the first one's key */
    uint64_t ignored;  /* values in the source that no column is for, left out by this session */
    uint64_t read_now; /* of the items that were read, those of this session, in `seconds` */
    struct wh_str numbers; /* which sequences were set, or could not be; ptr NULL: none */
    bool sum_closes;       /* what was read and deleted is what is counted from the segments */
    double survey_seconds;
    double conversion_seconds; /* of processor time, in all threads of this session: expressions */
    double seconds;
    uint64_t source_bytes;
};

struct wh_run_result {
    int64_t run; /* 0: a dry run or rehearsal, which leave no run */
    enum wh_run_state state;
    bool resumed; /* it went on with an interrupted run */
    bool is_dry_run;
    bool is_rehearsal;
    bool has_lost_ledger; /* somebody dropped a table of it in mid-run: no run goes on */
    struct wh_ledger_tables ledger_left; /* set then */
    struct wh_item_result *items;
    size_t item_count;
    struct wh_counts total;
    uint64_t read_now; /* of the items that were read, those of this session, in … */
    double seconds;
    double paused_seconds; /* of them, because of the guard */
    unsigned workers;
    struct wh_str reason; /* why it was stopped or cancelled */
    struct wh_buf trace;  /* text for people; empty without --trace */
};

/**
 * Runs the migration. WH_OK: finished, also with rejected or failed items. WH_STOPPED at the
 * failure limit, WH_CANCELLED, and any error; @p ret says what was done until then whenever
 * ret->run or a count in it is set. Texts of the result live in @p arena.
 */
WH_MUST_CHECK wh_code wh_run(const struct wh_run_request *request, struct wh_arena *arena,
                             struct wh_run_result *ret, struct wh_error *err);

/** How many keys of --id no record has that was asked for, in all item types. */
size_t wh_run_missing_keys(const struct wh_run_result *result);

void wh_run_result_release(struct wh_run_result *result);

#endif
