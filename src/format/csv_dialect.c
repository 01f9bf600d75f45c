/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_dialect.h"

#include "base/error.h"
#include "data/text.h"

/* The word for: there is no such byte. */
#define NONE "none"

/* ---- dialects by name ------------------------------------------------------------------------ */

/* What a name stands for; what is stated beside it goes before it. */
static const struct named_dialect {
    const char *name;
    const char *delimiter;
    const char *quote;
    const char *escape;
    const char *line_end;
    const char *null;
    const char *header;
    enum wh_csv_escapes escapes;
    bool has_end_marker;
} named_dialects[] = {
    {"csv", ",", "\"", NONE, "standard", "", "true", WH_CSV_ESCAPES_PLAIN, false},
    {"mysql", "\t", NONE, "\\", "lf", "\\N", "false", WH_CSV_ESCAPES_MYSQL, false},
    {"postgres-text", "\t", NONE, "\\", "standard", "\\N", "false", WH_CSV_ESCAPES_POSTGRES, true},
};

static const char *const line_ends[] = {
    [WH_CSV_LINES_STANDARD] = "standard",
    [WH_CSV_LINES_LF] = "lf",
    [WH_CSV_LINES_ANY] = "any",
};

static wh_code find_dialect(struct wh_str name, const struct named_dialect **ret,
                            struct wh_error *err)
{
    *ret = &named_dialects[0];
    if (name.ptr == NULL)
        return WH_OK;
    for (size_t i = 0; i < WH_COUNT_OF(named_dialects); i++) {
        *ret = &named_dialects[i];
        if (wh_str_is(name, named_dialects[i].name))
            return WH_OK;
    }
    return wh_error_set(err, WH_INVALID,
                        "there is no dialect '%.*s'; state csv, mysql or postgres-text",
                        WH_FMT(name));
}

static struct wh_str stated_or(struct wh_str stated, const char *otherwise)
{
    return stated.ptr != NULL ? stated : wh_str_from(otherwise);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* A text of one to WH_CSV_MAX_MARK bytes, none of them NUL or part of a line end. */
static wh_code check_mark(const char *name, struct wh_str mark, struct wh_error *err)
{
    if (mark.len == 0 || mark.len > WH_CSV_MAX_MARK)
        return wh_error_set(err, WH_INVALID, "the %s '%.*s' has %zu bytes; state 1 to %d", name,
                            WH_FMT(mark), mark.len, WH_CSV_MAX_MARK);
    for (size_t i = 0; i < mark.len; i++) {
        if (mark.ptr[i] == '\n' || mark.ptr[i] == '\r' || mark.ptr[i] == '\0')
            return wh_error_set(err, WH_INVALID,
                                "the %s cannot hold a line end or NUL; state another", name);
    }
    if (!wh_utf8_is_valid(mark))
        return wh_error_set(err, WH_INVALID, "the %s is not UTF-8; state another", name);
    return WH_OK;
}

static wh_code read_delimiter(struct wh_str stated, struct wh_csv_dialect *ret,
                              struct wh_error *err)
{
    struct wh_str delimiter = wh_str_is(stated, "\\t") ? WH_STR("\t") : stated;
    WH_TRY(check_mark("delimiter", delimiter, err));
    memcpy(ret->delimiter_bytes, delimiter.ptr, delimiter.len);
    ret->delimiter = delimiter.ptr[0];
    ret->delimiter_size = (uint8_t)delimiter.len;
    uint8_t matched = 0;
    for (size_t i = 1; i < delimiter.len; i++) {
        while (matched > 0 && delimiter.ptr[i] != delimiter.ptr[matched])
            matched = ret->fallback[matched - 1];
        matched = (uint8_t)(matched + (delimiter.ptr[i] == delimiter.ptr[matched]));
        ret->fallback[i] = matched;
    }
    return WH_OK;
}

/* A quote or an escape: one ASCII byte, or none. */
static wh_code read_byte(const char *name, struct wh_str stated, char *ret, bool *ret_is_there,
                         struct wh_error *err)
{
    *ret_is_there = !wh_str_is(stated, NONE);
    if (!*ret_is_there)
        return WH_OK;
    WH_TRY(check_mark(name, stated, err));
    if (stated.len != 1 || (unsigned char)stated.ptr[0] >= 0x80)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the %s '%.*s' is no ASCII character; state one of those, or " NONE,
                            name, WH_FMT(stated));
    *ret = stated.ptr[0];
    return WH_OK;
}

