# SPDX-License-Identifier: Apache-2.0
# cmake -DSQL=<files> -DC=<out.c> -DH=<out.h> -P embed_schema.cmake
#
# The text is written as character constants: string literals have a length limit in ISO C.

cmake_minimum_required(VERSION 3.25)

set(texts "")
set(rows "")
set(count 0)
set(seen "")
foreach(file IN LISTS SQL)
    get_filename_component(name "${file}" NAME)
    get_filename_component(folder "${file}" DIRECTORY)
    get_filename_component(dialect "${folder}" NAME)
    if(NOT name MATCHES "^0*([0-9]+)_[a-z0-9_]+[.]sql$")
        message(FATAL_ERROR "${file}: a schema file is named <number>_<what>.sql")
    endif()
    set(number "${CMAKE_MATCH_1}")
    if("${dialect}/${number}" IN_LIST seen)
        message(FATAL_ERROR "${file}: '${dialect}' has a file number ${number} already")
    endif()
    list(APPEND seen "${dialect}/${number}")

    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    string(REPLACE "'\\x0a'," "'\\x0a',\n    " bytes "${bytes}")
    string(APPEND texts "/* ${dialect}/${name} */\nstatic const char text_${count}[] = {\n    ${bytes}0};\n\n")
    string(APPEND rows "    {\"${dialect}\", ${number}, text_${count}},\n")
    math(EXPR count "${count} + 1")
endforeach()

set(header [[
/* Generated from src/ledger/schema. */
#ifndef WH_LEDGER_SCHEMA_FILES_H
#define WH_LEDGER_SCHEMA_FILES_H

#include <stddef.h>

/** One step of the ledger's schema. */
struct wh_ledger_schema_file {
    const char *dialect; /**< the folder's name: "sqlite" */
    int number;          /**< the file name's leading number; steps are applied in its order */
    const char *sql;     /**< the file's text, NUL-terminated */
};

/** All steps, by dialect, then number; a row of NULLs ends them. */
extern const struct wh_ledger_schema_file wh_ledger_schema_files[];
/** How many steps there are, the last row not counted. */
extern const size_t wh_ledger_schema_file_count;

#endif
]])
set(source "/* Generated from src/ledger/schema. */\n#include \"ledger/schema_files.h\"\n\n${texts}")
string(APPEND source "const struct wh_ledger_schema_file wh_ledger_schema_files[] = {\n${rows}"
       "    {NULL, 0, NULL},\n};\n\nconst size_t wh_ledger_schema_file_count = ${count};\n")

file(WRITE "${H}" "${header}")
file(WRITE "${C}" "${source}")
