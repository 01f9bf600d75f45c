# SPDX-License-Identifier: Apache-2.0
# The ledger's SQL, src/ledger/schema/<dialect>/<number>_<what>.sql, becomes the array
# wh_ledger_schema_files of the generated header "ledger/schema_files.h".

set(WHERRY_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
set(WHERRY_SCHEMA_FILES_C "${WHERRY_GENERATED_DIR}/ledger/schema_files.c")
set(schema_files_h "${WHERRY_GENERATED_DIR}/ledger/schema_files.h")
set(schema_script "${PROJECT_SOURCE_DIR}/cmake/embed_schema.cmake")

file(GLOB schema_sql CONFIGURE_DEPENDS "src/ledger/schema/*/*.sql")
add_custom_command(
    OUTPUT "${WHERRY_SCHEMA_FILES_C}" "${schema_files_h}"
    COMMAND "${CMAKE_COMMAND}" "-DSQL=${schema_sql}" "-DC=${WHERRY_SCHEMA_FILES_C}"
            "-DH=${schema_files_h}" -P "${schema_script}"
    DEPENDS ${schema_sql} "${schema_script}"
    COMMENT "Embedding the ledger's schema"
    VERBATIM)
# clang-tidy reads sources that include the generated header without building them.
add_custom_target(generated DEPENDS "${WHERRY_SCHEMA_FILES_C}" "${schema_files_h}")
