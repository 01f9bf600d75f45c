/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_book.h"

#include "base/buf.h"
#include "base/error.h"
#include "format/xlsx_xml.h"

#define MAX_RELATIONS 8192
#define MAX_PATH ((size_t)4096)

/* ---- relationships --------------------------------------------------------------------------- */

struct relation {
    struct wh_str id;
    struct wh_str type; /* the last name of the URI: "worksheet" */
    struct wh_str part; /* ptr NULL: outside of the file */
};

struct relations {
    struct wh_arena *arena;
    struct wh_str base; /* the part whose relations these are */
    struct relation items[MAX_RELATIONS];
    size_t count;
};

static struct wh_str folder_of(struct wh_str part)
{
    while (part.len > 0 && part.ptr[part.len - 1] != '/')
        part.len--;
    return part;
}

/* Takes the last folder off a path that ends with a slash. */
static bool leave_folder(struct wh_buf *path)
{
    if (path->len == 0)
        return false;
    path->len = folder_of(wh_str_make(path->ptr, path->len - 1)).len;
    return true;
}

/* The part that @p target means from @p base on: relative, or from the root. ptr NULL where it
 * leads out of the package. */
static wh_code resolve(struct wh_str base, struct wh_str target, struct wh_arena *arena,
                       struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf path;
    wh_buf_init(&path, MAX_PATH);
    bool is_absolute = wh_str_starts_with(target, WH_STR("/"));
    *ret = WH_STR_NONE;
    if (target.len + base.len > MAX_PATH / 2)
        return WH_OK;
    if (!is_absolute)
        WH_TRY(wh_buf_append_str(&path, folder_of(base), err));
    while (target.ptr != NULL) {
        struct wh_str step = wh_str_split(&target, '/');
        if (wh_str_is(step, "..") && !leave_folder(&path))
            return WH_OK;
        if (step.len == 0 || wh_str_is(step, ".") || wh_str_is(step, ".."))
            continue;
        WH_TRY(wh_buf_append_str(&path, step, err));
        if (target.ptr != NULL)
            WH_TRY(wh_buf_append_byte(&path, '/', err));
    }
    return wh_arena_copy(arena, wh_buf_str(&path), ret, err);
}

static wh_code start_relation(void *ctx, const char *name, const char *const *attributes,
                              struct wh_error *err)
{
    struct relations *relations = ctx;
    if (strcmp(name, "Relationship") != 0)
        return WH_OK;
    if (relations->count == MAX_RELATIONS)
        return wh_error_set(err, WH_LIMIT, "there are more than %d relationships", MAX_RELATIONS);
    struct relation *relation = &relations->items[relations->count++];
    struct wh_str type = wh_str_from(wh_xlsx_attribute(attributes, "Type"));
    struct wh_str mode = wh_str_from(wh_xlsx_attribute(attributes, "TargetMode"));
    struct wh_str folder = folder_of(type);
    *relation = (struct relation){.part = WH_STR_NONE};
    WH_TRY(wh_arena_copy(relations->arena, wh_str_from(wh_xlsx_attribute(attributes, "Id")),
                         &relation->id, err));
    WH_TRY(wh_arena_copy(relations->arena,
                         wh_str_make(type.ptr + folder.len, type.len - folder.len), &relation->type,
                         err));
    if (wh_str_is(mode, "External"))
        return WH_OK;
    return resolve(relations->base, wh_str_from(wh_xlsx_attribute(attributes, "Target")),
                   relations->arena, &relation->part, err);
}

/* Reads the relations of the part @p base ("" is the package). WH_END where it has none. */
static wh_code read_relations(const struct wh_parts *parts, struct wh_str base,
                              struct relations *relations, struct wh_error *err)
{
    static const struct wh_xlsx_handlers handlers = {.start = start_relation};
    struct wh_str folder = folder_of(base);
    struct wh_str part;
    WH_TRY(wh_arena_format(relations->arena, &part, err, "%.*s_rels/%.*s.rels", WH_FMT(folder),
                           (int)(base.len - folder.len),
                           base.len > 0 ? base.ptr + folder.len : ""));
    relations->base = base;
    relations->count = 0;
    return wh_xlsx_read_part(parts, part, &handlers, relations, err);
}

static const struct relation *find_type(const struct relations *relations, const char *type)
{
    for (size_t i = 0; i < relations->count; i++)
        if (wh_str_is(relations->items[i].type, type))
            return &relations->items[i];
    return NULL;
}

/* ---- the workbook ---------------------------------------------------------------------------- */

struct reading {
    const struct relations *relations;
    struct wh_arena *arena;
    struct wh_xlsx_book *book;
};

static wh_code add_sheet(struct reading *reading, const char *const *attributes,
                         struct wh_error *err)
{
    struct wh_xlsx_book *book = reading->book;
    const struct relations *relations = reading->relations;
    const char *id = wh_xlsx_relation(attributes, "id");
    const char *state = wh_xlsx_attribute(attributes, "state");
    const struct relation *relation = NULL;
    for (size_t i = 0; i < relations->count && id != NULL && relation == NULL; i++)
        if (wh_str_is(relations->items[i].id, id))
            relation = &relations->items[i];
    if (relation != NULL && !wh_str_is(relation->type, "worksheet"))
        return WH_OK;
    if (book->sheet_count == WH_XLSX_MAX_SHEETS)
        return wh_error_set(err, WH_LIMIT, "there are more than %d sheets", WH_XLSX_MAX_SHEETS);
    struct wh_xlsx_sheet_entry *sheet = &book->sheets[book->sheet_count++];
    sheet->is_hidden = state != NULL && strcmp(state, "visible") != 0;
    sheet->part = relation != NULL ? relation->part : WH_STR_NONE;
    return wh_arena_copy(reading->arena, wh_str_from(wh_xlsx_attribute(attributes, "name")),
                         &sheet->name, err);
}

