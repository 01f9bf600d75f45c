/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_detect.h"

#include "base/error.h"
#include "format/csv_detect_internal.h"

/* How much better a delimiter must be than any other, and how many of the records must agree. */
#define CLEARLY_BETTER 1.3
#define MIN_AGREEMENT 0.7
#define MIN_AGREEMENT_ALONE 0.5

/* What to state where the quote cannot be told. */
#define QUOTE_ANSWERS "quote: \"\\\"\", quote: \"'\" or quote: none"

/* A better variant of one delimiter: by more than rounding. */
#define BETTER 1.005

/* Without a table in it, so many records at most may hold something that looks like a delimiter. */
#define MAX_STRAY 0.1

static const struct {
    const char *text;
    bool is_weak; /* stands in ordinary text, too: never taken, but asked about */
} delimiters[] = {
    {",", false}, {";", false},    {"\t", false},   {"|", false}, {"||", false}, {"~", false},
    {"^", false}, {"\x01", false}, {"\x1F", false}, {":", true},  {" ", true},
};

/* Ways in which a file with one delimiter may be written, the likeliest first. */
static const struct variant {
    const char *quote;
    const char *escape;
    bool spaces;
} variants[] = {
    {"\"", "none", false}, {"\"", "none", true}, {"\"", "\\", false}, {"none", "none", false},
    {"none", "\\", false}, {"'", "none", false}, {"'", "\\", false},
};

static bool has_bytes(struct wh_str text, const char *bytes)
{
    return text.len > 0 && memmem(text.ptr, text.len, bytes, strlen(bytes)) != NULL;
}

static bool is_stated_as(struct wh_str stated, const char *value)
{
    return stated.ptr == NULL || wh_str_is(stated, value);
}

/* Whether the sample gives any reason to try a variant. */
static bool is_possible(const struct wh_detection *detection, const struct variant *variant)
{
    const struct wh_format_options *options = detection->options;
    struct wh_str text = detection->text;
    if (!is_stated_as(options->quote, variant->quote) ||
        !is_stated_as(options->escape, variant->escape))
        return false;
    if (variant->escape[0] == '\\' && options->escape.ptr == NULL && !has_bytes(text, "\\"))
        return false;
    if (variant->spaces)
        return has_bytes(text, " \"") || has_bytes(text, "\" ");
    if (options->quote.ptr != NULL || variant->quote[0] == '"')
        return true;
    if (strcmp(variant->quote, "none") == 0)
        return has_bytes(text, "\"") || variant->escape[0] == '\\';
    return has_bytes(text, variant->quote);
}

/* What the options come to with a delimiter and a variant. A tab, no quote and escapes are what
 * databases export. */
static void state_candidate(const struct wh_detection *detection, const char *delimiter,
                            const struct variant *variant, struct wh_format_options *ret)
{
    *ret = *detection->options;
    if (ret->delimiter.ptr == NULL)
        ret->delimiter = wh_str_from(delimiter);
    if (ret->quote.ptr == NULL)
        ret->quote = wh_str_from(variant->quote);
    if (ret->escape.ptr == NULL)
        ret->escape = wh_str_from(variant->escape);
    ret->line_end = wh_str_from(detection->line_end);
    ret->may_space_quotes |= variant->spaces;
    if (wh_str_is(ret->delimiter, "\t") && variant->escape[0] == '\\' &&
        strcmp(variant->quote, "none") == 0) {
        ret->dialect = WH_STR("postgres-text");
        if (wh_str_is(ret->line_end, "standard") && !has_bytes(detection->text, "\r\n"))
            ret->line_end = WH_STR("lf");
    }
}

/* The best way to read the sample with a delimiter; its score is 0 where there is none. */
static wh_code try_delimiter(const struct wh_detection *detection, const char *delimiter,
                             struct wh_candidate *ret, struct wh_error *err)
{
    *ret = (struct wh_candidate){0};
    for (size_t i = 0; i < WH_COUNT_OF(variants); i++) {
        struct wh_candidate candidate = {0};
        struct wh_csv_form form;
        if (!is_possible(detection, &variants[i]))
            continue;
        state_candidate(detection, delimiter, &variants[i], &candidate.options);
        if (wh_csv_form_make(&candidate.options, &form, NULL) != WH_OK)
            continue;
        WH_TRY(wh_csv_try(&form.dialect, detection->text, detection->is_last, detection->arena,
                          &candidate.trial, err));
        /* What starts with " and is no text in quotes is rejected, and not taken as it stands. */
        if (detection->options->quote.ptr == NULL && candidate.trial.opening > 0 &&
            candidate.trial.escaped == 0 && strcmp(variants[i].quote, "none") == 0)
            continue;
        if (ret->trial.rows == NULL || candidate.trial.score > ret->trial.score * BETTER)
            *ret = candidate;
    }
    return WH_OK;
}

