/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of bytes, what is named by one, and other UUIDs. The algorithms are libmd's. */
#include <md5.h>
#include <sha1.h>
#include <sha2.h>
#include <sys/random.h>

#include "base/hex.h"
#include "convert/cast.h"
#include "convert/kernel_encode.h"

typedef void digest_function(struct wh_str bytes, uint8_t *ret);

static const uint8_t *octets(struct wh_str bytes)
{
    return bytes.len > 0 ? (const uint8_t *)bytes.ptr : (const uint8_t *)"";
}

#define DIGEST(name, context_type, prefix)                                                         \
    static void name(struct wh_str bytes, uint8_t *ret)                                            \
    {                                                                                              \
        context_type context;                                                                      \
        prefix##Init(&context);                                                                    \
        prefix##Update(&context, octets(bytes), bytes.len);                                        \
        prefix##Final(ret, &context);                                                              \
    }

DIGEST(md5, MD5_CTX, MD5)
DIGEST(sha256, SHA2_CTX, SHA256)
DIGEST(sha384, SHA2_CTX, SHA384)
DIGEST(sha512, SHA2_CTX, SHA512)

enum { SHA224_BYTES = 28 };

/* SHA-256 from other initial values, and cut (FIPS 180-4, 5.3.2 and 6.3); libmd has it not. */
static void sha224(struct wh_str bytes, uint8_t *ret)
{
    static const uint32_t initial[] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                       0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX context;
    SHA256Init(&context);
    memcpy(context.state.st32, initial, sizeof(initial));
    SHA256Update(&context, octets(bytes), bytes.len);
    SHA256Final(digest, &context);
    memcpy(ret, digest, SHA224_BYTES);
}

wh_code wh_text_md5(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * 2 * MD5_DIGEST_LENGTH, &room));
    WH_EACH_ROW(call, row)
    {
        uint8_t digest[MD5_DIGEST_LENGTH];
        md5(wh_text_at(&call->inputs[0], row), digest);
        wh_put_hex(digest, sizeof(digest), room);
        call->result->values.texts[row] = wh_str_make(room, 2 * sizeof(digest));
        room += 2 * sizeof(digest);
    }
    return WH_OK;
}

static wh_code digest_each(struct wh_call *call, digest_function *digest, size_t size)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * size, &room));
    WH_EACH_ROW(call, row)
    {
        digest(wh_text_at(&call->inputs[0], row), (uint8_t *)room);
        call->result->values.texts[row] = wh_str_make(room, size);
        room += size;
    }
    return WH_OK;
}

wh_code wh_bytes_sha224(struct wh_call *call)
{
    return digest_each(call, sha224, SHA224_BYTES);
}

wh_code wh_bytes_sha256(struct wh_call *call)
{
    return digest_each(call, sha256, SHA256_DIGEST_LENGTH);
}

wh_code wh_bytes_sha384(struct wh_call *call)
{
    return digest_each(call, sha384, SHA384_DIGEST_LENGTH);
}

wh_code wh_bytes_sha512(struct wh_call *call)
{
    return digest_each(call, sha512, SHA512_DIGEST_LENGTH);
}

/* ---- uuid5() -------------------------------------------------------------------------------- */

enum { UUID_BYTES = 16, UUID_TEXT = 36 };

/* RFC 4122, appendix C: the four differ in one byte. */
static const struct {
    const char *name;
    uint8_t byte;
} name_spaces[] = {{"dns", 0x10}, {"url", 0x11}, {"oid", 0x12}, {"x500", 0x14}};

