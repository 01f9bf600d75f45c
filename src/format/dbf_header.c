/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_header.h"

#include <inttypes.h>

#include "base/error.h"

/* dBASE II: all headers have the same size, with room for 32 fields. */
#define OLD_HEADER_SIZE 521
#define OLD_FIRST_FIELD 8
#define OLD_FIELD_SIZE 16
#define OLD_MAX_FIELDS 32

#define FIRST_FIELD 32
#define FIELD_SIZE 32
#define FIRST_FIELD_7 68
#define FIELD_SIZE_7 48
#define NAME_SIZE 11
#define NAME_SIZE_7 32

#define END_OF_FIELDS '\x0D'

/* FoxPro's flags of fields. */
#define FLAG_NULLABLE 0x02
#define FLAG_BINARY 0x04

static const struct wh_dbf_version versions[] = {
    {0x02, WH_DBF_DBASE_2, WH_DBF_MEMO_NONE, "dBASE II or FoxBASE"},
    {0x03, WH_DBF_DBASE, WH_DBF_MEMO_3, "dBASE III or FoxPro without memos"},
    {0x04, WH_DBF_DBASE_7, WH_DBF_MEMO_4, "dBASE 7"},
    {0x05, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE 5"},
    {0x30, WH_DBF_VISUAL_FOXPRO, WH_DBF_MEMO_FOXPRO, "Visual FoxPro"},
    {0x31, WH_DBF_VISUAL_FOXPRO, WH_DBF_MEMO_FOXPRO, "Visual FoxPro with autoincrement"},
    {0x32, WH_DBF_VISUAL_FOXPRO, WH_DBF_MEMO_FOXPRO, "Visual FoxPro with varchar"},
    {0x43, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV SQL table"},
    {0x63, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV SQL system table"},
    {0x7B, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV with memos"},
    {0x83, WH_DBF_DBASE, WH_DBF_MEMO_3, "dBASE III with memos"},
    {0x85, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE 5 with memos"},
    {0x8B, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV with memos"},
    {0x8C, WH_DBF_DBASE_7, WH_DBF_MEMO_4, "dBASE 7 with memos"},
    {0x8E, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV SQL table"},
    {0xCB, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV SQL table with memos"},
    {0xF5, WH_DBF_DBASE, WH_DBF_MEMO_FOXPRO, "FoxPro 2 with memos"},
    {0xFB, WH_DBF_DBASE, WH_DBF_MEMO_3, "FoxBASE with memos"},
};

/* Some programs mean dBASE IV by the number that dBASE 7 has. */
static const struct wh_dbf_version other_4 = {0x04, WH_DBF_DBASE, WH_DBF_MEMO_4, "dBASE IV"};

/* NULL where there is no such version. */
static const struct wh_dbf_version *find_version(uint8_t code)
{
    for (size_t i = 0; i < WH_COUNT_OF(versions); i++)
        if (versions[i].code == code)
            return &versions[i];
    return NULL;
}

wh_code wh_dbf_header_size(struct wh_str start, size_t *ret, struct wh_error *err)
{
    if (start.len < WH_DBF_START)
        return wh_error_set(err, WH_INVALID, "the file is too short for a DBF file: %zu bytes",
                            start.len);
    uint8_t code = (uint8_t)start.ptr[0];
    const struct wh_dbf_version *version = find_version(code);
    if (code == 0xE5)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the file is one of Clipper's SIX driver (version 0xE5), whose memos "
                            "(.smt) are not read; export it as dBASE III or FoxPro");
    if (version == NULL)
        return wh_error_set(err, WH_INVALID,
                            "the file is no DBF file that is known: it begins with 0x%02X", code);
    *ret = version->family == WH_DBF_DBASE_2 ? OLD_HEADER_SIZE : wh_dbf_u16(start.ptr + 8);
    if (*ret < FIRST_FIELD + 1)
        return wh_error_set(err, WH_INVALID,
                            "the header says that it has %zu bytes, too few for one", *ret);
    return WH_OK;
}

/* ---- types of fields ------------------------------------------------------------------------- */

/* So many digits are always a whole number of 64 bits. */
#define SURE_DIGITS 18

/* A field of one type, with the lengths that it can have and what its values are. */
struct known_type {
    char type;
    uint32_t families; /* bits: of enum wh_dbf_family */
    uint32_t length;   /* 0: any */
    struct wh_type values;
    bool is_in_memo;
};

#define ANY_FAMILY 0xFu
#define ONLY(family) (1u << (family))

/* In the order in which they are looked for. */
static const struct known_type types[] = {
    {'C', ANY_FAMILY, 0, {.kind = WH_KIND_TEXT}, false},
    {'N', ANY_FAMILY, 0, {.kind = WH_KIND_NUMERIC}, false},
    {'F', ANY_FAMILY, 0, {.kind = WH_KIND_NUMERIC}, false},
    {'L', ANY_FAMILY, 1, {.kind = WH_KIND_BOOL}, false},
    {'D', ANY_FAMILY, 8, {.kind = WH_KIND_DATE}, false},
    {'M', ANY_FAMILY, 10, {.kind = WH_KIND_TEXT}, true},
    {'M', ANY_FAMILY, 4, {.kind = WH_KIND_TEXT}, true},
    {'B', ANY_FAMILY, 8, {.kind = WH_KIND_FLOAT, .bits = 64}, false},
    {'B', ANY_FAMILY, 10, {.kind = WH_KIND_BYTES}, true},
    {'G', ANY_FAMILY, 10, {.kind = WH_KIND_BYTES}, true},
    {'G', ANY_FAMILY, 4, {.kind = WH_KIND_BYTES}, true},
    {'P', ANY_FAMILY, 10, {.kind = WH_KIND_BYTES}, true},
    {'P', ANY_FAMILY, 4, {.kind = WH_KIND_BYTES}, true},
    {'W', ANY_FAMILY, 4, {.kind = WH_KIND_BYTES}, true},
    {'I', ANY_FAMILY, 4, {.kind = WH_KIND_INT, .bits = 64}, false},
    {'+', ANY_FAMILY, 4, {.kind = WH_KIND_INT, .bits = 64}, false},
    {'O', ANY_FAMILY, 8, {.kind = WH_KIND_FLOAT, .bits = 64}, false},
    {'T', ANY_FAMILY, 8, {.kind = WH_KIND_TIMESTAMP}, false},
    {'@', ANY_FAMILY, 8, {.kind = WH_KIND_TIMESTAMP}, false},
    {'Y', ANY_FAMILY, 8, {.kind = WH_KIND_NUMERIC}, false},
    {'V', ONLY(WH_DBF_VISUAL_FOXPRO), 0, {.kind = WH_KIND_TEXT}, false},
    {'Q', ONLY(WH_DBF_VISUAL_FOXPRO), 0, {.kind = WH_KIND_BYTES}, false},
    {'0', ONLY(WH_DBF_VISUAL_FOXPRO), 0, {.kind = WH_KIND_NULL}, false},
};

static wh_code refuse_type(const struct wh_dbf_table *table, const struct wh_dbf_field *field,
                           bool is_known, struct wh_error *err)
{
    unsigned code = (unsigned char)field->type;
    bool is_letter = code > ' ' && code < 0x7F;
    char shown[8] = {(char)code, '\0'};
    return wh_error_set(
        err, is_letter ? WH_UNSUPPORTED : WH_INVALID,
        "field %zu has the type '%s' (0x%02X) and a length of %" PRIu32 ", %s%s",
        (size_t)(field - table->fields) + 1, is_letter ? shown : "?", code, field->length,
        is_known ? "which no such field has in " : "which is not known in ", table->version->name);
}

static wh_code find_type(const struct wh_dbf_table *table, struct wh_dbf_field *field,
                         struct wh_error *err)
{
    bool is_known = false;
    for (size_t i = 0; i < WH_COUNT_OF(types) && field->length > 0; i++) {
        const struct known_type *known = &types[i];
        if (known->type != field->type || (known->families & ONLY(table->version->family)) == 0)
            continue;
        is_known = true;
        if (known->length != 0 && known->length != field->length)
            continue;
        field->values = known->values;
        field->is_in_memo = known->is_in_memo;
        field->is_hidden = known->type == '0';
        bool is_whole = field->type == 'N' && field->decimals == 0 && field->length <= SURE_DIGITS;
        if (is_whole)
            field->values = (struct wh_type){.kind = WH_KIND_INT, .bits = 64};
        if (field->is_binary && field->values.kind == WH_KIND_TEXT)
            field->values.kind = WH_KIND_BYTES;
        return WH_OK;
    }
    return refuse_type(table, field, is_known || field->length == 0, err);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

/* Where things are in the descriptors of a family. */
struct descriptor_form {
    size_t first;
    size_t size;
    size_t name_size;
    size_t type;
    size_t length;
    size_t decimals;
};

static const struct descriptor_form old_form = {
    OLD_FIRST_FIELD, OLD_FIELD_SIZE, NAME_SIZE, 11, 12, 15};
static const struct descriptor_form usual_form = {FIRST_FIELD, FIELD_SIZE, NAME_SIZE, 11, 16, 17};
static const struct descriptor_form form_7 = {FIRST_FIELD_7, FIELD_SIZE_7, NAME_SIZE_7, 32, 33, 34};

static const struct descriptor_form *form_of(enum wh_dbf_family family)
{
    if (family == WH_DBF_DBASE_2)
        return &old_form;
    return family == WH_DBF_DBASE_7 ? &form_7 : &usual_form;
}

static size_t count_fields(const struct descriptor_form *form, struct wh_str header)
{
    size_t count = 0;
    for (size_t at = form->first; at + form->size <= header.len; at += form->size, count++)
        if (header.ptr[at] == END_OF_FIELDS)
            break;
    return form == &old_form ? WH_MIN(count, (size_t)OLD_MAX_FIELDS) : count;
}

static struct wh_str name_in(struct wh_str bytes)
{
    const char *end = memchr(bytes.ptr, '\0', bytes.len);
    if (end != NULL)
        bytes.len = (size_t)(end - bytes.ptr);
    while (bytes.len > 0 && bytes.ptr[bytes.len - 1] == ' ')
        bytes.len--;
    return bytes;
}

static struct wh_dbf_field read_field(const struct wh_dbf_table *table,
                                      const struct descriptor_form *form, const char *at)
{
    struct wh_dbf_field field = {.name = name_in(wh_str_make(at, form->name_size)),
                                 .type = at[form->type],
                                 .length = (unsigned char)at[form->length],
                                 .decimals = (uint8_t)at[form->decimals]};
    if (table->version->family == WH_DBF_VISUAL_FOXPRO) {
        field.is_binary = ((unsigned char)at[18] & FLAG_BINARY) != 0;
        field.has_null_bit = ((unsigned char)at[18] & FLAG_NULLABLE) != 0;
    }
    return field;
}

/* Where the fields start, and how long texts are: Clipper and FoxPro keep the high byte of a long
 * one's length where others have its decimals. Some programs leave anything there: so it counts
 * only where it gives the size of a record. */
static uint64_t place_fields(struct wh_dbf_table *table, bool has_long_texts)
{
    uint64_t at = 1;
    for (size_t i = 0; i < table->field_count; i++) {
        struct wh_dbf_field *field = &table->fields[i];
        uint32_t low = field->length & 0xFF;
        bool is_long = has_long_texts && field->type == 'C';
        field->length = is_long ? low | (uint32_t)field->decimals << 8 : low;
        field->start = (uint32_t)at;
        at += field->length;
    }
    return at;
}

static wh_code check_places(struct wh_dbf_table *table, struct wh_error *err)
{
    uint64_t size = place_fields(table, true);
    if (size != table->record_size)
        size = place_fields(table, false);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct wh_dbf_field *field = &table->fields[i];
        if ((uint64_t)field->start + field->length > table->record_size)
            return wh_error_set(err, WH_INVALID,
                                "field %zu ends at byte %" PRIu64 " of its record, which has only "
                                "%" PRIu32,
                                i + 1, (uint64_t)field->start + field->length, table->record_size);
    }
    table->spare = table->record_size - (uint32_t)size;
    return WH_OK;
}

/* ---- _NullFlags ------------------------------------------------------------------------------ */

/* Every varying field has a bit that tells its length, every nullable one a bit behind it. */
static wh_code place_null_bits(struct wh_dbf_table *table, struct wh_error *err)
{
    uint32_t bit = 0;
    for (size_t i = 0; i < table->field_count; i++) {
        struct wh_dbf_field *field = &table->fields[i];
        if (field->is_hidden && table->null_flags != NULL)
            return wh_error_set(err, WH_INVALID, "field %zu is a second _NullFlags", i + 1);
        if (field->is_hidden) {
            table->null_flags = field;
            field->has_null_bit = false;
            continue;
        }
        field->has_length_bit = field->type == 'V' || field->type == 'Q';
        if (field->has_length_bit)
            field->length_bit = bit++;
        if (field->has_null_bit)
            field->null_bit = bit++;
    }
    uint64_t room = table->null_flags != NULL ? 8 * (uint64_t)table->null_flags->length : 0;
    if (bit > room)
        return wh_error_set(err, WH_INVALID,
                            "the fields need %" PRIu32 " bits in _NullFlags, which has %" PRIu64,
                            bit, room);
    return WH_OK;
}

/* ---- the header ------------------------------------------------------------------------------ */

static wh_code read_fields(struct wh_str header, struct wh_arena *arena, struct wh_dbf_table *table,
                           struct wh_error *err)
{
    const struct descriptor_form *form = form_of(table->version->family);
    table->field_count = count_fields(form, header);
    if (table->field_count == 0)
        return wh_error_set(err, WH_INVALID, "the header describes no field");
    table->fields = wh_arena_array(arena, table->field_count, sizeof(*table->fields));
    if (table->fields == NULL)
        return wh_error_no_memory(err, table->field_count * sizeof(*table->fields));
    for (size_t i = 0; i < table->field_count; i++)
        table->fields[i] = read_field(table, form, header.ptr + form->first + i * form->size);
    WH_TRY(check_places(table, err));
    for (size_t i = 0; i < table->field_count; i++)
        WH_TRY(find_type(table, &table->fields[i], err));
    return table->version->family == WH_DBF_VISUAL_FOXPRO ? place_null_bits(table, err) : WH_OK;
}

static wh_code check_sizes(struct wh_str header, const struct wh_dbf_table *table,
                           struct wh_error *err)
{
    bool is_dbase =
        table->version->family == WH_DBF_DBASE || table->version->family == WH_DBF_DBASE_7;
    if (is_dbase && header.ptr[15] == 1)
        return wh_error_set(
            err, WH_UNSUPPORTED,
            "the file is encrypted; decrypt it in dBASE (SET ENCRYPTION OFF, COPY)");
    if (table->record_size < 2)
        return wh_error_set(err, WH_INVALID,
                            "the header says that a record has %" PRIu32 " bytes, too few for one",
                            table->record_size);
    return WH_OK;
}

wh_code wh_dbf_header_read(struct wh_str header, struct wh_arena *arena, struct wh_dbf_table *ret,
                           struct wh_error *err)
{
    *ret = (struct wh_dbf_table){.version = find_version((uint8_t)header.ptr[0]),
                                 .header_size = (uint32_t)header.len};
    WH_ASSERT(ret->version != NULL && header.len > FIRST_FIELD, err);
    if (ret->version->family == WH_DBF_DBASE_2) {
        ret->record_count = wh_dbf_u16(header.ptr + 1);
        ret->record_size = wh_dbf_u16(header.ptr + 6);
        WH_TRY(check_sizes(header, ret, err));
        return read_fields(header, arena, ret, err);
    }
    ret->record_count = wh_dbf_u32(header.ptr + 4);
    ret->record_size = wh_dbf_u16(header.ptr + 10);
    ret->driver = (uint8_t)header.ptr[29];
    WH_TRY(check_sizes(header, ret, err));
    if (ret->version->family == WH_DBF_DBASE_7 && header.len >= FIRST_FIELD_7)
        ret->locale = name_in(wh_str_make(header.ptr + 32, 32));
    wh_code rc = read_fields(header, arena, ret, err);
    if (rc == WH_OK || ret->version->code != other_4.code)
        return rc;
    struct wh_dbf_table other = *ret;
    other.version = &other_4;
    other.locale = WH_STR_NONE;
    if (read_fields(header, arena, &other, NULL) != WH_OK)
        return rc;
    *ret = other;
    return WH_OK;
}

/* ---- recognising ----------------------------------------------------------------------------- */

bool wh_dbf_starts(struct wh_str head)
{
    size_t size;
    if (head.len < FIRST_FIELD_7 + FIELD_SIZE_7 || wh_dbf_header_size(head, &size, NULL) != WH_OK)
        return false;
    const struct wh_dbf_version *version = find_version((uint8_t)head.ptr[0]);
    if (version == NULL || version->family == WH_DBF_DBASE_2 || size < FIRST_FIELD + FIELD_SIZE)
        return false;
    const struct descriptor_form *form = form_of(version->family);
    const char *field = head.ptr + form->first;
    bool has_date = (unsigned char)head.ptr[2] <= 12 && (unsigned char)head.ptr[3] <= 31;
    bool has_name = name_in(wh_str_make(field, form->name_size)).len > 0 &&
                    (unsigned char)field[0] > ' ' && field[form->length] != 0;
    bool has_type = false;
    for (size_t i = 0; i < WH_COUNT_OF(types); i++)
        has_type |= types[i].type == field[form->type];
    return has_date && has_name && has_type && wh_dbf_u16(head.ptr + 10) > 1;
}