/* ---- one among the delimiters ---------------------------------------------------------------- */

static bool is_tried(const struct wh_detection *detection, const char *delimiter)
{
    if (detection->options->delimiter.ptr != NULL)
        return strcmp(delimiter, ",") == 0; /* once: the stated one is what is tried */
    return strcmp(delimiter, ",") == 0 || has_bytes(detection->text, delimiter);
}

/* Where || cuts every record into the same number of cells and | into an empty one more between
 * each two of them, it is the delimiter. */
static bool is_half_of_delimiter(const struct wh_candidate *single,
                                 const struct wh_candidate *doubled)
{
    return wh_str_is(single->options.delimiter, "|") &&
           wh_str_is(doubled->options.delimiter, "||") && doubled->trial.width > 1 &&
           doubled->trial.width * 2 - 1 == single->trial.width &&
           wh_csv_trial_agreement(&doubled->trial) >= wh_csv_trial_agreement(&single->trial);
}

static void rank(struct wh_detection *detection, const struct wh_candidate *candidate)
{
    if (detection->best.trial.rows != NULL && is_half_of_delimiter(&detection->best, candidate)) {
        detection->best = *candidate;
        return;
    }
    if (detection->best.trial.rows == NULL ||
        candidate->trial.score > detection->best.trial.score) {
        detection->second = detection->best;
        detection->best = *candidate;
    } else if (candidate->trial.score > detection->second.trial.score) {
        detection->second = *candidate;
    }
}

static wh_code detect_delimiter(struct wh_detection *detection, struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(delimiters); i++) {
        struct wh_candidate candidate;
        if (!is_tried(detection, delimiters[i].text))
            continue;
        WH_TRY(try_delimiter(detection, delimiters[i].text, &candidate, err));
        if (candidate.trial.rows == NULL)
            continue;
        if (!delimiters[i].is_weak)
            rank(detection, &candidate);
        else if (candidate.trial.score > detection->weak.trial.score)
            detection->weak = candidate;
    }
    return WH_OK;
}

/* ---- is it clear? ---------------------------------------------------------------------------- */

static wh_code not_sure(const struct wh_detection *detection, const char *what, const char *option,
                        struct wh_error *err)
{
    const struct wh_csv_trial *best = &detection->best.trial;
    return wh_error_set(err, WH_INVALID,
                        "cannot tell for certain %s (with the delimiter '%.*s' %zu of %zu records "
                        "have %zu cell%s); state it in 'format': %s",
                        what, WH_FMT(detection->best.options.delimiter), best->agreeing,
                        best->row_count - best->first, best->width, best->width == 1 ? "" : "s",
                        option);
}

/* Records that a strong delimiter would cut. */
static double stray_part(const struct wh_csv_trial *trial)
{
    size_t cut = 0;
    for (size_t i = 0; i < trial->row_count; i++)
        cut += trial->rows[i].cells > 1;
    return trial->row_count > 0 ? (double)cut / (double)trial->row_count : 0;
}

/* One column, where no delimiter makes a table. */
static wh_code check_single_column(struct wh_detection *detection, struct wh_error *err)
{
    const struct wh_csv_trial *weak = &detection->weak.trial;
    bool may_be_weak = weak->rows != NULL && weak->first == 0 && weak->width > 1 &&
                       weak->row_count >= 3 && weak->agreeing == weak->row_count;
    if (may_be_weak || stray_part(&detection->best.trial) > MAX_STRAY ||
        stray_part(&detection->second.trial) > MAX_STRAY)
        return not_sure(detection, "the delimiter", "delimiter: \",\", or another", err);
    detection->best.trial.width = 1;
    return WH_OK;
}

static bool is_delimiter_clear(const struct wh_detection *detection)
{
    const struct wh_csv_trial *best = &detection->best.trial;
    double second = detection->second.trial.score;
    double needed = second > 0 ? MIN_AGREEMENT : MIN_AGREEMENT_ALONE;
    return best->score > second * CLEARLY_BETTER && wh_csv_trial_agreement(best) >= needed &&
           best->width > 1;
}

/* Backslashes that stand in pairs only are escaped ones, or the beginning of \\server\share. */
static bool has_only_paired_escapes(const struct wh_detection *detection)
{
    struct wh_str text = detection->text;
    size_t pairs = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        if (i + 1 < text.len && text.ptr[i + 1] != '\\')
            return false;
        pairs++;
        i++;
    }
    return pairs > 0;
}

