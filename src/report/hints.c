/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hints.h"

#include <string.h>

#include "report/table.h"
#include "report/text.h"

/** "shop.yaml", "shop.yaml customer" */
static wh_code make_subject(const struct wh_hinted *about, bool takes_item, struct wh_arena *arena,
                            struct wh_str *ret, struct wh_error *err)
{
    struct wh_str item = WH_STR_NONE;
    WH_TRY(wh_text_shell_word(about->file, arena, ret, err));
    if (!takes_item || about->item.ptr == NULL)
        return WH_OK;
    WH_TRY(wh_text_shell_word(about->item, arena, &item, err));
    return wh_arena_format(arena, ret, err, "%.*s %.*s", WH_FMT(*ret), WH_FMT(item));
}

void wh_report_hints(const struct wh_hint *hints, const struct wh_hinted *about,
                     struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = ""}, {.title = ""}, {.title = NULL}};
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    if (wh_paper_check(paper, NULL) != WH_OK)
        return;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 2);
    table.has_no_head = true;
    for (; hints->verb != NULL; hints++) {
        struct wh_str command;
        struct wh_str subject;
        bool takes_item = strcmp(hints->verb, "status") != 0;
        const char *gap = hints->arguments[0] != '\0' ? " " : "";
        if (make_subject(about, takes_item, &arena, &subject, &paper->error) != WH_OK ||
            wh_arena_format(&arena, &command, &paper->error, "wherry %s %.*s%s%s", hints->verb,
                            WH_FMT(subject), gap, hints->arguments) != WH_OK)
            return;
        wh_table_add(&table, (struct wh_cell[]){{.text = command, .ink = WH_INK_BOLD},
                                                {.text = wh_str_from(hints->help)}});
    }
    wh_table_print(&table, paper);
}

void wh_report_refusal_hints(const struct wh_counts *counts, const struct wh_hinted *about,
                             struct wh_paper *paper)
{
    struct wh_hint hints[5];
    size_t count = 0;
    bool needs_item = about->has_several_items && about->item.ptr == NULL;
    if (counts->rejected > 0)
        hints[count++] = (struct wh_hint){"log", "--rejected",
                                          "each item that a rule, check or conversion refused"};
    if (counts->failed > 0)
        hints[count++] = (struct wh_hint){"log", "--failed", "each item that could not be written"};
    hints[count++] = (struct wh_hint){"log", needs_item ? "ITEM --id KEY" : "--id KEY",
                                      "the history of one item"};
    hints[count++] =
        (struct wh_hint){"run", "", "again, after a fix: only differences are written"};
    hints[count] = (struct wh_hint){.verb = NULL};
    wh_report_hints(hints, about, paper);
}

/** How a refusal reads, by the stage that it happened in. */
struct stage_words {
    const char *stage;
    const char *with_rule;   /* before 'rule'; NULL: the rule says nothing */
    const char *with_column; /* before 'column' */
    const char *alone;
};

static const struct stage_words stage_table[] = {
    {"read", NULL, NULL, "the record could not be read"},
    {"where", NULL, NULL, "'where' could not be evaluated"},
    {"clean", "rule", "cleaning column", "by a clean rule"},
    {"key", NULL, "key column", "the key"},
    {"map", NULL, "column", "the map"},
    {"expect", "check", "column", "by a check"},
    {"write", "at the write, by", "at the write, column", "at the write"},
    {NULL, NULL, NULL, NULL}};

static const struct stage_words *words_of(struct wh_str stage)
{
    const struct stage_words *words = stage_table;
    while (words->stage != NULL && !wh_str_is(stage, words->stage))
        words++;
    return words->stage != NULL ? words : NULL;
}

static void print_refusal(const struct wh_refusal *refusal, struct wh_paper *paper)
{
    const struct stage_words *words = words_of(refusal->stage);
    wh_paper_printf(paper, "%s: ", wh_item_status_name(refusal->status));
    struct wh_str subject = WH_STR_NONE;
    if (words == NULL) {
        wh_paper_put_data(paper, refusal->stage);
        subject = refusal->rule.ptr != NULL ? refusal->rule : refusal->column;
    } else if (refusal->rule.ptr != NULL && words->with_rule != NULL) {
        wh_paper_printf(paper, "%s", words->with_rule);
        subject = refusal->rule;
    } else if (refusal->column.ptr != NULL && words->with_column != NULL) {
        wh_paper_printf(paper, "%s", words->with_column);
        subject = refusal->column;
    } else {
        wh_paper_printf(paper, "%s", words->alone);
    }
    if (subject.ptr == NULL)
        return;
    wh_paper_put(paper, WH_STR(" '"));
    wh_paper_put_data(paper, subject);
    wh_paper_put(paper, WH_STR("'"));
}

