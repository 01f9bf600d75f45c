/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <libfyaml.h>

#include "base/buf.h"
#include "base/error.h"

enum { MAX_ANCHORS = 1000 };

/* A place in the file that follows the events, which come nearly in order: so the line of every
 * node costs one pass over the file, however long its lines are. */
struct cursor {
    struct wh_str text;
    size_t offset;
    uint32_t line;
    uint32_t column;
};

/* A collection that is not complete yet; its nodes lie on the builder's stack from `first`. */
struct frame {
    struct wh_yaml_node *node;
    size_t first;
    size_t anchor; /* index of its anchor, SIZE_MAX: none */
};

struct anchor {
    struct wh_str name;
    const struct wh_yaml_node *node; /* NULL while it is open: an alias to it would be a cycle */
};

struct builder {
    struct fy_parser *parser;
    const struct wh_substitution *substitution;
    struct wh_arena *arena;
    struct cursor cursor;
    struct wh_buf stack; /* const struct wh_yaml_node *: nodes of the open collections */
    struct wh_buf text;  /* of the token at hand */
    struct frame frames[WH_YAML_MAX_DEPTH];
    size_t depth;
    struct anchor anchors[MAX_ANCHORS];
    size_t anchor_count;
    size_t substituted; /* bytes */
    size_t documents;
    const struct wh_yaml_node *root;
};

/* ---- errors ---------------------------------------------------------------------------------- */

/* Formats and sets an error with a node's place. */
WH_PRINTF(4, 0)
static wh_code node_error(const struct wh_yaml_node *node, wh_code code, struct wh_error *err,
                          const char *format, va_list arguments)
{
    char message[WH_ERROR_MESSAGE_SIZE];
    vsnprintf(message, sizeof(message), format, arguments);
    wh_error_set(err, code, "%s", message);
    return wh_error_at(err, code, node->line, node->column);
}

wh_code wh_yaml_error(const struct wh_yaml_node *node, struct wh_error *err, const char *format,
                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    wh_code rc = node_error(node, WH_INVALID, err, format, arguments);
    va_end(arguments);
    return rc;
}

wh_code wh_yaml_unsupported(const struct wh_yaml_node *node, struct wh_error *err,
                            const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    wh_code rc = node_error(node, WH_UNSUPPORTED, err, format, arguments);
    va_end(arguments);
    return rc;
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool is_break(struct wh_str text, size_t offset)
{
    char c = text.ptr[offset];
    bool is_crlf = c == '\r' && offset + 1 < text.len && text.ptr[offset + 1] == '\n';
    return c == '\n' || (c == '\r' && !is_crlf);
}

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static uint32_t column_at(struct wh_str text, size_t offset)
{
    uint32_t column = 1;
    while (offset > 0 && !is_break(text, offset - 1))
        column += starts_character(text.ptr[--offset]);
    return column;
}

static void move_back(struct cursor *cursor, size_t offset)
{
    bool same_line = true;
    while (cursor->offset > offset) {
        cursor->offset--;
        if (is_break(cursor->text, cursor->offset)) {
            cursor->line--;
            same_line = false;
        }
        cursor->column -= starts_character(cursor->text.ptr[cursor->offset]);
    }
    if (!same_line)
        cursor->column = column_at(cursor->text, offset);
}

static void move_to(struct cursor *cursor, size_t offset)
{
    offset = WH_MIN(offset, cursor->text.len);
    if (offset < cursor->offset)
        move_back(cursor, offset);
    for (; cursor->offset < offset; cursor->offset++) {
        if (is_break(cursor->text, cursor->offset)) {
            cursor->line++;
            cursor->column = 1;
        } else {
            cursor->column += starts_character(cursor->text.ptr[cursor->offset]);
        }
    }
}

/* The first byte of a block scalar that is text: libfyaml's mark is before the indentation. */
static size_t skip_indentation(struct wh_str text, size_t start, size_t end)
{
    size_t offset = start;
    while (offset < end && memchr(" \t\r\n", text.ptr[offset], 4) != NULL)
        offset++;
    return offset < end ? offset : start;
}

static size_t mark_offset(const struct builder *builder, const struct fy_mark *mark)
{
    return mark != NULL ? WH_MIN(mark->input_pos, builder->cursor.text.len)
                        : builder->cursor.offset;
}

/* ---- what is not YAML ------------------------------------------------------------------------ */

/* True where tabs stand before what a line holds; *ret_at is the first one's place in it. */
static bool is_indented_by_tab(struct wh_str line, size_t *ret_at)
{
    size_t at = 0;
    while (at < line.len && line.ptr[at] == ' ')
        at++;
    *ret_at = at;
    return at < line.len && line.ptr[at] == '\t' && wh_str_trim(line).len > 0;
}

/* True where a key seems to end in the line: a colon with a blank behind it. */
static bool holds_key(struct wh_str line)
{
    line = wh_str_trim(line);
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == ':' && (i + 1 == line.len || memchr(" \t", line.ptr[i + 1], 2) != NULL))
            return true;
    return false;
}