/* True where the sample holds escapes as databases write them, and nothing that contradicts. */
static bool may_be_database_text(const struct wh_detection *detection)
{
    struct wh_str text = detection->text;
    bool has_letters = false;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        if (strchr("nrt\\", text.ptr[i + 1]) == NULL || text.ptr[i + 1] == '\0')
            return false;
        has_letters = true;
        i++;
    }
    return has_letters;
}

/* Tabs and \N: what databases write, although no escape shows in the cells' number. */
static wh_code check_escape(struct wh_detection *detection, struct wh_error *err)
{
    const struct wh_format_options *stated = detection->options;
    struct wh_candidate *best = &detection->best;
    if (stated->escape.ptr != NULL || !wh_str_is(best->options.escape, "none"))
        return WH_OK;
    bool has_tabs = wh_str_is(best->options.delimiter, "\t");
    if (has_tabs && best->trial.null_marks > 0 && best->trial.quoted == 0 &&
        stated->quote.ptr == NULL) {
        static const struct variant database = {"none", "\\", false};
        struct wh_csv_form form;
        state_candidate(detection, "\t", &database, &best->options);
        WH_TRY(wh_csv_form_make(&best->options, &form, err));
        return wh_csv_try(&form.dialect, detection->text, detection->is_last, detection->arena,
                          &best->trial, err);
    }
    if (has_tabs && best->trial.quoted == 0 && may_be_database_text(detection))
        return not_sure(detection, "whether \\n, \\t and \\\\ are escapes",
                        "dialect: postgres-text, or escape: none", err);
    if (has_only_paired_escapes(detection))
        return not_sure(detection, "whether \\\\ is an escaped \\", "escape: \"\\\\\", or none",
                        err);
    return WH_OK;
}

static wh_code check_quote(struct wh_detection *detection, struct wh_error *err)
{
    const struct wh_format_options *stated = detection->options;
    const struct wh_candidate *best = &detection->best;
    if (stated->quote.ptr != NULL)
        return WH_OK;
    bool is_none = wh_str_is(best->options.quote, "none");
    bool is_single = wh_str_is(best->options.quote, "'");
    /* A single quote is one where it protects something,
     * or a column's worth of cells stands in it. */
    bool is_rare = is_single && best->trial.quoted * 10 < best->trial.agreeing * 9 &&
                   (best->trial.protecting == 0 || best->trial.malformed > 0);
    bool is_odd_none = is_none && best->trial.enclosed > 0 && best->trial.escaped == 0;
    if (is_rare || is_odd_none || wh_csv_trial_quotes_without_need(&best->trial, true))
        return not_sure(detection, "the quote", QUOTE_ANSWERS, err);
    return WH_OK;
}

/* Delimiter, quote and escape; lines end as detection->line_end says. */
static wh_code choose_shape(struct wh_detection *detection, struct wh_error *err)
{
    WH_TRY(detect_delimiter(detection, err));
    if (detection->options->delimiter.ptr == NULL && !is_delimiter_clear(detection)) {
        bool is_table = detection->best.trial.score > 0.1;
        if (is_table)
            return not_sure(detection, "the delimiter", "delimiter: \",\", or another", err);
        WH_TRY(check_single_column(detection, err));
    }
    if (detection->best.trial.row_count == 0)
        return WH_OK;
    WH_TRY(check_quote(detection, err));
    return check_escape(detection, err);
}

/* ---- line ends ------------------------------------------------------------------------------- */

static void count_line_ends(const struct wh_detection *detection, size_t *ret_newlines,
                            size_t *ret_lone_returns)
{
    struct wh_str text = detection->text;
    *ret_newlines = 0;
    *ret_lone_returns = 0;
    for (size_t i = 0; i < text.len; i++) {
        *ret_newlines += text.ptr[i] == '\n';
        bool is_alone = i + 1 < text.len ? text.ptr[i + 1] != '\n' : detection->is_last;
        *ret_lone_returns += text.ptr[i] == '\r' && is_alone;
    }
}

/* How much line ends make a table: one record alone is none. */
static double table_likeness(const struct wh_csv_trial *trial)
{
    return trial->row_count > 1 && trial->width > 1 ? wh_csv_trial_agreement(trial) : 0;
}

