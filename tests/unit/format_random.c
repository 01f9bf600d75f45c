/* SPDX-License-Identifier: Apache-2.0 */
#include "format_random.h"

#include <string.h>

uint64_t format_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

size_t format_random_below(uint64_t *state, size_t bound)
{
    return (size_t)(format_random(state) % bound);
}

struct room {
    char *to;
    size_t left;
    size_t used;
};

static void put(struct room *room, const char *bytes, size_t len)
{
    if (len > room->left)
        len = room->left;
    memcpy(room->to + room->used, bytes, len);
    room->used += len;
    room->left -= len;
}

static void put_piece(uint64_t *state, struct room *room, const char *const *pieces, size_t count)
{
    const char *piece = pieces[format_random_below(state, count)];
    put(room, piece, strlen(piece));
}

static void put_cell(uint64_t *state, struct room *room)
{
    static const char *const plain[] = {"a", "bc", "12345", "\xC3\xA9", " ", "\r", "-", "NULL"};
    static const char *const quoted[] = {"x", ",", "\n", "\r\n", "\"\"", "\xE2\x82\xAC", ";"};
    size_t pieces = format_random_below(state, 6);
    if (format_random_below(state, 50) == 0)
        pieces = 100;
    if (format_random_below(state, 3) != 0) {
        while (pieces-- > 0)
            put_piece(state, room, plain, 8);
        return;
    }
    put(room, "\"", 1);
    while (pieces-- > 0)
        put_piece(state, room, quoted, 7);
    put(room, "\"", 1);
}

static void put_record(uint64_t *state, struct room *room)
{
    size_t cells = format_random_below(state, 20) == 0 ? 1 + format_random_below(state, 9) : 3;
    if (format_random_below(state, 15) != 0) {
        for (size_t i = 0; i < cells; i++) {
            put_cell(state, room);
            if (i + 1 < cells)
                put(room, ",", 1);
        }
    }
    put(room, "\r\n", format_random_below(state, 4) == 0 ? 2 : 0);
    if (room->used == 0 || room->to[room->used - 1] != '\n')
        put(room, "\n", 1);
}

static void mutate(uint64_t *state, char *bytes, size_t len)
{
    static const char poison[] = {'"', '"', '"', ',', '\n', '\r', 'z', '\0', (char)0xFF};
    for (size_t i = format_random_below(state, 5); i > 0 && len > 0; i--)
        bytes[format_random_below(state, len)] = poison[format_random_below(state, sizeof(poison))];
}

size_t format_random_csv(uint64_t *state, char *bytes, size_t size)
{
    static const char soup[] = "\"\"\",,\n\r\nab\r\"";
    size_t wanted = 1 + format_random_below(state, size);
    if (format_random_below(state, 4) == 0) {
        for (size_t i = 0; i < wanted; i++)
            bytes[i] = soup[format_random_below(state, sizeof(soup) - 1)];
        return wanted;
    }
    struct room room = {.to = bytes, .left = wanted};
    while (room.left > 0)
        put_record(state, &room);
    if (format_random_below(state, 2) == 0)
        mutate(state, bytes, room.used);
    return room.used;
}

/* ---- any dialect ----------------------------------------------------------------------------- */

static struct wh_str pick(uint64_t *state, const char *const *words, size_t count)
{
    return wh_str_from(words[format_random_below(state, count)]);
}

void format_random_options(uint64_t *state, struct wh_format_options *options)
{
    static const char *const dialects[] = {"csv", "csv", "mysql", "postgres-text"};
    static const char *const delimiters[] = {",", ";", "\\t", "||", "-|-", "aab", "\xC2\xA7"};
    static const char *const quotes[] = {"\"", "'", "none"};
    static const char *const escapes[] = {"none", "\\", "^"};
    static const char *const line_ends[] = {"standard", "lf", "any"};
    static const char *const comments[] = {"#", "//", "--x"};
    options->dialect = pick(state, dialects, 4);
    if (format_random_below(state, 3) != 0)
        options->delimiter = pick(state, delimiters, 7);
    if (format_random_below(state, 2) == 0)
        options->quote = pick(state, quotes, 3);
    if (format_random_below(state, 2) == 0)
        options->escape = pick(state, escapes, 3);
    if (format_random_below(state, 2) == 0)
        options->line_end = pick(state, line_ends, 3);
    if (format_random_below(state, 3) == 0)
        options->comment = pick(state, comments, 2 + !wh_str_is(options->delimiter, "-|-"));
    if (format_random_below(state, 3) == 0)
        options->ragged = WH_STR("pad");
    struct wh_csv_form form;
    options->may_space_quotes = format_random_below(state, 4) == 0;
    if (wh_csv_form_make(options, &form, NULL) != WH_OK)
        options->may_space_quotes = false;
}

