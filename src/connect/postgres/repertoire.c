/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/repertoire.h"

#include <stdio.h>
#include <stdlib.h>

#include <utf8proc.h>

#include "base/error.h"
#include "connect/postgres/running.h"

#define FIRST_BYTE 0x80 /* behind ASCII */
#define LAST_BYTE 0xff
#define HEXADECIMAL_SIZE (2 + 2 * (LAST_BYTE - FIRST_BYTE + 1) + 1)

#define UNTRANSLATABLE "22P05"

#define BEGINS "&#x"
#define MOST_DIGITS 6
#define REFERENCE_SIZE (sizeof(BEGINS) + MOST_DIGITS + 1) /* with its NUL */

static void add(struct wh_postgres_repertoire *repertoire, uint32_t character)
{
    if (character < WH_POSTGRES_FIRST_PLANE)
        repertoire->characters[character / 8] |= (uint8_t)(1u << character % 8);
}

static bool has(const struct wh_postgres_repertoire *repertoire, uint32_t character)
{
    return character < WH_POSTGRES_FIRST_PLANE &&
           (repertoire->characters[character / 8] >> character % 8 & 1) != 0;
}

/** The character at @p at, and in *ret_len its bytes. What is no UTF-8 is told as byte by byte. */
static uint32_t character_at(struct wh_str text, size_t at, size_t *ret_len)
{
    utf8proc_int32_t character = 0;
    utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                            (utf8proc_ssize_t)(text.len - at), &character);
    *ret_len = len > 0 ? (size_t)len : 1;
    return len > 0 ? (uint32_t)character : (unsigned char)text.ptr[at];
}

/* ---- what the server has --------------------------------------------------------------------- */

static void add_all(struct wh_postgres_repertoire *repertoire, struct wh_str text)
{
    size_t len;
    for (size_t at = 0; at < text.len; at += len)
        add(repertoire, character_at(text, at, &len));
}

/** Adds the characters of the bytes from @p first to @p last. Some bytes are none in some
 *  encodings: then the server refuses them together, and halves are asked about. */
static wh_code ask_for_bytes(struct wh_destination *destination,
                             struct wh_postgres_repertoire *repertoire, unsigned first,
                             unsigned last, struct wh_error *err)
{
    static const char sql[] = "SELECT pg_catalog.convert_from($1::pg_catalog.bytea, "
                              "pg_catalog.getdatabaseencoding()::pg_catalog.name)";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_error refusal = WH_ERROR_NONE;
    char bytes[HEXADECIMAL_SIZE] = "\\x";
    const char *param = bytes;
    for (unsigned byte = first; byte <= last; byte++)
        snprintf(bytes + 2 + 2 * (byte - first), 3, "%02x", byte);
    wh_code rc = wh_postgres_query(destination, sql, &param, 1, &rows, &refusal);
    if (rc == WH_OK) {
        add_all(repertoire, wh_postgres_text_at(rows, 0, 0));
        return WH_OK;
    }
    if (strcmp(refusal.sqlstate, UNTRANSLATABLE) != 0) {
        if (err != NULL)
            *err = refusal;
        return rc;
    }
    if (first == last)
        return WH_OK;
    unsigned middle = first + (last - first) / 2;
    WH_TRY(ask_for_bytes(destination, repertoire, first, middle, err));
    return ask_for_bytes(destination, repertoire, middle + 1, last, err);
}

static wh_code ask(struct wh_destination *destination, struct wh_postgres_repertoire *repertoire,
                   struct wh_error *err)
{
    static const char sql[] = "SELECT pg_catalog.pg_encoding_max_length("
                              "pg_catalog.pg_char_to_encoding(pg_catalog.getdatabaseencoding()))";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query(destination, sql, NULL, 0, &rows, err));
    repertoire->is_known = wh_postgres_number_at(rows, 0, 0) == 1;
    return repertoire->is_known ? ask_for_bytes(destination, repertoire, FIRST_BYTE, LAST_BYTE, err)
                                : WH_OK;
}

wh_code wh_postgres_repertoire_read(struct wh_destination *destination,
                                    struct wh_postgres_repertoire **ret, struct wh_error *err)
{
    const char *encoding = PQparameterStatus(destination->conn, "server_encoding");
    *ret = NULL;
    if (encoding == NULL || strcmp(encoding, "UTF8") == 0)
        return WH_OK;
    struct wh_postgres_repertoire *repertoire = calloc(1, sizeof(*repertoire));
    if (repertoire == NULL)
        return wh_error_no_memory(err, sizeof(*repertoire));
    snprintf(repertoire->encoding, sizeof(repertoire->encoding), "%s", encoding);
    wh_code rc = ask(destination, repertoire, err);
    if (rc == WH_OK)
        *ret = repertoire;
    else
        free(repertoire);
    return rc;
}

/* ---- what it lacks --------------------------------------------------------------------------- */

