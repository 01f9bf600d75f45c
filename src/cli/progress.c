/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BAR_WIDTH = 24, LINE_SIZE = 512, NUMBER_SIZE = 32 };

void cli_progress_init(struct cli_progress *progress, const struct cli_terminal *terminal)
{
    *progress = (struct cli_progress){.terminal = terminal};
}

static const char *plural(uint64_t number)
{
    return number == 1 ? "" : "s";
}

/** "3,000,000" */
static const char *grouped(uint64_t number, char room[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *out = room;
    for (int at = 0; at < len; at++) {
        if (at > 0 && (len - at) % 3 == 0)
            *out++ = ',';
        *out++ = digits[at];
    }
    *out = '\0';
    return room;
}

static const char *clock_text(double seconds, char room[NUMBER_SIZE])
{
    uint64_t whole = seconds < 1e9 ? (uint64_t)(seconds + 0.5) : 0;
    if (whole >= 3600)
        snprintf(room, NUMBER_SIZE, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, whole / 3600,
                 whole / 60 % 60, whole % 60);
    else
        snprintf(room, NUMBER_SIZE, "%" PRIu64 ":%02" PRIu64, whole / 60, whole % 60);
    return room;
}

/** Of what was done since the stage began. */
static uint64_t rate_of(const struct wherry_progress *now)
{
    uint64_t items = now->items - now->items_before;
    return now->seconds > 0.05 ? (uint64_t)((double)items / now->seconds) : 0;
}

/** The bar's cells, and the percent beside them; both empty where the total is not known. */
static void draw_bar(const struct wherry_progress *now, char *room, size_t size)
{
    if (now->total == 0) {
        room[0] = '\0';
        return;
    }
    double part = (double)now->done / (double)now->total;
    part = part > 1 ? 1 : part;
    int full = (int)(part * BAR_WIDTH);
    int used = snprintf(room, size, " ");
    for (int cell = 0; cell < BAR_WIDTH; cell++)
        used += snprintf(room + used, size - (size_t)used, "%s", cell < full ? "━" : "─");
    snprintf(room + used, size - (size_t)used, " %3d%%", (int)(part * 100));
}

static void draw_time_left(const struct wherry_progress *now, char *room, size_t size)
{
    char clock[NUMBER_SIZE];
    room[0] = '\0';
    if (now->done <= now->done_before || now->seconds < 0.5 || now->done >= now->total)
        return;
    double left =
        now->seconds * (double)(now->total - now->done) / (double)(now->done - now->done_before);
    snprintf(room, size, ", %s left", clock_text(left, clock));
}

/** How many columns of the line fit; bytes that go on a character take none. */
static int fitting_bytes(const char *line, unsigned width)
{
    int at = 0;
    for (unsigned columns = 0; line[at] != '\0'; at++) {
        bool begins = ((unsigned char)line[at] & 0xc0) != 0x80;
        if (begins && ++columns >= width)
            break;
    }
    return at;
}

static void draw(struct cli_progress *progress, const struct wherry_progress *now)
{
    char line[LINE_SIZE];
    char bar[BAR_WIDTH * 4 + 16];
    char left[NUMBER_SIZE * 2];
    char numbers[3][NUMBER_SIZE];
    draw_bar(now, bar, sizeof bar);
    draw_time_left(now, left, sizeof left);
    int used = snprintf(line, sizeof line, "%s %s%s", now->stage, now->item, bar);
    if (now->items > 0)
        used += snprintf(line + used, sizeof line - (size_t)used, "  %s item%s, %s/s",
                         grouped(now->items, numbers[0]), plural(now->items),
                         grouped(rate_of(now), numbers[1]));
    used += snprintf(line + used, sizeof line - (size_t)used, "%s", left);
    if (now->refused > 0)
        snprintf(line + used, sizeof line - (size_t)used, ", %s refused",
                 grouped(now->refused, numbers[2]));
    fprintf(stderr, "\r%.*s\x1b[K", fitting_bytes(line, progress->terminal->err_width), line);
    fflush(stderr);
    progress->is_drawn = true;
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\x1b[K", stderr);
    progress->is_drawn = false;
}

/** The plain line of a stage that is over; what took less than a second is not worth one. */
static void end_stage(struct cli_progress *progress)
{
    char numbers[3][NUMBER_SIZE];
    const struct wherry_progress *last = &progress->last;
    cli_progress_clear(progress);
    if (progress->stage[0] == '\0' || progress->terminal->err_is_terminal || last->seconds < 1)
        return;
    fprintf(stderr, "%s %s: %s item%s", progress->stage, progress->item,
            grouped(last->items, numbers[0]), plural(last->items));
    if (last->items_before > 0)
        fprintf(stderr, ", %s of them", grouped(last->items - last->items_before, numbers[2]));
    fprintf(stderr, " in %.1f s", last->seconds);
    if (last->refused > 0)
        fprintf(stderr, ", %s refused", grouped(last->refused, numbers[1]));
    fputs("\n", stderr);
}

static bool is_same_stage(const struct cli_progress *progress, const struct wherry_progress *now)
{
    return strcmp(progress->stage, now->stage) == 0 &&
           strncmp(progress->item, now->item, CLI_NAME_SIZE - 1) == 0;
}

/** A name as it may be printed: controls in it are replaced. */
static void copy_name(char room[CLI_NAME_SIZE], const char *name)
{
    snprintf(room, CLI_NAME_SIZE, "%s", name);
    for (char *at = room; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
}

void cli_progress_show(struct cli_progress *progress, const struct wherry_progress *now)
{
    if (!is_same_stage(progress, now))
        end_stage(progress);
    copy_name(progress->stage, now->stage);
    copy_name(progress->item, now->item);
    progress->last = *now;
    progress->last.stage = progress->stage;
    progress->last.item = progress->item;
    if (progress->terminal->err_is_terminal)
        draw(progress, &progress->last);
}

void cli_progress_finish(struct cli_progress *progress)
{
    end_stage(progress);
    progress->stage[0] = '\0';
}
