/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads dates and times in any order of their parts, as PostgreSQL's DecodeDateTime() does, as long
 * as there is one way to read them.
 *
 * The text is taken apart into pieces of a date (numbers and month names), a time of day, a zone
 * and an era. Which number is the year is decided when all pieces are known: it is the one that is
 * written with three digits or more.
 */
#include "data/datetime_scan.h"

#include <string.h>

#include "data/calendar.h"
#include "data/digits.h"

/* As PostgreSQL's: longer texts are no dates. */
enum { TEXT_MAX = 128, PIECES_MAX = 3, YEAR_MAX = 5874897, ZONE_HOURS_MAX = 15 };

/* One number or month name of a date. */
struct piece {
    int32_t value;
    int32_t digits; /* 0: a month's name */
};

enum meridian { NO_MERIDIAN, AM, PM };
enum era { NO_ERA, AD, BC };

struct scanner {
    const char *at;
    const char *end;
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
    struct wh_civil civil; /* where is_complete */
    bool is_complete;      /* `civil` is set */
    bool is_julian;        /* and comes from a day number: its year may be 0 or less */
    bool has_compact_time; /* written without colons */
    bool expects_time;     /* behind a T */
    bool expects_julian;   /* behind a J */
    bool has_time;
    bool has_zone;
    bool has_weekday;
    enum meridian meridian;
    enum era era;
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t micros;
    int32_t zone_seconds;
};

static bool has_whole_date(const struct scanner *scanner)
{
    return scanner->is_complete || scanner->piece_count == PIECES_MAX;
}

/* ---- characters ------------------------------------------------------------------------------ */

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static char peek(const struct scanner *scanner)
{
    return scanner->at < scanner->end ? *scanner->at : '\0';
}

static char peek_behind(const struct scanner *scanner)
{
    return scanner->end - scanner->at > 1 ? scanner->at[1] : '\0';
}

static bool is_at_end_of_part(const struct scanner *scanner)
{
    return scanner->at == scanner->end || *scanner->at == ',' || wh_is_space(*scanner->at);
}

/* A run of digits; large numbers stop at one that no field can have. */
static struct piece take_digits(struct scanner *scanner)
{
    struct piece piece = {0, 0};
    for (; wh_is_digit(peek(scanner)); scanner->at++) {
        piece.digits++;
        if (piece.value < 100000000)
            piece.value = piece.value * 10 + (*scanner->at - '0');
    }
    return piece;
}

static struct wh_str take_word(struct scanner *scanner)
{
    const char *start = scanner->at;
    while (is_letter(peek(scanner)))
        scanner->at++;
    return wh_str_make(start, (size_t)(scanner->at - start));
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_one_of(struct wh_str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wh_str_is(word, words[i]))
            return true;
    return false;
}

/* The number of a month, or 0, from its English name or its first three letters, in lower case. */
static int32_t month_by_name(struct wh_str word)
{
    static const char *const months[12] = {"january",   "february", "march",    "april",
                                           "may",       "june",     "july",     "august",
                                           "september", "october",  "november", "december"};
    if (wh_str_is(word, "sept"))
        return 9;
    for (int32_t i = 0; i < 12; i++) {
        struct wh_str month = wh_str_from(months[i]);
        if (wh_str_equal(word, month) || wh_str_equal(word, wh_str_make(month.ptr, 3)))
            return i + 1;
    }
    return 0;
}

static bool is_weekday(struct wh_str word)
{
    static const char *const days[] = {
        "sun", "sunday",    "mon", "monday", "tue",   "tues",     "tuesday", "wed", "weds",
        "thu", "wednesday", "fri", "thur",   "thurs", "thursday", "friday",  "sat", "saturday",
    };
    return is_one_of(word, days, WH_COUNT_OF(days));
}

static bool is_utc(struct wh_str word)
{
    static const char *const names[] = {"z", "utc", "gmt", "zulu", "uct", "ut"};
    return is_one_of(word, names, WH_COUNT_OF(names));
}

