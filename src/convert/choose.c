/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of several functions of one name a call means: PostgreSQL's func_select_candidate(), step
 * by step (https://www.postgresql.org/docs/15/typeconv-func.html). Each step leaves the candidates
 * standing that do best at it.
 */
#include "convert/resolve.h"

enum { MAX_CANDIDATES = 64 };

struct contest {
    const struct wh_function *standing[MAX_CANDIDATES];
    size_t count;
    const char *letters;
    size_t argument_count;
};

char wh_argument_letter(const struct wh_function *function, size_t index)
{
    const char *arguments = function->arguments;
    size_t at = 0;
    while (arguments[at] != '\0' && at < index && arguments[at + 1] != '*')
        at++;
    return arguments[at];
}

static bool takes(const struct wh_function *function, size_t count)
{
    size_t len = strlen(function->arguments);
    if (len > 0 && function->arguments[len - 1] == '*')
        return count + 1 >= len;
    return count == len;
}

static bool is_exact(const struct wh_function *function, const char *letters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (wh_argument_letter(function, i) != letters[i])
            return false;
    }
    return true;
}

static bool is_reachable(const struct wh_function *function, const char *letters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!wh_can_coerce(letters[i], wh_argument_letter(function, i), WH_COERCE_IMPLICIT))
            return false;
    }
    return true;
}

/* An operator with one literal: its type is taken to be the other side's, if that fits exactly. */
static const struct wh_function *exact_operator(const struct contest *contest)
{
    const char *letters = contest->letters;
    if (contest->argument_count != 2 || (letters[0] == 'u') == (letters[1] == 'u'))
        return NULL;
    char both[2];
    both[0] = both[1] = letters[0] == 'u' ? letters[1] : letters[0];
    for (size_t i = 0; i < contest->count; i++) {
        if (is_exact(contest->standing[i], both, 2))
            return contest->standing[i];
    }
    return NULL;
}

static const struct wh_function *exact_match(const struct contest *contest)
{
    for (size_t i = 0; i < contest->count; i++) {
        if (is_exact(contest->standing[i], contest->letters, contest->argument_count))
            return contest->standing[i];
    }
    return NULL;
}

/* ---- steps ---------------------------------------------------------------------------------- */

typedef size_t score_function(const struct contest *contest, const struct wh_function *function);

static size_t count_exact(const struct contest *contest, const struct wh_function *function)
{
    size_t score = 0;
    for (size_t i = 0; i < contest->argument_count; i++)
        score +=
            contest->letters[i] != 'u' && contest->letters[i] == wh_argument_letter(function, i);
    return score;
}

static size_t count_preferred(const struct contest *contest, const struct wh_function *function)
{
    size_t score = 0;
    for (size_t i = 0; i < contest->argument_count; i++) {
        char asked = contest->letters[i];
        char given = wh_argument_letter(function, i);
        score += asked != 'u' &&
                 (asked == given || (wh_letter_is_preferred(given) &&
                                     wh_letter_category(given) == wh_letter_category(asked)));
    }
    return score;
}

static void keep_best(struct contest *contest, score_function *score)
{
    size_t best = 0;
    size_t count = 0;
    for (size_t i = 0; i < contest->count; i++) {
        size_t points = score(contest, contest->standing[i]);
        if (points < best)
            continue;
        if (points > best)
            count = 0;
        best = points;
        contest->standing[count++] = contest->standing[i];
    }
    contest->count = count;
}

/* What a literal at @p index is taken to be: text where any candidate takes text, otherwise the one
 * category that all candidates have; '\0' where they differ. */
static char literal_category(const struct contest *contest, size_t index, bool *ret_has_preferred)
{
    char category = '\0';
    bool differ = false;
    *ret_has_preferred = false;
    for (size_t i = 0; i < contest->count; i++) {
        char letter = wh_argument_letter(contest->standing[i], index);
        char here = wh_letter_category(letter);
        if (category == '\0' || (here == 'S' && category != 'S')) {
            category = here;
            *ret_has_preferred = wh_letter_is_preferred(letter);
        } else if (here == category) {
            *ret_has_preferred |= wh_letter_is_preferred(letter);
        } else if (category != 'S') {
            differ = true;
        }
    }
    return differ && category != 'S' ? '\0' : category;
}

static void keep_by_category(struct contest *contest, size_t index, char category,
                             bool only_preferred)
{
    size_t count = 0;
    for (size_t i = 0; i < contest->count; i++) {
        char letter = wh_argument_letter(contest->standing[i], index);
        if (wh_letter_category(letter) == category &&
            (!only_preferred || wh_letter_is_preferred(letter)))
            contest->standing[count++] = contest->standing[i];
    }
    contest->count = count;
}

/* Decides by the literals; leaves all standing where that decides nothing. */
static void resolve_literals(struct contest *contest)
{
    struct contest left = *contest;
    for (size_t i = 0; i < contest->argument_count; i++) {
        bool has_preferred;
        if (contest->letters[i] != 'u')
            continue;
        char category = literal_category(contest, i, &has_preferred);
        if (category == '\0')
            return;
        keep_by_category(&left, i, category, has_preferred);
    }
    if (left.count > 0)
        *contest = left;
}

/* The last resort: literals are taken to be of the one type that all other arguments have. */
static const struct wh_function *assume_one_type(const struct contest *contest)
{
    char known = 'u';
    for (size_t i = 0; i < contest->argument_count; i++) {
        if (contest->letters[i] == 'u' || contest->letters[i] == known)
            continue;
        if (known != 'u')
            return NULL;
        known = contest->letters[i];
    }
    const struct wh_function *only = NULL;
    for (size_t i = 0; known != 'u' && i < contest->count; i++) {
        bool fits = true;
        for (size_t k = 0; k < contest->argument_count; k++)
            fits &= wh_can_coerce(known, wh_argument_letter(contest->standing[i], k),
                                  WH_COERCE_IMPLICIT);
        if (!fits)
            continue;
        if (only != NULL)
            return NULL;
        only = contest->standing[i];
    }
    return only;
}

const struct wh_function *wh_choose(const struct wh_overload *overload)
{
    struct contest contest = {.letters = overload->letters, .argument_count = overload->count};
    for (size_t i = 0; i < overload->candidate_count && contest.count < MAX_CANDIDATES; i++) {
        if (takes(overload->candidates[i], overload->count))
            contest.standing[contest.count++] = overload->candidates[i];
    }
    const struct wh_function *chosen = exact_match(&contest);
    if (chosen == NULL && overload->is_operator)
        chosen = exact_operator(&contest);
    if (chosen != NULL)
        return chosen;
    size_t count = 0;
    for (size_t i = 0; i < contest.count; i++) {
        if (is_reachable(contest.standing[i], contest.letters, contest.argument_count))
            contest.standing[count++] = contest.standing[i];
    }
    contest.count = count;
    if (contest.count > 1)
        keep_best(&contest, count_exact);
    if (contest.count > 1)
        keep_best(&contest, count_preferred);
    if (contest.count > 1)
        resolve_literals(&contest);
    if (contest.count > 1)
        return assume_one_type(&contest);
    return contest.count == 1 ? contest.standing[0] : NULL;
}