static wh_code start_book(void *ctx, const char *name, const char *const *attributes,
                          struct wh_error *err)
{
    struct reading *reading = ctx;
    if (strcmp(name, "workbookPr") == 0)
        reading->book->counts_from_1904 =
            wh_xlsx_is_true(wh_xlsx_attribute(attributes, "date1904"));
    if (strcmp(name, "calcPr") == 0)
        reading->book->is_uncalculated =
            wh_xlsx_is_true(wh_xlsx_attribute(attributes, "fullCalcOnLoad"));
    return strcmp(name, "sheet") == 0 ? add_sheet(reading, attributes, err) : WH_OK;
}

static wh_code no_workbook(struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID,
                        "the archive holds no workbook in the format xlsx; is it another kind of "
                        "file?");
}

static wh_code read_book(const struct wh_parts *parts, struct relations *relations,
                         struct wh_arena *arena, struct wh_xlsx_book *ret, struct wh_error *err)
{
    static const struct wh_xlsx_handlers handlers = {.start = start_book};
    wh_code rc = read_relations(parts, WH_STR(""), relations, err);
    const struct relation *document = rc == WH_OK ? find_type(relations, "officeDocument") : NULL;
    if (rc == WH_END || (rc == WH_OK && (document == NULL || document->part.ptr == NULL)))
        return no_workbook(err);
    WH_TRY(rc);
    struct wh_str part = document->part;
    rc = read_relations(parts, part, relations, err);
    if (rc != WH_OK && rc != WH_END)
        return rc;
    struct reading reading = {.relations = relations, .arena = arena, .book = ret};
    rc = wh_xlsx_read_part(parts, part, &handlers, &reading, err);
    if (rc == WH_END)
        return no_workbook(err);
    WH_TRY(rc);
    const struct relation *strings = find_type(relations, "sharedStrings");
    const struct relation *styles = find_type(relations, "styles");
    ret->strings = strings != NULL ? strings->part : WH_STR_NONE;
    ret->styles = styles != NULL ? styles->part : WH_STR_NONE;
    return WH_OK;
}

wh_code wh_xlsx_book_read(const struct wh_parts *parts, struct wh_arena *arena,
                          struct wh_xlsx_book *ret, struct wh_error *err)
{
    *ret = (struct wh_xlsx_book){.strings = WH_STR_NONE, .styles = WH_STR_NONE};
    ret->sheets = wh_arena_array(arena, WH_XLSX_MAX_SHEETS, sizeof(*ret->sheets));
    struct relations *relations = WH_ARENA_NEW(arena, struct relations);
    if (ret->sheets == NULL || relations == NULL)
        return wh_error_no_memory(err, sizeof(*relations));
    relations->arena = arena;
    return read_book(parts, relations, arena, ret, err);
}

/* ---- choosing a sheet ------------------------------------------------------------------------ */

static wh_code refuse_choice(const struct wh_xlsx_book *book, const char *why, struct wh_str stated,
                             struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf names;
    wh_buf_init(&names, WH_ERROR_MESSAGE_SIZE);
    for (size_t i = 0; i < book->sheet_count; i++) {
        const struct wh_xlsx_sheet_entry *sheet = &book->sheets[i];
        /* What does not fit the message is left out of it. */
        if (wh_buf_printf(&names, NULL, "%s'%.*s'%s", i == 0 ? "" : ", ", WH_FMT(sheet->name),
                          sheet->is_hidden ? " (hidden)" : "") != WH_OK)
            break;
    }
    return wh_error_set(err, WH_INVALID, "%s%.*s%s; state 'format: { sheet: … }', one of %.*s", why,
                        WH_FMT(stated), stated.len > 0 ? "'" : "", WH_FMT(wh_buf_str(&names)));
}

/* The sheet of that name, or number; NULL where there is none. */
static const struct wh_xlsx_sheet_entry *find_sheet(const struct wh_xlsx_book *book,
                                                    struct wh_str stated)
{
    uint64_t number;
    for (size_t i = 0; i < book->sheet_count; i++)
        if (wh_str_equal(book->sheets[i].name, stated))
            return &book->sheets[i];
    bool is_number = wh_count_parse(stated, &number, NULL) == WH_OK && number > 0;
    return is_number && number <= book->sheet_count ? &book->sheets[number - 1] : NULL;
}

wh_code wh_xlsx_book_choose(const struct wh_xlsx_book *book, struct wh_str stated,
                            const struct wh_xlsx_sheet_entry **ret, struct wh_error *err)
{
    if (book->sheets == NULL || book->sheet_count == 0)
        return wh_error_set(err, WH_INVALID, "the workbook has no sheet with cells");
    if (stated.ptr == NULL && book->sheet_count > 1)
        return refuse_choice(book, "the workbook has several sheets", WH_STR(""), err);
    const struct wh_xlsx_sheet_entry *found =
        stated.ptr == NULL ? book->sheets : find_sheet(book, stated);
    if (found == NULL)
        return refuse_choice(book, "the workbook has no sheet '", stated, err);
    if (found->part.ptr == NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "sheet '%.*s' lies outside of the file, which is not followed",
                            WH_FMT(found->name));
    *ret = found;
    return WH_OK;
}
