/* SPDX-License-Identifier: Apache-2.0 */
/** log: what happened to items, read from the ledger. */
#include "api/job.h"
#include "api/log_places.h"
#include "api/open_ledger.h"
#include "api/verbs.h"
#include "base/error.h"
#include "data/text.h"
#include "plan/make.h"
#include "plan/nearest.h"
#include "report/log_report.h"
#include "report/text.h"

/** The question, and who prints the answer. */
struct asking {
    struct wherry_job *job;
    const struct wh_migration *migration;
    struct wh_ledger *ledger;
    struct api_places places;
    struct wh_log_query query;
    struct wh_log_printer printer;
    bool wants_failures;
    bool wants_extract;         /* rejected records, to be corrected and given back */
    enum wh_item_status status; /* with wants_failures; 0: rejected and failed */
};

static wh_code check_cancel(const struct asking *asking, struct wh_error *err)
{
    if (!wh_cancel_asked(&asking->job->cancel, WH_CANCEL_AFTER_GROUP))
        return WH_OK;
    return wh_error_set(err, WH_CANCELLED, "interrupted; what is above is not all");
}

static wh_code print_entry(void *ctx, const struct wh_log_entry *entry, struct wh_error *err)
{
    struct asking *asking = ctx;
    struct wh_log_entry shown = *entry;
    WH_TRY(check_cancel(asking, err));
    WH_TRY(api_place_of(&asking->places, entry, &shown.place, err));
    return wh_log_printer_entry(&asking->printer, &shown, err);
}

static wh_code print_failure(void *ctx, const struct wh_failure_record *failure,
                             struct wh_error *err)
{
    struct asking *asking = ctx;
    WH_TRY(check_cancel(asking, err));
    return wh_log_printer_failure(&asking->printer, failure, err);
}

