/* SPDX-License-Identifier: Apache-2.0 */
/** How the rows of the tables of functions are written. */
#ifndef WH_CONVERT_FUNCTION_ROWS_H
#define WH_CONVERT_FUNCTION_ROWS_H

#include "convert/functions.h"

/* name, argument types, result type, kernel */
#define FUNCTION(called, args, gives, does)                                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called), .kernel = (does) } \
    }
#define PREPARED(called, args, gives, does, prepares)                                              \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called), .kernel = (does)}, \
        .prepare = (prepares)                                                                      \
    }
#define PREPARED_INFIX(called, args, gives, does, prepares)                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .prepare = (prepares), .operation = {              \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .style = WH_STYLE_INFIX                                                                \
        }                                                                                          \
    }
#define SEES_NULL(called, args, gives, does)                                                       \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .sees_null = true                                                                      \
        }                                                                                          \
    }
#define VARIADIC(called, args, gives, does)                                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .is_variadic = true                                                                    \
        }                                                                                          \
    }
#define VOLATILE(called, args, gives, does)                                                        \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .is_volatile = true                                                                    \
        }                                                                                          \
    }
#define NOT_HERE(called, args, gives)                                                              \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {.name = (called) }                   \
    }
#define INFIX(called, args, gives, does)                                                           \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .style = WH_STYLE_INFIX                                                                \
        }                                                                                          \
    }
#define PREFIX(called, args, gives, does)                                                          \
    {                                                                                              \
        .arguments = (args), .result = (gives), .operation = {                                     \
            .name = (called),                                                                      \
            .kernel = (does),                                                                      \
            .style = WH_STYLE_PREFIX                                                               \
        }                                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        .arguments = NULL                                                                          \
    }

#endif