/* ---- deciding -------------------------------------------------------------------------------- */

static bool is_year(struct piece piece)
{
    return piece.digits >= 3;
}

static bool is_day_or_month(struct piece piece)
{
    return piece.digits == 1 || piece.digits == 2;
}

/* A month's name among the three: the year is the number that looks like one. */
static enum wh_fault decide_named(const struct piece *pieces, struct wh_civil *ret)
{
    struct piece numbers[PIECES_MAX] = {{.digits = 0}};
    size_t count = 0;
    for (size_t i = 0; i < PIECES_MAX; i++) {
        if (pieces[i].digits == 0)
            ret->month = pieces[i].value;
        else
            numbers[count++] = pieces[i];
    }
    if (is_day_or_month(numbers[0]) && is_day_or_month(numbers[1]))
        return WH_FAULT_AMBIGUOUS;
    bool is_year_before_name = pieces[2].digits == 0 && is_year(numbers[1]);
    if ((is_year(numbers[0]) && is_year(numbers[1])) || is_year_before_name)
        return WH_FAULT_SYNTAX;
    ret->year = is_year(numbers[0]) ? numbers[0].value : numbers[1].value;
    ret->day = is_year(numbers[0]) ? numbers[1].value : numbers[0].value;
    return WH_FAULT_NONE;
}

/* Three numbers. Year, month, day is read; so are month, day, year where no day, month, year could
 * be meant: the month comes first where PostgreSQL's DateStyle is its default. */
static enum wh_fault decide_numbers(const struct piece *pieces, struct wh_civil *ret)
{
    if (is_year(pieces[0]) && is_day_or_month(pieces[1]) && is_day_or_month(pieces[2])) {
        *ret = (struct wh_civil){pieces[0].value, pieces[1].value, pieces[2].value};
        return WH_FAULT_NONE;
    }
    if (!is_day_or_month(pieces[0]) || !is_day_or_month(pieces[1]))
        return WH_FAULT_SYNTAX;
    bool is_either_way = pieces[0].value <= 12 && pieces[1].value <= 12;
    if (!is_year(pieces[2]) || (is_either_way && pieces[0].value != pieces[1].value))
        return WH_FAULT_AMBIGUOUS;
    *ret = (struct wh_civil){pieces[2].value, pieces[0].value, pieces[1].value};
    return WH_FAULT_NONE;
}

/* A year and the number of a day in it: 2020-031. */
static enum wh_fault decide_day_of_year(struct scanner *scanner)
{
    struct piece year = scanner->pieces[0];
    struct piece day = scanner->pieces[1];
    if (!is_year(year) || day.digits != 3)
        return WH_FAULT_SYNTAX;
    if (year.value < 1 || year.value > YEAR_MAX || day.value < 1 ||
        day.value > 365 + wh_is_leap_year(year.value))
        return WH_FAULT_DATE_RANGE;
    int32_t first = wh_days_from_civil((struct wh_civil){year.value, 1, 1});
    scanner->civil = wh_civil_from_days(first + day.value - 1);
    scanner->is_complete = true;
    scanner->era = AD; /* leap years BC are other ones */
    return WH_FAULT_NONE;
}