static wh_code ask(struct asking *asking, uint64_t *ret_count, struct wh_error *err)
{
    if (asking->wants_failures)
        return wh_log_failures(asking->ledger, &asking->query, asking->status, print_failure,
                               asking, ret_count, err);
    bool is_one_item = asking->query.key.ptr != NULL; /* which is read in one transaction */
    if (is_one_item)
        wh_paper_hold(asking->printer.paper);
    wh_code rc = wh_log_items(asking->ledger, &asking->query, print_entry, asking, ret_count, err);
    wh_paper_let_go(asking->printer.paper);
    return rc;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/** The canonical form of a key as typed; needs the source, whose key columns have types there. */
static wh_code canonical_key(struct asking *asking, struct wh_str typed, struct wh_str *ret,
                             struct wh_error *err)
{
    WH_CLEANUP(api_plan_free) struct wh_plan *plan = NULL;
    const struct wh_item_plan *item;
    struct wh_plan_request request = api_plan_request(asking->job, asking->migration);
    WH_TRY(wh_plan_make(&request, &plan, err));
    WH_TRY(wh_plan_find_item(plan, asking->query.item, &item, err));
    return wh_key_parse(item, typed, &asking->job->arena, ret, err);
}

/** What a whole number is as a key, however it was typed: "007" is 7;
 *  ptr NULL where @p typed is none. */
static wh_code number_key(struct asking *asking, struct wh_str typed, struct wh_str *ret,
                          struct wh_error *err)
{
    int64_t number;
    *ret = WH_STR_NONE;
    if (wh_int_parse(typed, &number) != WH_FAULT_NONE)
        return WH_OK;
    return wh_arena_format(&asking->job->arena, ret, err, "%lld", (long long)number);
}

/** The canonical form of a key as typed; where the source cannot be asked what its keys are,
 *  a number's. */
static wh_code other_form(struct asking *asking, struct wh_str typed, struct wh_str *ret,
                          struct wh_error *why_unsure, struct wh_error *err)
{
    wh_code rc = canonical_key(asking, typed, ret, why_unsure);
    return rc != WH_OK ? number_key(asking, typed, ret, err) : WH_OK;
}

static wh_code remark_no_entry(struct asking *asking, struct wh_str typed, bool has_other,
                               const struct wh_error *why_unsure, struct wh_error *err)
{
    struct wh_arena *arena = &asking->job->arena;
    struct wh_str remark;
    WH_TRY(wh_arena_format(arena, &remark, err, "no entry for the key '%.*s'", WH_FMT(typed)));
    if (has_other)
        WH_TRY(wh_arena_format(arena, &remark, err, "%.*s, nor for '%.*s'", WH_FMT(remark),
                               WH_FMT(asking->query.key)));
    if (why_unsure->code != WH_OK)
        WH_TRY(wh_arena_format(arena, &remark, err, "%.*s; what form keys have is not known: %s",
                               WH_FMT(remark), why_unsure->message));
    api_note(asking->job, remark);
    return WH_OK;
}

/** What was found may be another item's key, of a type that keeps the form it was typed in. */
static wh_code remark_guess(struct asking *asking, struct wh_str typed,
                            const struct wh_error *why_unsure, struct wh_error *err)
{
    struct wh_str remark;
    WH_TRY(wh_arena_format(&asking->job->arena, &remark, err,
                           "no entry for the key '%.*s': taken for a number, which is '%.*s'; what "
                           "form keys have is not known: %s",
                           WH_FMT(typed), WH_FMT(asking->query.key), why_unsure->message));
    api_note(asking->job, remark);
    return WH_OK;
}

/**
 * Asks for one key: as it was typed, which is what somebody copies from a log, then in its
 * canonical form. A source that is gone is no reason to hide the log, so that it could not be asked
 * is only a remark.
 */
static wh_code ask_key(struct asking *asking, struct wh_str typed, struct wh_error *err)
{
    uint64_t count;
    struct wh_error why_unsure = WH_ERROR_NONE;
    struct wh_str other;
    asking->query.key = typed;
    WH_TRY(ask(asking, &count, err));
    if (count > 0)
        return WH_OK;
    WH_TRY(other_form(asking, typed, &other, &why_unsure, err));
    bool has_other = other.ptr != NULL && !wh_str_equal(other, typed);
    if (has_other) {
        asking->query.key = other;
        WH_TRY(ask(asking, &count, err));
    }
    if (count == 0)
        return remark_no_entry(asking, typed, has_other, &why_unsure, err);
    return why_unsure.code != WH_OK ? remark_guess(asking, typed, &why_unsure, err) : WH_OK;
}

static wh_code ask_all(struct asking *asking, struct wh_error *err)
{
    const struct api_values *ids = api_values(asking->job, "id");
    uint64_t count = 0;
    if (ids->count == 0)
        return ask(asking, &count, err);
    for (size_t id = 0; id < ids->count; id++)
        WH_TRY(ask_key(asking, ids->items[id], err));
    return WH_OK;
}

/* ---- the question ---------------------------------------------------------------------------- */

static wh_code check_item(const struct asking *asking, struct wh_error *err)
{
    const struct wh_migration *migration = asking->migration;
    struct wh_str item = asking->query.item;
    struct wh_nearest nearest = wh_nearest_to(item);
    for (size_t at = 0; item.ptr != NULL && at < migration->item_count; at++) {
        if (wh_str_equal(migration->items[at].name, item))
            return WH_OK;
        wh_nearest_offer(&nearest, migration->items[at].name);
    }
    if (item.ptr == NULL)
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "there is no item type '%.*s'" WH_NEAREST_FORMAT,
                        WH_FMT(item), WH_NEAREST(nearest));
}

/** A key and an extract belong to an item type: the only one, or the one that was named. */
static wh_code settle_item(struct asking *asking, struct wh_error *err)
{
    bool has_id = api_values(asking->job, "id")->count > 0;
    if (asking->query.item.ptr != NULL || (!has_id && !asking->wants_extract))
        return check_item(asking, err);
    if (asking->migration->item_count != 1)
        return wh_error_set(err, WH_INVALID,
                            "'%s' needs an item type, since the migration has several; name it "
                            "behind the file",
                            has_id ? "id" : "export");
    asking->query.item = asking->migration->items[0].name;
    return WH_OK;
}

static enum wh_log_form form_of(const struct asking *asking)
{
    const struct wherry_job *job = asking->job;
    struct wh_str wanted = api_text(job, "export");
    if (asking->wants_extract)
        return wh_str_is(wanted, "csv") ? WH_LOG_EXTRACT_CSV : WH_LOG_EXTRACT_NDJSON;
    if (wh_str_is(wanted, "csv"))
        return WH_LOG_CSV;
    if (wh_str_is(wanted, "ndjson") || api_wants_json(job))
        return WH_LOG_NDJSON;
    return api_values(job, "id")->count > 0 ? WH_LOG_HISTORY : WH_LOG_TABLE;
}