/* Looks for a tab that indents line @p first; or, where a text that begins there was found to go on
 * as a key, the lines behind it up to that key. */
static bool find_tab(struct wh_str text, uint32_t first, bool goes_on, size_t *ret_offset)
{
    struct wh_str rest = text;
    for (uint32_t number = 1; rest.ptr != NULL; number++) {
        struct wh_str line = wh_str_split(&rest, '\n');
        size_t at = 0;
        if (number < first + goes_on)
            continue;
        bool is_found = is_indented_by_tab(line, &at);
        *ret_offset = (size_t)(line.ptr - text.ptr) + at;
        if (is_found || !goes_on || holds_key(line))
            return is_found;
    }
    return false;
}

/* A tab that indents a line makes it part of the text before it, and libfyaml finds something wrong
 * with that: what a user needs to know is where the tab stands. */
static bool is_for_a_tab(const struct fy_diag_error *found, struct wh_str text, size_t *ret_offset)
{
    bool goes_on = strstr(found->msg, "multiline plain key") != NULL;
    bool is_about_line = strstr(found->msg, "tab character") != NULL ||
                         strstr(found->msg, "'-' followed by blank") != NULL;
    return (goes_on || is_about_line) &&
           find_tab(text, (uint32_t)WH_MAX(found->line, 1), goes_on, ret_offset);
}

/* What libfyaml found wrong, in its words, at its place. */
static wh_code syntax_error(struct fy_diag *diag, struct wh_str text, struct wh_error *err)
{
    void *iterator = NULL;
    struct cursor cursor = {.text = text, .line = 1, .column = 1};
    size_t tab;
    const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    if (found == NULL)
        return wh_error_set(err, WH_INVALID, "the file is not YAML");
    if (is_for_a_tab(found, text, &tab)) {
        move_to(&cursor, tab);
        wh_error_set(err, WH_INVALID,
                     "the file is not YAML: a tab stands here, and lines are indented by spaces");
        return wh_error_at(err, WH_INVALID, cursor.line, cursor.column);
    }
    bool is_cut = strstr(found->msg, "quoted scalar") != NULL ||
                  strstr(found->msg, "scalar cannot start") != NULL;
    wh_error_set(err, WH_INVALID, "the file is not YAML: %s%s", found->msg,
                 is_cut ? "; an expression that begins with a quote or a sign of YAML's stands in "
                          "quotes as a whole: \"'a' || b\""
                        : "");
    return wh_error_at(err, WH_INVALID, (uint32_t)WH_MAX(found->line, 1),
                       (uint32_t)WH_MAX(found->column, 1));
}

/* ---- tokens ---------------------------------------------------------------------------------- */

/* The text of a token, chunk by chunk: fy_token_get_text() loses memory over texts of many chunks
 * (libfyaml 0.7.12). */
static wh_code append_token(struct wh_buf *text, struct fy_token_iter *iterator,
                            struct wh_error *err)
{
    const struct fy_iter_chunk *chunk = NULL;
    int problem = 0;
    while ((chunk = fy_token_iter_chunk_next(iterator, chunk, &problem)) != NULL)
        WH_TRY(wh_buf_append(text, chunk->str, chunk->len, err));
    return problem == 0 ? WH_OK : wh_error_set(err, WH_INVALID, "the file is not YAML");
}