static enum wh_fault decide_date(struct scanner *scanner)
{
    if (scanner->is_complete)
        return WH_FAULT_NONE;
    scanner->is_complete = true;
    if (scanner->piece_count != PIECES_MAX)
        return WH_FAULT_SYNTAX;
    for (size_t i = 0; i < PIECES_MAX; i++)
        if (scanner->pieces[i].digits == 0)
            return decide_named(scanner->pieces, &scanner->civil);
    return decide_numbers(scanner->pieces, &scanner->civil);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static enum wh_fault add_piece(struct scanner *scanner, struct piece piece)
{
    if (scanner->is_complete || scanner->piece_count == PIECES_MAX)
        return WH_FAULT_SYNTAX;
    scanner->pieces[scanner->piece_count++] = piece;
    return WH_FAULT_NONE;
}

static enum wh_fault add_month(struct scanner *scanner, struct wh_str word)
{
    int32_t month = month_by_name(word);
    if (month == 0)
        return WH_FAULT_SYNTAX;
    for (size_t i = 0; i < scanner->piece_count; i++)
        if (scanner->pieces[i].digits == 0)
            return WH_FAULT_SYNTAX;
    return add_piece(scanner, (struct piece){month, 0});
}

/* What follows the first piece of a date that is written with separators, all of them the same.
 * With a month's name among them, the date must end there: PostgreSQL reads on otherwise. */
static enum wh_fault take_rest_of_date(struct scanner *scanner)
{
    char separator = peek(scanner);
    bool has_name = scanner->pieces[0].digits == 0;
    if (scanner->has_time || scanner->has_weekday || scanner->has_zone)
        return WH_FAULT_SYNTAX; /* behind other parts PostgreSQL takes it for a zone */
    while (peek(scanner) == separator) {
        char next = peek_behind(scanner);
        scanner->at++;
        enum wh_fault fault = WH_FAULT_SYNTAX;
        has_name |= is_letter(next);
        if (wh_is_digit(next))
            fault = add_piece(scanner, take_digits(scanner));
        else if (is_letter(next))
            fault = add_month(scanner, take_word(scanner));
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    if (has_name && !is_at_end_of_part(scanner))
        return WH_FAULT_SYNTAX;
    return scanner->piece_count == 2 ? decide_day_of_year(scanner) : decide_date(scanner);
}

static bool is_at_separator(const struct scanner *scanner)
{
    char byte = peek(scanner);
    return (byte == '-' || byte == '/' || byte == '.') &&
           (wh_is_digit(peek_behind(scanner)) || is_letter(peek_behind(scanner)));
}

enum wh_fault wh_fraction_read(struct wh_str digits, int32_t *ret)
{
    int32_t micros = 0;
    for (size_t i = 0; i < 6; i++)
        micros = micros * 10 + (i < digits.len ? digits.ptr[i] - '0' : 0);
    for (size_t i = 6; i < digits.len; i++)
        if (digits.ptr[i] != '0')
            return WH_FAULT_SCALE;
    *ret = micros;
    return WH_FAULT_NONE;
}

/* A point and digits behind a second; neither need be there. */
static enum wh_fault take_fraction(struct scanner *scanner)
{
    if (peek(scanner) != '.')
        return WH_FAULT_NONE;
    scanner->at++;
    const char *start = scanner->at;
    while (wh_is_digit(peek(scanner)))
        scanner->at++;
    return wh_fraction_read(wh_str_make(start, (size_t)(scanner->at - start)), &scanner->micros);
}

/* Minutes and perhaps seconds behind the hour, at the first colon. */
static enum wh_fault take_time(struct scanner *scanner, struct piece hour)
{
    if (scanner->has_time)
        return WH_FAULT_SYNTAX;
    scanner->at++;
    struct piece minute = take_digits(scanner);
    struct piece second = {0, 1};
    if (peek(scanner) == ':') {
        scanner->at++;
        second = take_digits(scanner);
    } else if (peek(scanner) == '.') {
        return WH_FAULT_AMBIGUOUS; /* PostgreSQL takes 12:34.5 for minutes and seconds */
    }
    if (minute.digits == 0 || second.digits == 0)
        return WH_FAULT_SYNTAX;
    scanner->has_time = true;
    scanner->expects_time = false;
    scanner->hour = hour.value;
    scanner->minute = minute.value;
    scanner->second = second.value;
    return take_fraction(scanner);
}

/* HHMM or HHMMSS. */
static enum wh_fault set_compact_time(struct scanner *scanner, struct piece number)
{
    if (scanner->has_time || (number.digits != 4 && number.digits != 6))
        return WH_FAULT_SYNTAX;
    int32_t value = number.digits == 4 ? number.value * 100 : number.value;
    scanner->has_time = true;
    scanner->expects_time = false;
    scanner->hour = value / 10000;
    scanner->minute = value / 100 % 100;
    scanner->second = value % 100;
    scanner->has_compact_time = true;
    if (number.digits == 4 && peek(scanner) == '.')
        return WH_FAULT_SYNTAX;
    if (peek(scanner) == '.' && !wh_is_digit(peek_behind(scanner)))
        return WH_FAULT_SYNTAX;
    return take_fraction(scanner);
}

/* YYYYMMDD. */
static enum wh_fault set_compact_date(struct scanner *scanner, struct piece number)
{
    scanner->is_complete = true;
    scanner->civil =
        (struct wh_civil){number.value / 10000, number.value / 100 % 100, number.value % 100};
    return WH_FAULT_NONE;
}

/* A number of no unit; where it stands says what it is. */
static enum wh_fault add_number(struct scanner *scanner, struct piece number)
{
    if (scanner->expects_time || has_whole_date(scanner))
        return set_compact_time(scanner, number);
    if (scanner->piece_count == 0 && number.digits == 8)
        return set_compact_date(scanner, number);
    if (scanner->piece_count == 0 && number.digits == 6)
        return WH_FAULT_AMBIGUOUS; /* YYMMDD */
    if (number.digits > 5)
        return WH_FAULT_SYNTAX;
    return add_piece(scanner, number);
}

/* A day number: Julian day 0 is 4714-11-24 BC. */
static enum wh_fault set_julian(struct scanner *scanner, struct piece number)
{
    if (scanner->is_complete || scanner->piece_count > 0)
        return WH_FAULT_SYNTAX;
    if (number.digits > 8)
        return WH_FAULT_DATE_RANGE;
    scanner->expects_julian = false;
    scanner->is_complete = true;
    scanner->is_julian = true;
    scanner->era = AD;
    scanner->civil = wh_civil_from_days(number.value - WH_JULIAN_2000);
    return WH_FAULT_NONE;
}

static enum wh_fault scan_digits(struct scanner *scanner)
{
    struct piece number = take_digits(scanner);
    if (scanner->expects_julian)
        return is_at_separator(scanner) ? WH_FAULT_SYNTAX : set_julian(scanner, number);
    if (peek(scanner) == ':')
        return take_time(scanner, number);
    if (is_at_separator(scanner) && !scanner->expects_time && !has_whole_date(scanner)) {
        if (scanner->piece_count > 0)
            return WH_FAULT_SYNTAX;
        enum wh_fault fault = add_piece(scanner, number);
        return fault == WH_FAULT_NONE ? take_rest_of_date(scanner) : fault;
    }
    return add_number(scanner, number);
}

/* +HH, +HHMM, +HH:MM or +HH:MM:SS: east is positive. */
static enum wh_fault scan_offset(struct scanner *scanner)
{
    bool is_west = *scanner->at++ == '-';
    if (scanner->has_zone || (!scanner->has_time && scanner->piece_count == 0))
        return scanner->has_zone ? WH_FAULT_AMBIGUOUS : WH_FAULT_SYNTAX;
    struct piece hour = take_digits(scanner);
    struct piece minute = {0, 1};
    struct piece second = {0, 1};
    if (peek(scanner) == ':') {
        if (scanner->has_compact_time)
            return WH_FAULT_SYNTAX;
        scanner->at++;
        minute = take_digits(scanner);
        if (peek(scanner) == ':') {
            scanner->at++;
            second = take_digits(scanner);
        }
    } else if (hour.digits > 2) {
        minute.value = hour.value % 100;
        hour.value /= 100;
    }
    if (hour.digits == 0 || hour.digits > 4 || minute.digits == 0 || second.digits == 0)
        return WH_FAULT_SYNTAX;
    if (hour.value > ZONE_HOURS_MAX || minute.value > 59 || second.value > 59)
        return WH_FAULT_DATE_RANGE;
    int32_t seconds = (hour.value * 60 + minute.value) * 60 + second.value;
    scanner->zone_seconds = is_west ? -seconds : seconds;
    scanner->has_zone = true;
    return WH_FAULT_NONE;
}

static enum wh_fault set_meridian(struct scanner *scanner, enum meridian meridian)
{
    if (!scanner->has_time || scanner->meridian != NO_MERIDIAN)
        return WH_FAULT_SYNTAX;
    scanner->meridian = meridian;
    return WH_FAULT_NONE;
}

static enum wh_fault set_era(struct scanner *scanner, enum era era)
{
    if (scanner->era != NO_ERA || (!scanner->is_complete && scanner->piece_count == 0))
        return WH_FAULT_SYNTAX;
    scanner->era = era;
    return WH_FAULT_NONE;
}

static enum wh_fault set_flag(bool *flag)
{
    enum wh_fault fault = *flag ? WH_FAULT_SYNTAX : WH_FAULT_NONE;
    *flag = true;
    return fault;
}

/* A word that stands for itself, not for a part of a date. */
static enum wh_fault scan_other_word(struct scanner *scanner, struct wh_str word)
{
    if (wh_str_is(word, "am") || wh_str_is(word, "pm"))
        return set_meridian(scanner, word.ptr[0] == 'a' ? AM : PM);
    if (wh_str_is(word, "bc") || wh_str_is(word, "ad"))
        return set_era(scanner, word.ptr[0] == 'b' ? BC : AD);
    if (wh_str_is(word, "t"))
        return scanner->has_time || !has_whole_date(scanner) ? WH_FAULT_SYNTAX
                                                             : set_flag(&scanner->expects_time);
    if (wh_str_is(word, "j"))
        return set_flag(&scanner->expects_julian);
    if (is_weekday(word))
        return set_flag(&scanner->has_weekday);
    if (is_utc(word) && (scanner->has_time || scanner->is_complete || scanner->piece_count > 0))
        return set_flag(&scanner->has_zone);
    /* Behind a time it can only be the name of a zone. */
    return scanner->has_time ? WH_FAULT_ARGUMENT : WH_FAULT_SYNTAX;
}

/* Words run into what follows are names of zones to PostgreSQL: "pm-05", "gmt+1". */
static bool is_glued(const struct scanner *scanner, struct wh_str word)
{
    if (wh_is_digit(peek(scanner)))
        return !wh_str_is(word, "t") && !wh_str_is(word, "j");
    return !is_at_end_of_part(scanner);
}

static enum wh_fault scan_word(struct scanner *scanner)
{
    struct wh_str word = take_word(scanner);
    if (month_by_name(word) == 0)
        return is_glued(scanner, word) ? WH_FAULT_SYNTAX : scan_other_word(scanner, word);
    bool is_first = scanner->piece_count == 0;
    enum wh_fault fault = add_month(scanner, word);
    if (fault == WH_FAULT_NONE && is_at_separator(scanner))
        fault = is_first ? take_rest_of_date(scanner) : WH_FAULT_SYNTAX;
    return fault;
}

static enum wh_fault scan_part(struct scanner *scanner)
{
    char byte = peek(scanner);
    if (wh_is_digit(byte))
        return scan_digits(scanner);
    if (is_letter(byte))
        return scan_word(scanner);
    if (byte == '+' || byte == '-')
        return scan_offset(scanner);
    if (byte != ',' && !wh_is_space(byte))
        return WH_FAULT_SYNTAX;
    scanner->at++;
    return WH_FAULT_NONE;
}

static enum wh_fault scan_parts(struct scanner *scanner)
{
    while (scanner->at < scanner->end) {
        enum wh_fault fault = scan_part(scanner);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return scanner->expects_time || scanner->expects_julian ? WH_FAULT_SYNTAX : WH_FAULT_NONE;
}

/* ---- finishing ------------------------------------------------------------------------------- */

static enum wh_fault finish_date(struct scanner *scanner, struct wh_datetime *ret)
{
    enum wh_fault fault = decide_date(scanner);
    if (fault != WH_FAULT_NONE)
        return fault;
    struct wh_civil civil = scanner->civil;
    if ((civil.year < 1 && !scanner->is_julian) || civil.year > YEAR_MAX)
        return WH_FAULT_DATE_RANGE;
    if (scanner->era == BC)
        civil.year = 1 - civil.year;
    if (!wh_civil_exists(civil))
        return WH_FAULT_DATE_RANGE;
    ret->days = wh_days_from_civil(civil);
    ret->has_date = true;
    return ret->days >= WH_DATE_MIN && ret->days < WH_DATE_END ? WH_FAULT_NONE
                                                               : WH_FAULT_DATE_RANGE;
}

static enum wh_fault finish_time(const struct scanner *scanner, struct wh_datetime *ret)
{
    int32_t hour = scanner->hour;
    if (scanner->meridian != NO_MERIDIAN && hour > 12)
        return WH_FAULT_DATE_RANGE;
    if (scanner->meridian == AM && hour == 12)
        hour = 0;
    if (scanner->meridian == PM && hour != 12)
        hour += 12;
    if (hour > 24 || scanner->minute > 59 || scanner->second > 60)
        return WH_FAULT_DATE_RANGE;
    ret->usecs = ((hour * 60 + scanner->minute) * 60 + scanner->second) * WH_USECS_PER_SECOND +
                 scanner->micros;
    ret->has_time = true;
    return ret->usecs <= WH_USECS_PER_DAY ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

/* A copy in lower case, so that names are compared once. */
static enum wh_fault start(struct scanner *scanner, struct wh_str text, char *room)
{
    if (text.len > TEXT_MAX)
        return WH_FAULT_SYNTAX;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        room[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
    }
    *scanner = (struct scanner){.at = room, .end = room + text.len};
    return WH_FAULT_NONE;
}

static enum wh_fault finish(struct scanner *scanner, struct wh_datetime *ret)
{
    *ret =
        (struct wh_datetime){.has_zone = scanner->has_zone, .zone_seconds = scanner->zone_seconds};
    enum wh_fault fault = WH_FAULT_NONE;
    if (scanner->is_complete || scanner->piece_count > 0)
        fault = finish_date(scanner, ret);
    if (fault == WH_FAULT_NONE && scanner->has_time)
        fault = finish_time(scanner, ret);
    return fault;
}

enum wh_fault wh_datetime_scan(struct wh_str text, struct wh_datetime *ret)
{
    char room[TEXT_MAX];
    struct scanner scanner;
    enum wh_fault fault = start(&scanner, text, room);
    if (fault == WH_FAULT_NONE)
        fault = scan_parts(&scanner);
    if (fault == WH_FAULT_NONE)
        fault = finish(&scanner, ret);
    if (fault == WH_FAULT_NONE && !ret->has_date)
        fault = WH_FAULT_SYNTAX;
    return fault;
}

enum wh_fault wh_time_scan(struct wh_str text, struct wh_datetime *ret)
{
    char room[TEXT_MAX];
    struct scanner scanner;
    enum wh_fault fault = start(&scanner, wh_str_trim(text), room);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (peek(&scanner) == 't')
        scanner.at++;
    scanner.expects_time = true;
    fault = scan_parts(&scanner);
    if (fault == WH_FAULT_NONE)
        fault = finish(&scanner, ret);
    if (fault == WH_FAULT_NONE && !ret->has_time)
        fault = WH_FAULT_SYNTAX;
    return fault;
}