static void put_byte(struct room *room, char byte)
{
    put(room, &byte, 1);
}

static void put_escaped(uint64_t *state, struct room *room, const struct wh_csv_dialect *dialect)
{
    static const char *const behind[] = {"n", "t", "0", "x41", "101", "xC3", "N", "\n", "\r", "z"};
    if (!dialect->has_escape)
        return;
    put_byte(room, dialect->escape);
    size_t choice = format_random_below(state, 14);
    if (choice < 10)
        put_piece(state, room, behind, 10);
    else if (choice == 10)
        put_byte(room, dialect->escape);
    else if (choice == 11)
        put_byte(room, dialect->delimiter);
    else if (choice == 12)
        put_byte(room, dialect->has_quote ? dialect->quote : '"');
}

static void put_any_text(uint64_t *state, struct room *room, const struct wh_csv_dialect *dialect)
{
    static const char *const plain[] = {"a",  "b", "12", "\xC3\xA9", " ",
                                        "\t", "-", "|",  "\\N",      "."};
    if (format_random_below(state, 4) == 0)
        put_escaped(state, room, dialect);
    else if (format_random_below(state, 8) == 0)
        put(room, dialect->delimiter_bytes, dialect->delimiter_size - 1);
    else if (format_random_below(state, 12) == 0)
        put_byte(room, '\r');
    else
        put_piece(state, room, plain, 10);
}

static void put_any_quoted(uint64_t *state, struct room *room, const struct wh_csv_dialect *dialect)
{
    static const char *const ends[] = {"\n", "\r\n", "\r", "x"};
    char doubled[] = {dialect->quote, dialect->quote};
    put(room, "  ", dialect->may_space_quotes ? format_random_below(state, 3) : 0);
    put_byte(room, dialect->quote);
    for (size_t pieces = format_random_below(state, 5); pieces > 0; pieces--) {
        if (format_random_below(state, 3) == 0)
            put(room, doubled, 2);
        else if (format_random_below(state, 3) == 0)
            put_piece(state, room, ends, 4);
        else
            put_any_text(state, room, dialect);
    }
    put_byte(room, dialect->quote);
    put(room, "  ", dialect->may_space_quotes ? format_random_below(state, 3) : 0);
}

static void put_any_cell(uint64_t *state, struct room *room, const struct wh_csv_dialect *dialect)
{
    if (dialect->has_quote && format_random_below(state, 3) == 0) {
        put_any_quoted(state, room, dialect);
        return;
    }
    for (size_t pieces = format_random_below(state, 5); pieces > 0; pieces--)
        put_any_text(state, room, dialect);
}

static void put_any_record(uint64_t *state, struct room *room, const struct wh_csv_dialect *dialect)
{
    static const char *const ends[] = {"\n", "\n", "\r\n", "\r"};
    size_t cells = format_random_below(state, 10) == 0 ? 1 + format_random_below(state, 6) : 3;
    if (dialect->comment_size > 0 && format_random_below(state, 6) == 0)
        put(room, dialect->comment,
            (size_t)(dialect->comment_size - (format_random_below(state, 3) == 0)));
    else if (format_random_below(state, 12) == 0)
        put(room, "\\.", 2);
    else if (format_random_below(state, 12) == 0)
        cells = 0;
    for (size_t i = 0; i < cells; i++) {
        put(room, dialect->delimiter_bytes, i > 0 ? dialect->delimiter_size : 0);
        put_any_cell(state, room, dialect);
    }
    put_piece(state, room, ends, dialect->line_end == WH_CSV_LINES_ANY ? 4 : 3);
}

size_t format_random_text(uint64_t *state, const struct wh_csv_dialect *dialect, char *bytes,
                          size_t size)
{
    struct room room = {.to = bytes, .left = 1 + format_random_below(state, size)};
    while (room.left > 0)
        put_any_record(state, &room, dialect);
    if (format_random_below(state, 2) == 0)
        mutate(state, bytes, room.used);
    return room.used;
}