static wh_code read_comment(struct wh_str stated, struct wh_csv_dialect *ret, struct wh_error *err)
{
    if (stated.ptr == NULL || wh_str_is(stated, NONE))
        return WH_OK;
    WH_TRY(check_mark("comment", stated, err));
    memcpy(ret->comment, stated.ptr, stated.len);
    ret->comment_size = (uint8_t)stated.len;
    return WH_OK;
}

static wh_code read_line_end(struct wh_str stated, struct wh_csv_dialect *ret, struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(line_ends); i++) {
        ret->line_end = (uint8_t)i;
        if (wh_str_is(stated, line_ends[i]))
            return WH_OK;
    }
    return wh_error_set(err, WH_INVALID,
                        "there is no line_end '%.*s'; state standard (LF or CR LF), lf (LF alone) "
                        "or any (LF, CR LF or CR)",
                        WH_FMT(stated));
}

/* ---- contradictions -------------------------------------------------------------------------- */

static bool holds(const char *bytes, size_t size, char byte)
{
    return size > 0 && memchr(bytes, byte, size) != NULL;
}

static wh_code refuse_shared(const char *one, const char *other, char byte, struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID, "%s and %s are both '%c'; state two bytes", one, other,
                        byte);
}

/* Every byte that shapes the file must say one thing only. */
static wh_code check_dialect(const struct wh_csv_dialect *dialect, struct wh_error *err)
{
    const char *delimiter = dialect->delimiter_bytes;
    size_t size = dialect->delimiter_size;
    if (dialect->has_quote && holds(delimiter, size, dialect->quote))
        return refuse_shared("delimiter", "quote", dialect->quote, err);
    if (dialect->has_escape && holds(delimiter, size, dialect->escape))
        return refuse_shared("delimiter", "escape", dialect->escape, err);
    if (dialect->has_escape && dialect->has_quote && dialect->quote == dialect->escape)
        return wh_error_set(err, WH_INVALID,
                            "the escape is the quote: a quote inside quotes is doubled anyway; "
                            "state 'escape: none'");
    for (size_t i = 0; i < dialect->comment_size; i++) {
        char byte = dialect->comment[i];
        if ((dialect->has_quote && byte == dialect->quote) ||
            (dialect->has_escape && byte == dialect->escape) || holds(delimiter, size, byte))
            return wh_error_set(err, WH_INVALID,
                                "the comment's '%c' is part of delimiter, quote or escape, too; "
                                "state another",
                                byte);
    }
    if (!dialect->may_space_quotes)
        return WH_OK;
    if (!dialect->has_quote)
        return wh_error_set(err, WH_INVALID,
                            "'quote_spaces' has no meaning without a quote; leave one of them out");
    if (holds(delimiter, size, ' ') || (size > 1 && holds(delimiter, size, '\t')) ||
        (dialect->comment_size > 0 && (dialect->comment[0] == ' ' || dialect->comment[0] == '\t')))
        return wh_error_set(err, WH_INVALID,
                            "'quote_spaces' cannot be told from a delimiter or comment with "
                            "spaces; leave it out");
    return WH_OK;
}

/* ---- the rest of the form -------------------------------------------------------------------- */

static wh_code read_ragged(struct wh_str stated, bool *ret, struct wh_error *err)
{
    *ret = wh_str_is(stated, "pad");
    if (stated.ptr == NULL || *ret || wh_str_is(stated, "reject"))
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "'ragged' must be reject or pad, not '%.*s'",
                        WH_FMT(stated));
}

static wh_code read_dialect(const struct wh_format_options *options,
                            const struct named_dialect *named, struct wh_csv_dialect *ret,
                            struct wh_error *err)
{
    *ret = (struct wh_csv_dialect){.may_space_quotes = options->may_space_quotes,
                                   .escapes = (uint8_t)named->escapes,
                                   .has_end_marker = named->has_end_marker};
    WH_TRY(read_delimiter(stated_or(options->delimiter, named->delimiter), ret, err));
    WH_TRY(read_byte("quote", stated_or(options->quote, named->quote), &ret->quote, &ret->has_quote,
                     err));
    WH_TRY(read_byte("escape", stated_or(options->escape, named->escape), &ret->escape,
                     &ret->has_escape, err));
    WH_TRY(read_line_end(stated_or(options->line_end, named->line_end), ret, err));
    WH_TRY(read_comment(options->comment, ret, err));
    return check_dialect(ret, err);
}

