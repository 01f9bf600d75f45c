/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LONGEST_LINE = 4096, LINE_SHOWN = 120 /* characters; the part around the mark */ };

/* ---- what there is --------------------------------------------------------------------------- */

static unsigned width_of(int fd)
{
    struct winsize size;
    if (isatty(fd) == 0)
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static bool may_colour(bool no_color)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !no_color && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

void cli_terminal_look(struct cli_terminal *terminal, bool no_color)
{
    terminal->out_width = width_of(STDOUT_FILENO);
    terminal->err_width = width_of(STDERR_FILENO);
    terminal->err_is_terminal = terminal->err_width > 0;
    terminal->out_has_colour = terminal->out_width > 0 && may_colour(no_color);
    terminal->err_has_colour = terminal->err_is_terminal && may_colour(no_color);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/** Text that may hold what a file or a server said: controls are shown, not done. */
static void put_safe(const char *text, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        unsigned char byte = (unsigned char)text[at];
        bool is_c1 = byte == 0xc2 && at + 1 < len && (unsigned char)text[at + 1] < 0xa0;
        if (is_c1)
            fprintf(stderr, "\\x%02x", (unsigned)(unsigned char)text[++at]);
        else if (byte < 0x20 || byte == 0x7f)
            fprintf(stderr, "\\x%02x", (unsigned)byte);
        else
            putc(byte, stderr);
    }
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/** Byte offset of character @p column (from 1) in @p line. */
static size_t offset_of(const char *line, size_t len, unsigned column)
{
    size_t at = 0;
    while (column > 1 && at < len) {
        at++;
        while (at < len && is_continuation(line[at]))
            at++;
        column--;
    }
    return at;
}

/** Reads line @p number of @p file, without its end; false where there is none. */
static bool read_line(const char *file, unsigned number, char line[LONGEST_LINE], size_t *ret_len)
{
    FILE *stream = fopen(file, "rbe");
    unsigned at = 1;
    size_t len = 0;
    int byte = EOF;
    if (stream == NULL)
        return false;
    while (at < number && (byte = getc(stream)) != EOF)
        at += byte == '\n' ? 1 : 0;
    while (at == number && len < LONGEST_LINE && (byte = getc(stream)) != EOF && byte != '\n')
        line[len++] = byte == '\t' ? ' ' : (char)byte;
    (void)fclose(stream); /* it was only read */
    while (len > 0 && line[len - 1] == '\r')
        len--;
    *ret_len = len;
    return at == number && len > 0;
}

static bool ends_url(char byte)
{
    return byte == ' ' || byte == '"' || byte == '\'' || byte == ',' || byte == '}';
}

/** Stars for what stands behind the keyword `password` of a URL: what ends it depends on quotes. */
static void hide_password_keyword(char *line, size_t len)
{
    char *keyword = memmem(line, len, "password", 8);
    char *equals = keyword != NULL ? memchr(keyword, '=', (size_t)(line + len - keyword)) : NULL;
    for (char *byte = equals; byte != NULL && ++byte < line + len;)
        *byte = '*';
}

/**
 * Stars for what a URL in @p line may have of secrets: what stands before its @, and its options.
 * A byte is a star, so that the mark stays where it was.
 */
static void hide_secrets(char *line, size_t len)
{
    char *end = line + len;
    for (char *url = memmem(line, len, "://", 3); url != NULL;
         url = memmem(url, (size_t)(end - url), "://", 3)) {
        char *start = url + 3;
        for (url = start; url < end && !ends_url(*url);)
            url++;
        char *options = memchr(start, '?', (size_t)(url - start));
        char *at = memrchr(start, '@', (size_t)(url - start));
        for (char *byte = start; byte < url; byte++)
            if ((at != NULL && byte < at) || (options != NULL && byte > options))
                *byte = '*';
    }
    hide_password_keyword(line, len);
}

/** The offending line and a mark under its column; of a long line the part around the mark. */
static void print_place(const struct cli_terminal *terminal, const char *file,
                        const struct wh_error *error)
{
    char line[LONGEST_LINE];
    size_t len;
    if (!read_line(file, error->line, line, &len))
        return;
    size_t mark = offset_of(line, len, error->column);
    hide_secrets(line, len);
    size_t start = mark > LINE_SHOWN ? mark - LINE_SHOWN / 2 : 0;
    while (start > 0 && is_continuation(line[start]))
        start--;
    size_t end = len - start > LINE_SHOWN ? start + LINE_SHOWN : len;
    while (end < len && end > start && is_continuation(line[end]))
        end--;
    int margin = fprintf(stderr, "%5u | ", error->line);
    put_safe(line + start, end - start);
    fputs("\n", stderr);
    size_t before = 0;
    for (size_t at = start; at < mark; at++)
        before += is_continuation(line[at]) ? 0 : 1;
    fprintf(stderr, "%*s| %*s%s^%s\n", margin - 2, "", (int)before, "",
            terminal->err_has_colour ? "\x1b[31;1m" : "",
            terminal->err_has_colour ? "\x1b[0m" : "");
}

void cli_print_error(const struct cli_terminal *terminal, const char *file,
                     const struct wh_error *error)
{
    fputs(terminal->err_has_colour ? "\x1b[31;1mwherry:\x1b[0m " : "wherry: ", stderr);
    if (file != NULL && error->line > 0) {
        put_safe(file, strlen(file));
        fprintf(stderr, ":%u:%u: ", error->line, error->column);
    }
    put_safe(error->message, strlen(error->message));
    fputs("\n", stderr);
    if (file != NULL && error->line > 0)
        print_place(terminal, file, error);
}
