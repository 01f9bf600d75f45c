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