static wh_code read_token(struct builder *builder, struct fy_token *token, struct wh_str *ret,
                          struct wh_error *err)
{
    *ret = WH_STR("");
    struct fy_token_iter *iterator = token != NULL ? fy_token_iter_create(token) : NULL;
    if (iterator == NULL)
        return token == NULL ? WH_OK : wh_error_no_memory(err, 0);
    wh_buf_reset(&builder->text);
    wh_code rc = append_token(&builder->text, iterator, err);
    fy_token_iter_destroy(iterator);
    return rc == WH_OK ? wh_arena_copy(builder->arena, wh_buf_str(&builder->text), ret, err) : rc;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static wh_code make_node(struct builder *builder, enum wh_yaml_kind kind, struct fy_event *event,
                         struct wh_yaml_node **ret, struct wh_error *err)
{
    struct wh_yaml_node *node = WH_ARENA_NEW(builder->arena, struct wh_yaml_node);
    if (node == NULL)
        return wh_error_no_memory(err, sizeof(*node));
    enum fy_node_style style = fy_event_get_node_style(event);
    node->kind = kind;
    node->start = mark_offset(builder, fy_event_start_mark(event));
    node->end = WH_MAX(mark_offset(builder, fy_event_end_mark(event)), node->start);
    if (style == FYNS_LITERAL || style == FYNS_FOLDED)
        node->start = skip_indentation(builder->cursor.text, node->start, node->end);
    node->is_quoted = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED;
    if (node->is_quoted)
        node->end++;
    node->is_plain = style == FYNS_PLAIN;
    node->size = 1;
    move_to(&builder->cursor, node->start);
    node->line = builder->cursor.line;
    node->column = builder->cursor.column;
    *ret = node;
    if (fy_event_get_tag_token(event) != NULL)
        return wh_yaml_error(node, err, "tags are not supported; leave out the '!…'");
    return WH_OK;
}

/* True where the next node of the innermost collection is a key. */
static bool is_key_next(const struct builder *builder)
{
    if (builder->depth == 0)
        return false;
    const struct frame *frame = &builder->frames[builder->depth - 1];
    size_t count = builder->stack.len / sizeof(struct wh_yaml_node *) - frame->first;
    return frame->node->kind == WH_YAML_MAPPING && count % 2 == 0;
}

static wh_code check_key(const struct wh_yaml_node *key, struct wh_error *err)
{
    if (key->kind != WH_YAML_SCALAR || key->is_absent)
        return wh_yaml_error(key, err, "a key must be a text, not %s", wh_yaml_kind_name(key));
    if (wh_str_is(key->text, "<<") && key->is_plain)
        return wh_yaml_error(key, err,
                             "merge keys ('<<') are not supported; write the keys out, or "
                             "share whole values with '&name' and '*name'");
    if (key->text.len == 0)
        return wh_yaml_error(key, err, "a key is empty");
    if (memmem(key->text.ptr, key->text.len, "${", 2) != NULL)
        return wh_yaml_error(key, err, "'%.*s': variables are replaced in values, not in keys",
                             WH_FMT(key->text));
    return WH_OK;
}

/* Hands a complete node to the collection around it; @p end is where it ends in the file. */
static wh_code add_node(struct builder *builder, const struct wh_yaml_node *node, size_t end,
                        struct wh_error *err)
{
    if (builder->depth == 0) {
        builder->root = node;
        return WH_OK;
    }
    if (is_key_next(builder))
        WH_TRY(check_key(node, err));
    struct wh_yaml_node *around = builder->frames[builder->depth - 1].node;
    around->end = WH_MAX(around->end, end);
    around->size += node->size;
    if (around->size > WH_YAML_MAX_NODES)
        return wh_yaml_error(node, err, "the file has more than %zu values, aliases expanded",
                             WH_YAML_MAX_NODES);
    return wh_buf_append(&builder->stack, &node, sizeof(node), err);
}

/* ---- anchors and aliases --------------------------------------------------------------------- */

static wh_code add_anchor(struct builder *builder, struct fy_event *event,
                          const struct wh_yaml_node *node, size_t *ret_index, struct wh_error *err)
{
    *ret_index = SIZE_MAX;
    struct fy_token *token = fy_event_get_anchor_token(event);
    if (token == NULL)
        return WH_OK;
    if (builder->anchor_count == MAX_ANCHORS)
        return wh_yaml_error(node, err, "the file has more than %d anchors", (int)MAX_ANCHORS);
    *ret_index = builder->anchor_count++;
    return read_token(builder, token, &builder->anchors[*ret_index].name, err);
}

static const struct anchor *find_anchor(const struct builder *builder, struct wh_str name)
{
    /* A name may be given again: the nearest before the alias is meant. */
    for (size_t i = builder->anchor_count; i > 0; i--)
        if (wh_str_equal(builder->anchors[i - 1].name, name))
            return &builder->anchors[i - 1];
    return NULL;
}

static wh_code on_alias(struct builder *builder, struct fy_event *event, struct wh_error *err)
{
    struct wh_yaml_node *alias;
    struct wh_str name;
    WH_TRY(make_node(builder, WH_YAML_SCALAR, event, &alias, err));
    WH_TRY(read_token(builder, fy_event_get_token(event), &name, err));
    if (is_key_next(builder))
        return wh_yaml_error(alias, err, "alias '*%.*s' stands for a key; write the key out",
                             WH_FMT(name));
    const struct anchor *anchor = find_anchor(builder, name);
    if (anchor == NULL)
        return wh_yaml_error(alias, err, "alias '*%.*s' has no anchor '&%.*s' before it",
                             WH_FMT(name), WH_FMT(name));
    if (anchor->node == NULL)
        return wh_yaml_error(alias, err, "alias '*%.*s' stands inside what it is an alias of",
                             WH_FMT(name));
    return add_node(builder, anchor->node, alias->end, err);
}

/* ---- scalars --------------------------------------------------------------------------------- */

static wh_code substitute(struct builder *builder, struct wh_yaml_node *node, struct wh_error *err)
{
    wh_code rc =
        wh_substitute(builder->substitution, node->written, builder->arena, &node->text, err);
    if (rc != WH_OK)
        return wh_error_at(err, rc, node->line, node->column);
    if (node->text.ptr == node->written.ptr)
        return WH_OK;
    builder->substituted += node->text.len;
    if (builder->substituted > WH_SUBSTITUTE_MAX_ALL)
        return wh_yaml_error(node, err,
                             "the file has more than %zu bytes once its variables are "
                             "replaced",
                             WH_SUBSTITUTE_MAX_ALL);
    return WH_OK;
}

static wh_code on_scalar(struct builder *builder, struct fy_event *event, struct wh_error *err)
{
    struct wh_yaml_node *node;
    WH_TRY(make_node(builder, WH_YAML_SCALAR, event, &node, err));
    WH_TRY(read_token(builder, fy_event_get_token(event), &node->written, err));
    if (memchr(node->written.ptr, '\0', node->written.len) != NULL)
        return wh_yaml_error(node, err, "a text holds a NUL character (\\0)");
    node->text = node->written;
    node->is_absent =
        fy_event_start_mark(event) == NULL || (node->is_plain && node->written.len == 0);
    if (!is_key_next(builder))
        WH_TRY(substitute(builder, node, err));
    size_t anchor;
    WH_TRY(add_anchor(builder, event, node, &anchor, err));
    if (anchor != SIZE_MAX)
        builder->anchors[anchor].node = node;
    return add_node(builder, node, node->end, err);
}

/* ---- collections ----------------------------------------------------------------------------- */

static wh_code open_collection(struct builder *builder, enum wh_yaml_kind kind,
                               struct fy_event *event, struct wh_error *err)
{
    struct wh_yaml_node *node;
    WH_TRY(make_node(builder, kind, event, &node, err));
    if (builder->depth == WH_YAML_MAX_DEPTH)
        return wh_yaml_error(node, err, "more than %d mappings and lists stand inside each other",
                             (int)WH_YAML_MAX_DEPTH);
    if (is_key_next(builder))
        return check_key(node, err);
    struct frame *frame = &builder->frames[builder->depth];
    frame->node = node;
    frame->first = builder->stack.len / sizeof(node);
    WH_TRY(add_anchor(builder, event, node, &frame->anchor, err));
    builder->depth++;
    return WH_OK;
}

static int compare_keys(const void *a, const void *b)
{
    const struct wh_yaml_pair *const *left = a;
    const struct wh_yaml_pair *const *right = b;
    int order = wh_str_compare((*left)->key->text, (*right)->key->text);
    if (order != 0)
        return order;
    return (*left)->key->start < (*right)->key->start ? -1 : 1;
}

static wh_code check_duplicates(const struct wh_yaml_node *mapping, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sorted;
    wh_buf_init(&sorted, SIZE_MAX);
    for (size_t i = 0; i < mapping->count; i++) {
        const struct wh_yaml_pair *pair = &mapping->pairs[i];
        WH_TRY(wh_buf_append(&sorted, &pair, sizeof(pair), err));
    }
    if (mapping->count > 1)
        qsort(sorted.ptr, mapping->count, sizeof(struct wh_yaml_pair *), compare_keys);
    for (size_t i = 1; i < mapping->count; i++) {
        const struct wh_yaml_pair *pairs[2];
        memcpy(pairs, sorted.ptr + (i - 1) * sizeof(pairs[0]), sizeof(pairs));
        if (wh_str_equal(pairs[0]->key->text, pairs[1]->key->text))
            return wh_yaml_error(pairs[1]->key, err,
                                 "key '%.*s' stands here twice, first in line %u",
                                 WH_FMT(pairs[1]->key->text), pairs[0]->key->line);
    }
    return WH_OK;
}

/* Moves the nodes of a complete collection from the stack into the arena. */
static wh_code take_nodes(struct builder *builder, const struct frame *frame, struct wh_error *err)
{
    struct wh_yaml_node *node = frame->node;
    size_t first = frame->first * sizeof(struct wh_yaml_node *);
    size_t size = builder->stack.len - first;
    void *nodes = wh_arena_alloc(builder->arena, size);
    if (nodes == NULL)
        return wh_error_no_memory(err, size);
    if (size > 0)
        memcpy(nodes, builder->stack.ptr + first, size);
    builder->stack.len = first;
    node->count = size / sizeof(struct wh_yaml_node *);
    if (node->kind == WH_YAML_LIST) {
        node->elements = nodes;
        return WH_OK;
    }
    /* Key and value follow each other on the stack just as in a pair. */
    _Static_assert(sizeof(struct wh_yaml_pair) == 2 * sizeof(struct wh_yaml_node *), "no padding");
    node->pairs = nodes;
    node->count /= 2;
    return check_duplicates(node, err);
}

static wh_code close_collection(struct builder *builder, struct fy_event *event,
                                struct wh_error *err)
{
    const struct frame *frame = &builder->frames[builder->depth - 1];
    struct wh_yaml_node *node = frame->node;
    const struct fy_mark *end = fy_event_end_mark(event);
    const struct fy_mark *start = fy_event_start_mark(event);
    /* A flow collection ends with its bracket; a block, which has none, with its last node. */
    if (start != NULL && end != NULL && end->input_pos > start->input_pos)
        node->end = WH_MAX(node->end, mark_offset(builder, end));
    WH_TRY(take_nodes(builder, frame, err));
    if (frame->anchor != SIZE_MAX)
        builder->anchors[frame->anchor].node = node;
    builder->depth--;
    return add_node(builder, node, node->end, err);
}

/* ---- events ---------------------------------------------------------------------------------- */

static wh_code on_document(struct builder *builder, struct fy_event *event, struct wh_error *err)
{
    if (++builder->documents == 1)
        return WH_OK;
    move_to(&builder->cursor, mark_offset(builder, fy_event_start_mark(event)));
    wh_error_set(err, WH_INVALID,
                 "a second YAML document starts here; a migration is one file with one document");
    return wh_error_at(err, WH_INVALID, builder->cursor.line, builder->cursor.column);
}

static wh_code on_event(struct builder *builder, struct fy_event *event, struct wh_error *err)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return on_document(builder, event, err);
    case FYET_MAPPING_START:
        return open_collection(builder, WH_YAML_MAPPING, event, err);
    case FYET_SEQUENCE_START:
        return open_collection(builder, WH_YAML_LIST, event, err);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return close_collection(builder, event, err);
    case FYET_SCALAR:
        return on_scalar(builder, event, err);
    case FYET_ALIAS:
        return on_alias(builder, event, err);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        break;
    }
    return WH_OK;
}

