/* SPDX-License-Identifier: Apache-2.0 */
/** Which encoding a file has: what the migration file states, checked against its byte order mark,
 *  or what its first bytes tell. */
#include "base/error.h"
#include "connect/file/source.h"
#include "format/encoding_guess.h"

/* How much of a file tells its encoding. */
#define SAMPLE_SIZE ((size_t)64 << 10)

static wh_code refuse_mark(const struct wh_source_file *known, const struct wh_encoding *mark,
                           const struct wh_encoding *stated, struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID,
                        "'%.*s' begins with the byte order mark of %s, and 'encoding' states %s; "
                        "take 'encoding' away",
                        WH_FMT(known->name), mark->name, stated->name);
}

static wh_code choose(const struct wh_source_file *known, const struct wh_encoding *stated,
                      struct wh_str head, struct wh_encoding *ret, struct wh_error *err)
{
    struct wh_encoding mark;
    bool has_mark = wh_encoding_of_mark(head, &mark);
    *ret = *stated;
    switch (stated->kind) {
    case WH_ENCODING_UTF8:
        /* No text in UTF-8 begins with another's mark: those are no characters in it. */
        if (has_mark)
            *ret = mark;
        return WH_OK;
    case WH_ENCODING_UTF16:
        if (!has_mark)
            return wh_error_set(err, WH_INVALID,
                                "'%.*s' has no byte order mark; state UTF-16LE or UTF-16BE as its "
                                "'encoding'",
                                WH_FMT(known->name));
        *ret = mark;
        if (mark.kind != WH_ENCODING_UTF16LE && mark.kind != WH_ENCODING_UTF16BE)
            return refuse_mark(known, &mark, stated, err);
        return WH_OK;
    case WH_ENCODING_LATIN1:
    case WH_ENCODING_CP1252:
    case WH_ENCODING_UTF16LE:
    case WH_ENCODING_UTF16BE:
        if (has_mark && mark.kind != stated->kind)
            return refuse_mark(known, &mark, stated, err);
        return WH_OK;
    case WH_ENCODING_OTHER:
        return WH_OK;
    }
    return WH_OK;
}

/* ---- what the bytes tell --------------------------------------------------------------------- */

/* What to write where lines are no UTF-8, and both may be. */
static const char *odd_answers(const struct wh_encoding_guess *guess)
{
    if (guess->name == NULL)
        return "neither cp1252 nor latin1 fits; state the encoding";
    if (guess->has_printable_controls)
        return "to have them read: format: { encoding: cp1252 }, if it is that";
    return "to have them read: format: { encoding: cp1252 } or { encoding: latin1 }, the same for "
           "these bytes, if it is one of them";
}

/* Puts into the note what the first bytes of @p known tell;
 * the first file that tells anything does. */
static wh_code note_guess(struct wh_file_source *source, const struct wh_source_file *known,
                          const struct wh_encoding_guess *guess, struct wh_error *err)
{
    struct wh_str *note = &source->encoding_note;
    if (note->len > 0)
        return WH_OK;
    if (guess->is_utf16)
        return wh_arena_format(&source->arena, note, err,
                               "; every second byte is zero, as in %s without a byte order mark; "
                               "to pin it: format: { encoding: %s }",
                               guess->name, guess->name);
    if (guess->odd_lines > 0)
        return wh_arena_format(
            &source->arena, note, err,
            "; not sure of the encoding: of the first %zu lines of '%.*s' %zu%s not UTF-8 and will "
            "be rejected, %zu other%s; %s; to have them rejected: format: { encoding: UTF-8 }",
            guess->lines, WH_FMT(known->name), guess->odd_lines,
            guess->odd_lines == 1 ? " is" : " are", guess->wide_lines,
            guess->wide_lines == 1 ? " has characters beyond ASCII and is"
                                   : "s have characters beyond ASCII and are",
            odd_answers(guess));
    if (guess->wide_lines > 0)
        return wh_arena_format(&source->arena, note, err,
                               "; UTF-8 in all of the first %zu lines, %zu of them with characters "
                               "beyond ASCII; to pin it: format: { encoding: UTF-8 }",
                               guess->lines, guess->wide_lines);
    return WH_OK;
}

/* A file without a mark, that is UTF-8 as far as is stated. */
static wh_code take_guess(struct wh_file_source *source, struct wh_source_file *known,
                          struct wh_str sample, struct wh_error *err)
{
    struct wh_encoding_guess guess = wh_encoding_guess(sample);
    bool is_stated = source->options.encoding.ptr != NULL;
    if (is_stated && guess.is_utf16)
        return wh_error_set(
            err, WH_INVALID,
            "'%.*s' is no UTF-8: every second byte is zero, as in %s without a byte "
            "order mark; state 'encoding: %s'",
            WH_FMT(known->name), guess.name, guess.name);
    if (is_stated)
        return WH_OK;
    if (guess.is_utf16) {
        bool is_known = wh_encoding_find(wh_str_from(guess.name), &known->form.encoding);
        WH_ASSERT(is_known, err);
        source->is_encoding_told = true;
    }
    return note_guess(source, known, &guess, err);
}

/* ---- choosing -------------------------------------------------------------------------------- */

static wh_code read_sample(struct wh_source_file *known, char *room, struct wh_str *ret,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    size_t got;
    WH_TRY(wh_stream_open(&stream, known->path, known->form, err));
    wh_code rc = wh_stream_read_at(&stream, 0, room, SAMPLE_SIZE, &got, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(known->name));
    *ret = wh_str_make(room, got);
    return WH_OK;
}

static wh_code choose_encoding(struct wh_file_source *source, struct wh_source_file *known,
                               char *room, struct wh_error *err)
{
    bool is_stated = source->options.encoding.ptr != NULL;
    struct wh_encoding stated;
    if (!wh_encoding_find(is_stated ? source->options.encoding : WH_STR("UTF-8"), &stated))
        return wh_error_set(err, WH_BUG, "bug in wherry: the encoding was not checked");
    struct wh_str sample;
    struct wh_encoding mark;
    WH_TRY(read_sample(known, room, &sample, err));
    WH_TRY(choose(known, &stated, sample, &known->form.encoding, err));
    if (stated.kind == WH_ENCODING_UTF8 && !wh_encoding_of_mark(sample, &mark))
        WH_TRY(take_guess(source, known, sample, err));
    /* Where records have a length a NEL is a character of theirs, as every line end is. */
    known->form.nel_ends_lines =
        source->options.length == 0 && wh_encoding_is_ebcdic(&known->form.encoding);
    return WH_OK;
}

wh_code wh_file_choose_encodings(struct wh_file_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    char *room = wh_arena_bytes(&scratch, SAMPLE_SIZE);
    if (room == NULL)
        return wh_error_no_memory(err, SAMPLE_SIZE);
    for (size_t i = 0; i < source->file_count; i++)
        WH_TRY(choose_encoding(source, &source->files[i], room, err));
    /* The format is told what the text was, for messages: the first encoding that is not UTF-8. */
    struct wh_str found = WH_STR("UTF-8");
    for (size_t i = source->file_count; i > 0; i--) {
        const struct wh_source_file *file = &source->files[i - 1];
        if (file->form.encoding.kind != WH_ENCODING_UTF8)
            found = wh_str_from(file->form.encoding.name);
    }
    source->options.encoding = found;
    return WH_OK;
}
