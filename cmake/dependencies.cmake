# SPDX-License-Identifier: Apache-2.0
# The libraries wherry stands on, as one target: wherry_dependencies.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(
    WHERRY_PKG REQUIRED IMPORTED_TARGET expat jansson libfyaml liblzma libmd libpcre2-8 libutf8proc libzip libzstd
    sqlite3 zlib)

# Loaded when a PostgreSQL URL is met: see src/connect/postgres/libpq.h.
pkg_check_modules(WHERRY_LIBPQ REQUIRED libpq)

# libbz2 and libpg_query have no pkg-config file. Its archive is position-independent and brings the
# protobuf-c runtime that its tree is read with, so a wherry built here runs where neither is
# installed. xxHash is compiled in from its header.
find_path(WHERRY_PG_QUERY_INCLUDE pg_query.h REQUIRED)
find_path(WHERRY_PROTOBUF_C_INCLUDE protobuf-c/protobuf-c.h REQUIRED)
find_path(WHERRY_XXHASH_INCLUDE xxhash.h REQUIRED)
find_path(WHERRY_BZIP2_INCLUDE bzlib.h REQUIRED)
find_library(WHERRY_BZIP2 NAMES bz2 REQUIRED)
find_library(WHERRY_PG_QUERY NAMES libpg_query.a REQUIRED)

add_library(wherry_dependencies INTERFACE)
target_include_directories(
    wherry_dependencies SYSTEM INTERFACE "${WHERRY_PG_QUERY_INCLUDE}"
                                         "${WHERRY_PROTOBUF_C_INCLUDE}" "${WHERRY_XXHASH_INCLUDE}"
                                         ${WHERRY_LIBPQ_INCLUDE_DIRS})
target_link_libraries(wherry_dependencies INTERFACE "${WHERRY_PG_QUERY}" "${WHERRY_BZIP2}" PkgConfig::WHERRY_PKG
                                                    Threads::Threads ${CMAKE_DL_LIBS} m)
