/* SPDX-License-Identifier: Apache-2.0 */
/** What was detected, why, and the YAML that pins it. */
#include <inttypes.h>

#include "base/buf.h"
#include "base/error.h"
#include "format/csv_detect_internal.h"

#define MAX_EXPLANATION ((size_t)16 << 10)

/* A value in YAML's double quotes. */
static wh_code write_yaml(struct wh_buf *text, const char *name, struct wh_str value,
                          struct wh_error *err)
{
    WH_TRY(wh_buf_printf(text, err, ", %s: \"", name));
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        if (byte == '"' || byte == '\\')
            WH_TRY(wh_buf_printf(text, err, "\\%c", byte));
        else if (byte == '\t')
            WH_TRY(wh_buf_printf(text, err, "\\t"));
        else if ((unsigned char)byte < ' ' || byte == 0x7F)
            WH_TRY(wh_buf_printf(text, err, "\\x%02X", (unsigned)(unsigned char)byte));
        else
            WH_TRY(wh_buf_append_byte(text, byte, err));
    }
    return wh_buf_append_byte(text, '"', err);
}

/* An option that was not stated, where the dialect alone would not give it. */
static wh_code pin_text(struct wh_buf *text, const char *name, struct wh_str stated,
                        struct wh_str found, const char *otherwise, struct wh_error *err)
{
    if (stated.ptr != NULL || found.ptr == NULL || wh_str_is(found, otherwise))
        return WH_OK;
    return write_yaml(text, name, found, err);
}

static wh_code write_pin(const struct wh_detection *detection, struct wh_buf *text,
                         struct wh_error *err)
{
    const struct wh_format_options *stated = detection->options;
    const struct wh_format_options *found = &detection->best.options;
    bool is_database = wh_str_is(found->dialect, "postgres-text");
    WH_TRY(wh_buf_printf(text, err, "; to pin it: format: { dialect: %s",
                         is_database ? "postgres-text" : "csv"));
    WH_TRY(pin_text(text, "delimiter", stated->delimiter, found->delimiter,
                    is_database ? "\t" : ",", err));
    WH_TRY(pin_text(text, "quote", stated->quote, found->quote, is_database ? "none" : "\"", err));
    WH_TRY(
        pin_text(text, "escape", stated->escape, found->escape, is_database ? "\\" : "none", err));
    WH_TRY(pin_text(text, "line_end", stated->line_end, found->line_end, "standard", err));
    WH_TRY(pin_text(text, "comment", stated->comment, found->comment, "none", err));
    if (found->may_space_quotes && !stated->may_space_quotes)
        WH_TRY(wh_buf_printf(text, err, ", quote_spaces: true"));
    if (stated->skip == WH_FORMAT_NOT_STATED && found->skip != WH_FORMAT_NOT_STATED)
        WH_TRY(wh_buf_printf(text, err, ", skip: %" PRIu64, found->skip));
    bool is_default = wh_str_is(found->header, is_database ? "false" : "true");
    if (stated->header.ptr == NULL && !is_default)
        WH_TRY(wh_buf_printf(text, err, ", header: %.*s", WH_FMT(found->header)));
    return wh_buf_printf(text, err, " }");
}

wh_code wh_detect_explain(const struct wh_detection *detection, struct wh_str *ret,
                          struct wh_error *err)
{
    const struct wh_csv_trial *trial = &detection->best.trial;
    const struct wh_format_options *stated = detection->options;
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_EXPLANATION);
    WH_TRY(wh_buf_printf(&text, err, "; detected in %zu record%s: %zu of %zu have %zu cell%s",
                         trial->row_count, trial->row_count == 1 ? "" : "s",
                         trial->width == 1 ? trial->row_count - trial->malformed : trial->agreeing,
                         trial->row_count - trial->first, trial->width,
                         trial->width == 1 ? "" : "s"));
    if (stated->quote.ptr == NULL && trial->quoted > 0)
        WH_TRY(wh_buf_printf(&text, err, ", %zu of these are quoted", trial->quoted));
    if (trial->malformed > 0)
        WH_TRY(wh_buf_printf(&text, err, ", %zu record%s malformed", trial->malformed,
                             trial->malformed == 1 ? " is" : "s are"));
    if (stated->header.ptr == NULL && detection->header_reason != NULL)
        WH_TRY(wh_buf_printf(&text, err, ", %s: %s",
                             wh_str_is(detection->best.options.header, "true") ? "a header"
                                                                               : "no header",
                             detection->header_reason));
    WH_TRY(write_pin(detection, &text, err));
    return wh_arena_copy(detection->arena, wh_buf_str(&text), ret, err);
}