/** What the ledger does not have cannot be given back. */
static wh_code check_extract(const struct asking *asking, struct wh_error *err)
{
    const struct wh_migration *migration = asking->migration;
    for (size_t i = 0; i < migration->item_count && asking->wants_extract; i++) {
        const struct wh_item_definition *item = &migration->items[i];
        if (!wh_str_equal(item->name, asking->query.item))
            continue;
        if (item->redact_count > 0)
            return wh_error_set(err, WH_UNSUPPORTED,
                                "'%.*s' has redacted columns, whose values are not in the ledger; "
                                "correct its records in the source and run with '--only rejected'",
                                WH_FMT(item->name));
        if (item->log == WH_LOG_KEYS)
            return wh_error_set(err, WH_UNSUPPORTED,
                                "the ledger keeps no records of '%.*s' ('log: keys'); correct them "
                                "in the source and run with '--only rejected'",
                                WH_FMT(item->name));
    }
    return WH_OK;
}

static wh_code gather_question(struct asking *asking, struct wh_error *err)
{
    struct wherry_job *job = asking->job;
    bool failed = api_switch(job, "failed");
    bool rejected = api_switch(job, "rejected");
    bool missing = api_switch(job, "missing");
    uint64_t run = api_count(job, "run", 0);
    if (run > INT64_MAX)
        return wh_error_set(err, WH_INVALID, "there is no run of that number");
    asking->query = (struct wh_log_query){.migration = asking->migration->name,
                                          .item = api_text(job, "item"),
                                          .run = (int64_t)run,
                                          .rule = api_text(job, "rule")};
    if (missing && (failed || rejected))
        return wh_error_set(
            err, WH_INVALID,
            "'--missing' cannot be combined with '--failed' or '--rejected': ask twice");
    asking->query.status = missing ? WH_STATUS_MISSING : 0;
    asking->wants_extract = rejected && !failed && api_text(job, "export").ptr != NULL;
    if (asking->wants_extract)
        asking->query.status = WH_STATUS_REJECTED;
    /* What a rule refused, and what an extract must leave out, they alone know. */
    asking->query.needs_failures = asking->wants_extract || asking->query.rule.ptr != NULL;
    asking->wants_failures = (failed || rejected) && !asking->wants_extract;
    if (failed != rejected)
        asking->status = failed ? WH_STATUS_FAILED : WH_STATUS_REJECTED;
    WH_TRY(settle_item(asking, err));
    return check_extract(asking, err);
}

/** A rule of this name that the migration has; ptr NULL in ret_nearest->best where none is near. */
static bool has_rule(const struct asking *asking, struct wh_nearest *ret_nearest)
{
    const struct wh_migration *migration = asking->migration;
    struct wh_str wanted = asking->query.rule;
    *ret_nearest = wh_nearest_to(wanted);
    bool is_known = false;
    for (size_t at = 0; at < migration->item_count; at++) {
        const struct wh_item_definition *item = &migration->items[at];
        for (size_t rule = 0; rule < item->clean_count + item->expect_count; rule++) {
            struct wh_str name = rule < item->clean_count
                                     ? item->clean[rule].name
                                     : item->expect[rule - item->clean_count].name;
            is_known = is_known || wh_str_equal(name, wanted);
            wh_nearest_offer(ret_nearest, name);
        }
    }
    return is_known;
}

/** "'no city', 'dates'": the first of the migration's rules. */
static wh_code list_rules(const struct asking *asking, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_migration *migration = asking->migration;
    struct wh_name_list names = {.count = 0};
    for (size_t at = 0; at < migration->item_count; at++) {
        const struct wh_item_definition *item = &migration->items[at];
        for (size_t rule = 0; rule < item->clean_count + item->expect_count; rule++)
            WH_TRY(wh_name_list_add(&names,
                                    rule < item->clean_count
                                        ? item->clean[rule].name
                                        : item->expect[rule - item->clean_count].name,
                                    &asking->job->arena, err));
    }
    WH_TRY(wh_name_list_end(&names, &asking->job->arena, err));
    *ret = names.count > 0 ? names.text : WH_STR("none");
    return WH_OK;
}

/** Rules may have been renamed since they were logged, and constraints are the destination's: only
 *  a name that the log does not have either is a slip. */
