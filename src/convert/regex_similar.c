/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of SIMILAR TO as regular expressions: % is .*, _ is one character, what only means
 * something in the latter is escaped, and the whole text has to match. What the escape
 * character stands before is escaped as it is, so that '\d' is a digit. PostgreSQL does the
 * same (similar_to_escape()).
 */
#include "convert/kernel_text.h"
#include "convert/regex.h"

enum { MAX_GROWTH = 3, AROUND = 8 };

struct translation {
    struct wh_str pattern;
    struct wh_str escape;
    size_t at;
    size_t depth;      /* of brackets that are open */
    size_t in_bracket; /* characters of the set that stand before; a first '^' is none */
    bool is_negated;   /* the set begins with '^' */
    char *out;
    size_t len;
};

static void put(struct translation *translation, const char *bytes, size_t len)
{
    memcpy(translation->out + translation->len, bytes, len);
    translation->len += len;
}

static void put_text(struct translation *translation, const char *text)
{
    put(translation, text, strlen(text));
}

static bool is_escape(const struct translation *translation)
{
    struct wh_str rest = wh_str_make(translation->pattern.ptr + translation->at,
                                     translation->pattern.len - translation->at);
    return translation->escape.len > 0 && wh_str_starts_with(rest, translation->escape);
}

static struct wh_str take(struct translation *translation)
{
    const char *at = translation->pattern.ptr + translation->at;
    size_t len = wh_character_bytes(*at);
    translation->at += len;
    return wh_str_make(at, len);
}

/* A bracket that closes where its set begins is one of the set. */
static void put_in_bracket(struct translation *translation, struct wh_str character)
{
    char c = character.ptr[0];
    if (c == '\\')
        put_text(translation, "\\");
    put(translation, character.ptr, character.len);
    if (c == ']' && translation->in_bracket > 0)
        translation->depth--;
    else if (c == '[')
        translation->depth++;
    if (c == '^' && translation->in_bracket == 0 && !translation->is_negated)
        translation->is_negated = true;
    else
        translation->in_bracket++;
}

static void put_plain(struct translation *translation, struct wh_str character)
{
    switch (character.ptr[0]) {
    case '%':
        put_text(translation, ".*");
        return;
    case '_':
        put_text(translation, ".");
        return;
    case '(':
        put_text(translation, "(?:");
        return;
    case '[':
        translation->depth = 1;
        translation->in_bracket = 0;
        translation->is_negated = false;
        break;
    case '\\':
    case '.':
    case '^':
    case '$':
        put_text(translation, "\\");
        break;
    default:
        break;
    }
    put(translation, character.ptr, character.len);
}

/* What the escape character stands before; nothing where the pattern ends with it. */
static const char *put_escaped(struct translation *translation)
{
    translation->at += translation->escape.len;
    if (translation->at == translation->pattern.len)
        return NULL;
    struct wh_str character = take(translation);
    if (character.ptr[0] == '"' && translation->depth == 0)
        return "the separators of substring() have no meaning here";
    put_text(translation, "\\");
    put(translation, character.ptr, character.len);
    translation->in_bracket++;
    return NULL;
}

static const char *translate(struct translation *translation)
{
    const char *refusal = NULL;
    put_text(translation, "^(?:");
    while (translation->at < translation->pattern.len && refusal == NULL) {
        if (is_escape(translation))
            refusal = put_escaped(translation);
        else if (translation->depth > 0)
            put_in_bracket(translation, take(translation));
        else
            put_plain(translation, take(translation));
    }
    put_text(translation, ")$");
    return refusal;
}

wh_code wh_similar_to_regex(const struct wh_similar *similar, struct wh_arena *arena,
                            struct wh_str *ret, const char **ret_refusal, struct wh_error *err)
{
    size_t room = similar->pattern.len * MAX_GROWTH + AROUND;
    struct translation translation = {.pattern = similar->pattern, .escape = similar->escape};
    if (similar->escape.len > 0 &&
        wh_character_bytes(similar->escape.ptr[0]) < similar->escape.len) {
        *ret_refusal = "the escape is one character, or none";
        return WH_OK;
    }
    translation.out = wh_arena_bytes(arena, room);
    if (translation.out == NULL)
        return wh_error_no_memory(err, room);
    *ret_refusal = translate(&translation);
    *ret = wh_str_make(translation.out, translation.len);
    return WH_OK;
}