struct wh_str wh_postgres_find_lacking(const struct wh_postgres_repertoire *repertoire,
                                       struct wh_str text)
{
    size_t len;
    for (size_t at = 0; at < text.len; at += len) {
        len = 1;
        if ((unsigned char)text.ptr[at] < FIRST_BYTE)
            continue;
        if (!has(repertoire, character_at(text, at, &len)))
            return wh_str_make(text.ptr + at, len);
    }
    return wh_str_make(text.ptr, 0);
}

uint32_t wh_postgres_character(struct wh_str text)
{
    size_t len;
    return text.len > 0 ? character_at(text, 0, &len) : 0;
}

/* ---- references ------------------------------------------------------------------------------ */

/** What is to be written otherwise from @p from on: a slice of @p text; len 0 at its end. */
static struct wh_str find_special(const struct wh_postgres_repertoire *repertoire,
                                  struct wh_str text, size_t from)
{
    size_t len;
    for (size_t at = from; at < text.len; at += len) {
        struct wh_str rest = wh_str_make(text.ptr + at, text.len - at);
        len = 1;
        if (*rest.ptr == '&' && wh_str_starts_with(rest, WH_STR(BEGINS)))
            return wh_str_make(rest.ptr, len);
        if ((unsigned char)*rest.ptr >= FIRST_BYTE &&
            !has(repertoire, character_at(text, at, &len)))
            return wh_str_make(rest.ptr, len);
    }
    return wh_str_make(text.ptr, 0);
}

static wh_code write_reference(struct wh_buf *out, struct wh_str character, struct wh_error *err)
{
    char reference[REFERENCE_SIZE];
    snprintf(reference, sizeof(reference), BEGINS "%X;", wh_postgres_character(character));
    return wh_buf_append_str(out, wh_str_from(reference), err);
}

wh_code wh_postgres_write_references(const struct wh_postgres_repertoire *repertoire,
                                     struct wh_str text, struct wh_arena *arena, struct wh_str *ret,
                                     struct wh_error *err)
{
    *ret = text;
    struct wh_str special = find_special(repertoire, text, 0);
    if (special.len == 0)
        return WH_OK;
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, SIZE_MAX / 2);
    size_t at = 0;
    while (special.len > 0) {
        size_t found = (size_t)(special.ptr - text.ptr);
        WH_TRY(wh_buf_append_str(&out, wh_str_make(text.ptr + at, found - at), err));
        WH_TRY(write_reference(&out, special, err));
        at = found + special.len;
        special = find_special(repertoire, text, at);
    }
    WH_TRY(wh_buf_append_str(&out, wh_str_make(text.ptr + at, text.len - at), err));
    return wh_arena_copy(arena, wh_buf_str(&out), ret, err);
}

/** Where the next & stands that begins like a reference; text.len: nowhere. */
static size_t find_begin(struct wh_str text, size_t from)
{
    const char *found = from < text.len
                            ? memmem(text.ptr + from, text.len - from, BEGINS, sizeof(BEGINS) - 1)
                            : NULL;
    return found != NULL ? (size_t)(found - text.ptr) : text.len;
}

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/** The character that the reference at @p at stands for, and in *ret_end where it ends; 0:
 *  it is none of wherry's. */
static uint32_t read_reference(struct wh_str text, size_t at, size_t *ret_end)
{
    uint32_t character = 0;
    size_t first = at + sizeof(BEGINS) - 1;
    size_t i = first;
    for (; i < text.len && i - first < MOST_DIGITS && is_digit(text.ptr[i]); i++) {
        char digit = text.ptr[i];
        character = character * 16 + (uint32_t)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
    }
    bool is_one = i < text.len && text.ptr[i] == ';' &&
                  (character == '&' || character >= FIRST_BYTE) &&
                  utf8proc_codepoint_valid((utf8proc_int32_t)character);
    *ret_end = i + 1;
    return is_one ? character : 0;
}

wh_code wh_postgres_read_references(struct wh_str text, struct wh_arena *arena, struct wh_str *ret,
                                    struct wh_error *err)
{
    size_t begin = find_begin(text, 0);
    *ret = text;
    if (begin == text.len)
        return WH_OK;
    /* A character is shorter than its reference. */
    char *out = wh_arena_bytes(arena, text.len);
    if (out == NULL)
        return wh_error_no_memory(err, text.len);
    ret->ptr = out;
    for (size_t at = 0; at < text.len; begin = find_begin(text, at)) {
        memcpy(out, text.ptr + at, begin - at);
        out += begin - at;
        at = begin;
        size_t end = 0;
        uint32_t character = at < text.len ? read_reference(text, at, &end) : 0;
        if (character != 0) {
            out += utf8proc_encode_char((utf8proc_int32_t)character, (utf8proc_uint8_t *)out);
            at = end;
        } else if (at < text.len) {
            *out++ = text.ptr[at++];
        }
    }
    ret->len = (size_t)(out - ret->ptr);
    return WH_OK;
}