wh_code wh_csv_form_make(const struct wh_format_options *options, struct wh_csv_form *ret,
                         struct wh_error *err)
{
    const struct named_dialect *named;
    WH_TRY(find_dialect(options->dialect, &named, err));
    *ret = (struct wh_csv_form){
        .nulls = options->nulls,
        .default_null = wh_str_from(named->null),
        .cell_limit = options->cell,
        .record_limit = wh_format_record_limit(options),
        .encoding = options->encoding,
        .skip = options->skip != WH_FORMAT_NOT_STATED ? options->skip : 0,
        .skip_end = options->skip_end != WH_FORMAT_NOT_STATED ? options->skip_end : 0};
    WH_TRY(read_dialect(options, named, &ret->dialect, err));
    WH_TRY(wh_format_read_header(stated_or(options->header, named->header), &ret->header_records,
                                 err));
    return read_ragged(options->ragged, &ret->pads, err);
}

struct wh_csv_dialect wh_csv_dialect_plain(char delimiter, char quote)
{
    return (struct wh_csv_dialect){.delimiter = delimiter,
                                   .quote = quote,
                                   .has_quote = true,
                                   .delimiter_size = 1,
                                   .delimiter_bytes = {delimiter}};
}

bool wh_csv_dialect_is_plain(const struct wh_csv_dialect *dialect)
{
    return dialect->delimiter_size == 1 && !dialect->has_escape && !dialect->may_space_quotes &&
           dialect->comment_size == 0 && dialect->line_end == WH_CSV_LINES_STANDARD &&
           !dialect->has_end_marker;
}

/* ---- lines ----------------------------------------------------------------------------------- */

uint64_t wh_csv_count_lines(struct wh_str text)
{
    const uint64_t ones = 0x0101010101010101;
    const uint64_t low = 0x7F * ones;
    uint64_t lines = 0;
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word;
        memcpy(&word, text.ptr + at, 8);
        word ^= (uint64_t)'\n' * ones; /* bytes that are LF become 0 */
        uint64_t others = ((word & low) + low) | word;
        lines += (uint64_t)__builtin_popcountll(~others & ~low);
    }
    for (; at < text.len; at++)
        lines += text.ptr[at] == '\n';
    return lines;
}

void wh_csv_lines_add(struct wh_csv_lines *lines, const struct wh_csv_dialect *dialect,
                      struct wh_str text)
{
    if (dialect->line_end != WH_CSV_LINES_ANY) {
        lines->count += wh_csv_count_lines(text);
        return;
    }
    bool follows_return = lines->follows_return;
    for (size_t i = 0; i < text.len; i++) {
        bool is_return = text.ptr[i] == '\r';
        lines->count += is_return || (text.ptr[i] == '\n' && !follows_return);
        follows_return = is_return;
    }
    lines->follows_return = follows_return;
}

size_t wh_csv_line_next(const struct wh_csv_dialect *dialect, struct wh_str text, size_t start,
                        bool is_last, bool *ret_has_end)
{
    bool takes_return = dialect->line_end == WH_CSV_LINES_ANY;
    const char *newline = memchr(text.ptr + start, '\n', text.len - start);
    size_t at = newline != NULL ? (size_t)(newline - text.ptr) : text.len;
    const char *lone = takes_return ? memchr(text.ptr + start, '\r', at - start) : NULL;
    at = lone != NULL ? (size_t)(lone - text.ptr) : at;
    bool may_go_on = at + 1 == text.len && text.ptr[at] == '\r' && !is_last;
    *ret_has_end = at < text.len && !may_go_on;
    if (!*ret_has_end)
        return text.len;
    bool is_pair = text.ptr[at] == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n';
    return at + 1 + is_pair;
}

struct wh_str wh_csv_strip_line_end(const struct wh_csv_dialect *dialect, struct wh_str bytes)
{
    bool takes_return = dialect->line_end == WH_CSV_LINES_ANY;
    if (bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\n')
        bytes.len--;
    else if (!takes_return)
        return bytes;
    if (dialect->line_end != WH_CSV_LINES_LF && bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r')
        bytes.len--;
    return bytes;
}