static wh_code build(struct builder *builder, struct fy_diag *diag, struct wh_error *err)
{
    struct fy_event *event;
    while ((event = fy_parser_parse(builder->parser)) != NULL) {
        wh_code rc = on_event(builder, event, err);
        fy_parser_event_free(builder->parser, event);
        if (rc != WH_OK)
            return rc;
    }
    if (fy_parser_get_stream_error(builder->parser))
        return syntax_error(diag, builder->cursor.text, err);
    if (builder->root == NULL || builder->root->is_absent)
        return wh_error_set(err, WH_INVALID,
                            "the file is empty; a migration file begins with 'wherry: 1'");
    return WH_OK;
}

static void close_parser(struct fy_parser **parser)
{
    if (*parser != NULL)
        fy_parser_destroy(*parser);
}

static void close_diag(struct fy_diag **diag)
{
    if (*diag != NULL)
        fy_diag_destroy(*diag);
}

/* Errors are collected, nothing is printed. */
static struct fy_diag *open_diag(void)
{
    struct fy_diag_cfg config;
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    config.colorize = false;
    struct fy_diag *diag = fy_diag_create(&config);
    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static struct fy_parser *open_parser(struct fy_diag *diag, struct wh_str text)
{
    struct fy_parse_cfg config = {
        .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (parser == NULL || fy_parser_set_string(parser, text.ptr, text.len) == 0)
        return parser;
    fy_parser_destroy(parser);
    return NULL;
}

/* Directives are refused before libfyaml sees them: it does not come to an end over some broken
 * ones (0.7.12), and nothing that one could say is of use here. No other line begins with '%'. */
static wh_code refuse_directives(struct wh_str text, struct wh_error *err)
{
    struct cursor cursor = {.text = text, .line = 1, .column = 1};
    for (size_t i = 0; i < text.len; i++) {
        bool starts_line = i == 0 || text.ptr[i - 1] == '\n' || text.ptr[i - 1] == '\r';
        if (text.ptr[i] != '%' || !starts_line)
            continue;
        move_to(&cursor, i);
        wh_error_set(err, WH_INVALID, "YAML directives are not supported; leave the '%%' line out");
        return wh_error_at(err, WH_INVALID, cursor.line, cursor.column);
    }
    return WH_OK;
}

wh_code wh_yaml_parse(struct wh_str text, const struct wh_substitution *substitution,
                      struct wh_arena *arena, const struct wh_yaml_node **ret, struct wh_error *err)
{
    WH_TRY(refuse_directives(text, err));
    WH_CLEANUP(close_diag) struct fy_diag *diag = open_diag();
    WH_CLEANUP(close_parser)
    struct fy_parser *parser = diag != NULL ? open_parser(diag, text) : NULL;
    struct builder *builder = WH_ARENA_NEW(arena, struct builder);
    if (parser == NULL || builder == NULL)
        return wh_error_no_memory(err, sizeof(*builder));
    builder->parser = parser;
    builder->substitution = substitution;
    builder->arena = arena;
    builder->cursor = (struct cursor){.text = text, .line = 1, .column = 1};
    wh_buf_init(&builder->stack, SIZE_MAX);
    wh_buf_init(&builder->text, SIZE_MAX);
    wh_code rc = build(builder, diag, err);
    wh_buf_release(&builder->stack);
    wh_buf_release(&builder->text);
    *ret = builder->root;
    return rc;
}

/* ---- questions ------------------------------------------------------------------------------- */

bool wh_yaml_is_null(const struct wh_yaml_node *node)
{
    return node->kind == WH_YAML_SCALAR && node->is_plain && !node->is_absent &&
           (wh_str_is(node->written, "null") || wh_str_is(node->written, "Null") ||
            wh_str_is(node->written, "NULL") || wh_str_is(node->written, "~"));
}

const char *wh_yaml_kind_name(const struct wh_yaml_node *node)
{
    if (node->kind == WH_YAML_SCALAR)
        return node->is_absent ? "nothing" : "a text";
    return node->kind == WH_YAML_LIST ? "a list" : "a mapping";
}

const struct wh_yaml_node *wh_yaml_find(const struct wh_yaml_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (wh_str_is(mapping->pairs[i].key->text, key))
            return mapping->pairs[i].value;
    return NULL;
}