static wh_code check_rule(const struct asking *asking, struct wh_error *err)
{
    struct wh_nearest nearest;
    struct wh_str rules;
    const char *asked = asking->query.run == 0
                            ? "the latest run refused nothing for it (an earlier "
                              "one: '--run N')"
                            : "that run refused nothing for it";
    if (asking->query.rule.ptr == NULL || asking->printer.count > 0 || has_rule(asking, &nearest))
        return WH_OK;
    if (nearest.best.ptr != NULL)
        return wh_error_set(err, WH_INVALID,
                            "the migration has no rule '%.*s', and %s" WH_NEAREST_FORMAT,
                            WH_FMT(asking->query.rule), asked, WH_NEAREST(nearest));
    WH_TRY(list_rules(asking, &rules, err));
    return wh_error_set(err, WH_INVALID, "the migration has no rule '%.*s' (it has: %.*s), and %s",
                        WH_FMT(asking->query.rule), WH_FMT(rules), asked);
}

/** A run that there never was is a slip of the hand. */
static wh_code check_run(const struct asking *asking, struct wh_error *err)
{
    struct wh_run_record *runs;
    size_t count;
    if (asking->query.run == 0)
        return WH_OK;
    WH_TRY(wh_ledger_runs(asking->ledger, asking->migration->name, 0, &asking->job->arena, &runs,
                          &count, err));
    for (size_t i = 0; i < count; i++)
        if (runs[i].id == asking->query.run)
            return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "there is no run %lld of '%.*s'; 'wherry status' lists its runs",
                        (long long)asking->query.run, WH_FMT(asking->migration->name));
}

/** How many there were is talk, not data. */
static wh_code remark_count(const struct asking *asking, struct wh_error *err)
{
    char room[WH_TEXT_SIZE];
    struct wh_str remark;
    uint64_t count = asking->printer.count;
    if (api_values(asking->job, "id")->count > 0)
        return WH_OK;
    WH_TRY(wh_arena_format(&asking->job->arena, &remark, err, "%s item%s",
                           wh_text_count(count, room), wh_text_plural(count)));
    api_note(asking->job, remark);
    return WH_OK;
}

/** What an extract leaves out. */
static wh_code remark_left_out(const struct asking *asking, struct wh_error *err)
{
    const struct {
        uint64_t count;
        const char *why_one, *why_many;
    } kinds[] = {
        {asking->printer.unreadable, "could not be read, so has no columns",
         "could not be read, so have no columns"},
        {asking->printer.keyless, "was refused for its key", "were refused for their keys"}};
    for (size_t i = 0; i < WH_COUNT_OF(kinds); i++) {
        char room[WH_TEXT_SIZE];
        struct wh_str remark;
        if (kinds[i].count == 0)
            continue;
        bool is_one = kinds[i].count == 1;
        WH_TRY(
            wh_arena_format(&asking->job->arena, &remark, err,
                            "%s more %s; correct %s in the source and run with '--only rejected'",
                            wh_text_count(kinds[i].count, room),
                            is_one ? kinds[i].why_one : kinds[i].why_many, is_one ? "it" : "them"));
        api_note(asking->job, remark);
    }
    return WH_OK;
}

static wh_code answer(struct asking *asking, struct wh_paper *paper, struct wh_error *err)
{
    wh_log_printer_init(&asking->printer, form_of(asking), asking->wants_failures, paper);
    wh_code rc = ask_all(asking, err);
    wh_log_printer_finish(&asking->printer);
    /* What was printed stands before the remark about it. */
    if (rc == WH_OK)
        rc = wh_paper_flush(paper, err);
    if (rc == WH_OK)
        rc = check_rule(asking, err);
    if (rc == WH_OK)
        rc = remark_count(asking, err);
    if (rc == WH_OK)
        rc = remark_left_out(asking, err);
    wh_log_printer_release(&asking->printer);
    return rc;
}

wh_code api_log(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                struct wh_error *err)
{
    (void)ret_exit;
    WH_CLEANUP(api_migration_free) struct wh_migration *migration = NULL;
    WH_CLEANUP(api_ledger_close) struct api_ledger ledger = {.ledger = NULL};
    WH_TRY(api_read_migration(job, &migration, err));
    struct asking asking = {.job = job, .migration = migration};
    WH_TRY(gather_question(&asking, err));
    WH_TRY(api_ledger_open(job, migration, &ledger, err));
    if (ledger.ledger == NULL) {
        api_note(job, WH_STR("the destination has no ledger: nothing was migrated into it yet"));
        return WH_OK;
    }
    asking.ledger = ledger.ledger;
    WH_TRY(check_run(&asking, err));
    api_places_init(&asking.places, migration, ledger.ledger);
    wh_code rc = answer(&asking, paper, err);
    api_places_release(&asking.places);
    return rc;
}