/* A CR alone ends lines where there is no LF, or where only so the records are a table. */
static wh_code choose_line_end(struct wh_detection *detection, struct wh_error *err)
{
    size_t newlines;
    size_t returns;
    count_line_ends(detection, &newlines, &returns);
    if (detection->options->line_end.ptr != NULL) {
        detection->line_end = wh_str_is(detection->options->line_end, "any")  ? "any"
                              : wh_str_is(detection->options->line_end, "lf") ? "lf"
                                                                              : "standard";
        return choose_shape(detection, err);
    }
    detection->line_end = newlines == 0 && returns > 0 ? "any" : "standard";
    if (newlines == 0 || returns == 0)
        return choose_shape(detection, err);

    struct wh_detection other = *detection;
    other.line_end = "any";
    struct wh_error other_err = WH_ERROR_NONE;
    wh_code other_rc = choose_shape(&other, &other_err);
    wh_code rc = choose_shape(detection, err);
    double standard = table_likeness(&detection->best.trial);
    double any = table_likeness(&other.best.trial);
    bool is_same = detection->best.trial.row_count == other.best.trial.row_count &&
                   detection->best.trial.malformed == other.best.trial.malformed;
    bool ends_with_return = detection->is_last && detection->text.len > 0 &&
                            detection->text.ptr[detection->text.len - 1] == '\r';
    if (any > 0 && ((any > standard && !is_same) || (any >= standard && ends_with_return))) {
        *detection = other;
        *err = other_err;
        return other_rc;
    }
    WH_TRY(rc);
    if (!is_same && any == standard)
        return not_sure(detection, "whether a CR alone ends a line", "line_end: any, or standard",
                        err);
    return WH_OK;
}

/* ---- comments -------------------------------------------------------------------------------- */

static bool starts_with_hash(const struct wh_csv_trial *trial, size_t row)
{
    return trial->text.ptr[trial->rows[row].start] == '#';
}

/* Lines that start with # and are no records of the table are comments. */
static wh_code choose_comment(struct wh_detection *detection, struct wh_error *err)
{
    struct wh_candidate *best = &detection->best;
    if (detection->options->comment.ptr != NULL)
        return WH_OK;
    size_t marked = 0;
    size_t agreeing = 0;
    for (size_t i = 0; i < best->trial.row_count; i++) {
        bool is_marked = starts_with_hash(&best->trial, i);
        marked += is_marked;
        agreeing += is_marked && best->trial.rows[i].cells == best->trial.width;
    }
    bool is_first = marked > 0 && starts_with_hash(&best->trial, 0);
    if (marked == agreeing) {
        bool is_odd =
            is_first && marked == 1 && best->trial.text.ptr[best->trial.rows[0].start + 1] == ' ';
        return is_odd ? not_sure(detection, "whether the first line is a comment",
                                 "comment: \"#\", or none", err)
                      : WH_OK;
    }
    best->options.comment = WH_STR("#");
    struct wh_csv_form form;
    WH_TRY(wh_csv_form_make(&best->options, &form, err));
    size_t width = best->trial.width;
    WH_TRY(wh_csv_try(&form.dialect, detection->text, detection->is_last, detection->arena,
                      &best->trial, err));
    if (width == 1)
        best->trial.width = 1;
    return WH_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool is_anything_open(const struct wh_format_options *options)
{
    return options->delimiter.ptr == NULL || options->quote.ptr == NULL ||
           options->escape.ptr == NULL || options->line_end.ptr == NULL ||
           options->comment.ptr == NULL || options->skip == WH_FORMAT_NOT_STATED ||
           options->header.ptr == NULL;
}

/* The sample behind the lines that were told to be left out. */
static struct wh_str without_preamble(const struct wh_format_options *options, struct wh_str text)
{
    struct wh_csv_form form;
    if (wh_csv_form_make(options, &form, NULL) != WH_OK)
        return text;
    size_t at = 0;
    bool has_end;
    for (uint64_t i = 0; i < form.skip; i++)
        at = wh_csv_line_next(&form.dialect, text, at, true, &has_end);
    return wh_str_make(text.ptr + at, text.len - at);
}

wh_code wh_csv_detect(struct wh_format_options *options,
                      const struct wh_csv_detect_request *request, struct wh_str *ret_why,
                      struct wh_error *err)
{
    *ret_why = WH_STR("");
    if (options->dialect.ptr != NULL || !is_anything_open(options))
        return WH_OK;
    struct wh_detection detection = {.options = options,
                                     .request = request,
                                     .text = without_preamble(options, request->text),
                                     .is_last = request->is_last,
                                     .arena = request->arena};
    WH_TRY(choose_line_end(&detection, err));
    struct wh_candidate *best = &detection.best;
    if (best->trial.row_count == 0)
        return WH_OK;
    WH_TRY(choose_comment(&detection, err));
    if (options->skip == WH_FORMAT_NOT_STATED && best->trial.first > 0)
        best->options.skip = best->trial.rows[best->trial.first].lines;
    if (options->header.ptr == NULL)
        WH_TRY(wh_detect_header(&detection, err));
    if (options->quote.ptr == NULL &&
        wh_csv_trial_quotes_without_need(&best->trial, !wh_str_is(best->options.header, "false")))
        return not_sure(&detection, "the quote", QUOTE_ANSWERS, err);
    WH_TRY(wh_detect_explain(&detection, ret_why, err));
    *options = best->options;
    return WH_OK;
}