void wh_report_refusal(const struct wh_refusal *refusal, struct wh_paper *paper)
{
    print_refusal(refusal, paper);
    if (refusal->sqlstate.len == 0)
        return;
    wh_paper_put(paper, WH_STR(" ("));
    wh_paper_put_data(paper, refusal->sqlstate);
    wh_paper_put(paper, WH_STR(")"));
}

void wh_report_sum(const struct wh_counts *counts, struct wh_paper *paper)
{
    const struct {
        uint64_t count;
        const char *name;
    } parts[] = {
        {counts->inserted, "inserted"},   {counts->updated, "updated"},
        {counts->unchanged, "unchanged"}, {counts->skipped, "skipped"},
        {counts->rejected, "rejected"},   {counts->failed, "failed"},
    };
    char room[WH_TEXT_SIZE];
    wh_paper_printf(paper, "%s read = ", wh_text_count(counts->read, room));
    const char *between = "";
    for (size_t part = 0; part < WH_COUNT_OF(parts); part++) {
        if (parts[part].count == 0)
            continue;
        wh_paper_printf(paper, "%s%s %s", between, wh_text_count(parts[part].count, room),
                        parts[part].name);
        between = " + ";
    }
    if (between[0] == '\0')
        wh_paper_put(paper, WH_STR("0"));
}

enum wh_ink wh_status_ink(enum wh_item_status status)
{
    switch (status) {
    case WH_STATUS_INSERTED:
    case WH_STATUS_UPDATED:
        return WH_INK_GOOD;
    case WH_STATUS_REJECTED:
    case WH_STATUS_FAILED:
        return WH_INK_BAD;
    case WH_STATUS_SKIPPED:
    case WH_STATUS_DELETED:
    case WH_STATUS_MISSING:
        return WH_INK_WARN;
    case WH_STATUS_UNCHANGED:
        break;
    }
    return WH_INK_PLAIN;
}

enum wh_ink wh_run_state_ink(enum wh_run_state state)
{
    switch (state) {
    case WH_RUN_DONE:
        return WH_INK_GOOD;
    case WH_RUN_RUNNING:
        return WH_INK_BOLD;
    case WH_RUN_INTERRUPTED:
    case WH_RUN_STOPPED:
    case WH_RUN_ABANDONED:
        return WH_INK_WARN;
    case WH_RUN_FAILED:
        return WH_INK_BAD;
    }
    return WH_INK_PLAIN;
}

/** Cuts an option or keyword `password` off, and all behind it: what ends it depends on quotes. */
static struct wh_str without_password_option(struct wh_str url)
{
    const char *at = url.len > 0 ? memmem(url.ptr, url.len, "password", 8) : NULL;
    return at != NULL ? wh_str_make(url.ptr, (size_t)(at - url.ptr)) : url;
}

wh_code wh_report_url(struct wh_str url, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err)
{
    struct wh_str shown = without_password_option(url);
    *ret = url;
    if (shown.len < url.len)
        WH_TRY(wh_arena_format(arena, &url, err, "%.*spassword=***", WH_FMT(shown)));
    *ret = url;
    const char *end = url.ptr + url.len;
    const char *authority = url.len > 0 ? memmem(url.ptr, url.len, "://", 3) : NULL;
    if (authority == NULL)
        return WH_OK;
    authority += 3;
    const char *stop = authority;
    const char *at = NULL;
    for (; stop < end && *stop != '/' && *stop != '?'; stop++)
        if (*stop == '@')
            at = stop;
    const char *colon = at != NULL ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (colon == NULL)
        return WH_OK;
    return wh_arena_format(arena, ret, err, "%.*s***%.*s",
                           WH_FMT(wh_str_make(url.ptr, (size_t)(colon + 1 - url.ptr))),
                           WH_FMT(wh_str_make(at, (size_t)(end - at))));
}
