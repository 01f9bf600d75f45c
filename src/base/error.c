/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* Formats into @p room, cut where a character ends. */
WH_PRINTF(3, 0)
static void format_message(char *room, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(room, size, format, args);
    if (length < 0)
        room[0] = '\0';
    else if ((size_t)length >= size)
        room[wh_str_utf8_cut(wh_str_make(room, size - 1), size - 1)] = '\0';
}

wh_code wh_error_set(struct wh_error *err, wh_code code, const char *format, ...)
{
    if (err == NULL)
        return code;
    wh_error_reset(err);
    err->code = code;
    va_list args;
    va_start(args, format);
    format_message(err->message, sizeof(err->message), format, args);
    va_end(args);
    return code;
}

wh_code wh_error_system(struct wh_error *err, wh_code code, int system_errno, const char *format,
                        ...)
{
    if (err == NULL)
        return code;
    char message[WH_ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    format_message(message, sizeof(message), format, args);
    va_end(args);
    const char *text = strerrordesc_np(system_errno);
    wh_error_set(err, code, "%s: %s", message, text != NULL ? text : "unknown system error");
    err->vendor_code = system_errno;
    return code;
}

wh_code wh_error_no_memory(struct wh_error *err, size_t size)
{
    return wh_error_set(err, WH_NO_MEMORY, "out of memory for %zu bytes", size);
}

wh_code wh_error_prefix(struct wh_error *err, wh_code code, const char *format, ...)
{
    if (err == NULL)
        return code;
    char context[WH_ERROR_MESSAGE_SIZE];
    char message[WH_ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    format_message(context, sizeof(context), format, args);
    va_end(args);
    memcpy(message, err->message, sizeof(message));
    size_t room = sizeof(err->message);
    int length = snprintf(err->message, room, "%s: %s", context, message);
    if (length >= 0 && (size_t)length >= room)
        err->message[wh_str_utf8_cut(wh_str_make(err->message, room - 1), room - 1)] = '\0';
    err->code = code;
    return code;
}

wh_code wh_error_cancelled(struct wh_error *err)
{
    return wh_error_set(err, WH_CANCELLED, "interrupted; run again to go on");
}

wh_code wh_error_at(struct wh_error *err, wh_code code, uint32_t line, uint32_t column)
{
    if (err != NULL && err->line == 0) {
        err->line = line;
        err->column = column;
    }
    return code;
}

static void keep_name(char room[WH_ERROR_NAME_SIZE], struct wh_str name)
{
    size_t length = wh_str_utf8_cut(name, WH_ERROR_NAME_SIZE - 1);
    if (length > 0)
        memcpy(room, name.ptr, length);
    room[length] = '\0';
}

void wh_error_blame(struct wh_error *err, struct wh_str constraint, struct wh_str column)
{
    if (err == NULL)
        return;
    keep_name(err->constraint, constraint);
    keep_name(err->refused_column, column);
}

void wh_error_reset(struct wh_error *err)
{
    if (err != NULL)
        *err = (struct wh_error)WH_ERROR_NONE;
}

_Noreturn void wh_assert_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "bug in wherry at %s:%d: '%s' does not hold\n", file, line, condition);
    abort();
}