static const uint8_t common_bytes[UUID_BYTES] = {0x6b, 0xa7, 0xb8, 0x00, 0x9d, 0xad, 0x11, 0xd1,
                                                 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static bool is_hyphen_place(size_t index)
{
    return index == 8 || index == 13 || index == 18 || index == 23;
}

/* 8-4-4-4-12 hexadecimal digits. */
static enum wh_fault read_uuid(struct wh_str text, uint8_t *ret)
{
    size_t digits = 0;
    if (text.len != UUID_TEXT)
        return WH_FAULT_ARGUMENT;
    for (size_t i = 0; i < UUID_TEXT; i++) {
        int digit = wh_hex_digit(text.ptr[i]);
        if (is_hyphen_place(i) ? text.ptr[i] != '-' : digit < 0)
            return WH_FAULT_ARGUMENT;
        if (is_hyphen_place(i))
            continue;
        ret[digits / 2] = (uint8_t)(ret[digits / 2] << 4 | digit);
        digits++;
    }
    return WH_FAULT_NONE;
}

static enum wh_fault read_name_space(struct wh_str text, uint8_t *ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(name_spaces); i++) {
        if (!wh_str_is(text, name_spaces[i].name))
            continue;
        memcpy(ret, common_bytes, UUID_BYTES);
        ret[3] = name_spaces[i].byte;
        return WH_FAULT_NONE;
    }
    return read_uuid(text, ret);
}

static void print_uuid(const uint8_t *uuid, char *room)
{
    static const uint8_t group_bytes[] = {4, 2, 2, 2, 6};
    for (size_t i = 0; i < sizeof(group_bytes); i++) {
        if (i > 0)
            *room++ = '-';
        wh_put_hex(uuid, group_bytes[i], room);
        room += (size_t)2 * group_bytes[i];
        uuid += group_bytes[i];
    }
}

/* The SHA-1 of name space and name, marked as version 5 of RFC 4122's variant. */
static enum wh_fault make_uuid5(struct wh_str name_space, struct wh_str name, char *room)
{
    uint8_t space[UUID_BYTES] = {0};
    uint8_t digest[SHA1_DIGEST_LENGTH];
    SHA1_CTX context;
    enum wh_fault fault = read_name_space(name_space, space);
    if (fault != WH_FAULT_NONE)
        return fault;
    SHA1Init(&context);
    SHA1Update(&context, space, sizeof(space));
    SHA1Update(&context, octets(name), name.len);
    SHA1Final(digest, &context);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    print_uuid(digest, room);
    return WH_FAULT_NONE;
}

wh_code wh_text_uuid5(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * UUID_TEXT, &room));
    WH_EACH_ROW(call, row)
    {
        call->result->values.texts[row] = wh_str_make(room, UUID_TEXT);
        wh_call_check(
            call, row,
            make_uuid5(wh_text_at(&call->inputs[0], row), wh_text_at(&call->inputs[1], row), room));
        room += UUID_TEXT;
    }
    return WH_OK;
}

/* ---- uuid ----------------------------------------------------------------------------------- */

/* As PostgreSQL reads it: digits of either case, a hyphen behind each four of them or not,
 * in braces or not. */
static enum wh_fault parse_uuid(struct wh_str text, uint8_t *ret)
{
    bool has_braces = text.len > 1 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}';
    size_t at = has_braces ? 1 : 0;
    size_t end = text.len - at;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (i > 0 && i % 2 == 0 && at < end && text.ptr[at] == '-')
            at++;
        int high = at < end ? wh_hex_digit(text.ptr[at]) : -1;
        int low = at + 1 < end ? wh_hex_digit(text.ptr[at + 1]) : -1;
        if (high < 0 || low < 0)
            return WH_FAULT_SYNTAX;
        ret[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return at == end ? WH_FAULT_NONE : WH_FAULT_SYNTAX;
}

wh_code wh_cast_text_uuid(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * UUID_TEXT, &room));
    WH_EACH_ROW(call, row)
    {
        uint8_t uuid[UUID_BYTES] = {0};
        wh_call_check(call, row, parse_uuid(wh_text_at(&call->inputs[0], row), uuid));
        print_uuid(uuid, room);
        call->result->values.texts[row] = wh_str_make(room, UUID_TEXT);
        room += UUID_TEXT;
    }
    return WH_OK;
}

/* Version 4 of RFC 4122: another one for each row. */
wh_code wh_uuid_random(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * UUID_TEXT, &room));
    WH_EACH_ROW(call, row)
    {
        uint8_t uuid[UUID_BYTES];
        if (getrandom(uuid, sizeof(uuid), 0) != sizeof(uuid))
            return wh_error_set(call->err, WH_IO, "the system has no random bytes");
        uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
        uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
        print_uuid(uuid, room);
        call->result->values.texts[row] = wh_str_make(room, UUID_TEXT);
        room += UUID_TEXT;
    }
    return WH_OK;
}
