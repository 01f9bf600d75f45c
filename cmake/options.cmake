# SPDX-License-Identifier: Apache-2.0
# The switches of a build, and the compile and link options that follow from them.

option(WHERRY_WERROR "Warnings are errors" OFF)
option(WHERRY_DEBUG "Broken invariants abort (WH_DEBUG)" OFF)
option(WHERRY_CRASH_POINTS "Named points at which tests may kill the program" OFF)
option(WHERRY_COVERAGE "Measure which lines the tests reach (clang)" OFF)
option(WHERRY_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)
option(WHERRY_ONLY_WORKERS "Register the tests of workers only (for TSan, which is slow)" OFF)
option(WHERRY_BENCH "Build the programs of bench/" OFF)
option(WHERRY_LTO "Optimise the program as a whole when it is linked" OFF)
set(WHERRY_PROFILE "" CACHE STRING "A profile of the program's own work (scripts/train): record or use it (gcc)")
set(WHERRY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
string(REPLACE "," ";" WHERRY_SANITIZE_LIST "${WHERRY_SANITIZE}")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# Debug is what the sanitizers run on: some optimisation, or their suites crawl; lines, which is all that
# their reports name.
set(CMAKE_C_FLAGS_DEBUG "-Og -g1")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")

# ASan's descriptors are half of a program's data, and a program that may lie anywhere has all of them
# relocated at each start: a third of the time of a short run. They are linked to one address instead.
set(fixed_address OFF)
if("address" IN_LIST WHERRY_SANITIZE_LIST AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(fixed_address ON)
else()
    include(CheckPIESupported)
    check_pie_supported(LANGUAGES C)
endif()

find_program(WHERRY_CCACHE ccache)
if(WHERRY_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${WHERRY_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${WHERRY_CCACHE}")
endif()

set(WHERRY_WARNINGS
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    -Wsign-conversion
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wvla
    -Walloca
    -Wcast-qual
    -Wformat=2
    -Wnull-dereference
    -Wswitch-enum
    -Wundef
    -Wdouble-promotion
    -Wpointer-arith
    -Wwrite-strings)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    # gnu17 has these, and gcc accepts them under -Wpedantic.
    list(APPEND WHERRY_WARNINGS -Wno-gnu-zero-variadic-macro-arguments)
endif()
if(WHERRY_SANITIZE AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    # The sanitizers' own branches make gcc see null where there is none.
    list(APPEND WHERRY_WARNINGS -Wno-null-dereference -Wno-maybe-uninitialized)
endif()
if(WHERRY_WERROR)
    list(APPEND WHERRY_WARNINGS -Werror)
endif()

add_library(wherry_options INTERFACE)
target_compile_definitions(wherry_options INTERFACE _GNU_SOURCE "WH_VERSION=\"${PROJECT_VERSION}\"")
target_compile_options(
    wherry_options
    INTERFACE ${WHERRY_WARNINGS}
              # The same double on every machine: no fused multiply-add behind our back.
              -ffp-contract=off
              # __FILE__ is the path in the repository, wherever it was built.
              "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(WHERRY_SANITIZE)
    # What is used before it was set is wrong each time, and not only where the stack happens to hold something.
    target_compile_options(wherry_options INTERFACE -ftrivial-auto-var-init=pattern)
endif()
if(WHERRY_DEBUG)
    target_compile_definitions(wherry_options INTERFACE WH_DEBUG=1)
endif()
if(WHERRY_CRASH_POINTS)
    target_compile_definitions(wherry_options INTERFACE WH_CRASH_POINTS=1)
endif()

if(CMAKE_BUILD_TYPE MATCHES "^Rel" AND NOT WHERRY_SANITIZE)
    target_compile_options(wherry_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
                                                    -fstack-protector-strong)
    target_link_options(wherry_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
target_link_options(wherry_options INTERFACE -Wl,--as-needed)

# Some hundred test programs are linked: gold takes half of the default linker's time. The library is not: gold
# shows the names of the archives in it, whatever --exclude-libs says.
find_program(WHERRY_GOLD ld.gold)
if(WHERRY_GOLD AND BUILD_TESTING AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_link_options(wherry_options INTERFACE
                        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-fuse-ld=gold>)
endif()

if(WHERRY_SANITIZE)
    set(sanitize "-fsanitize=${WHERRY_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    if(fixed_address)
        # UBSan's messages would be most of a program's data, which ASan reads through at each end in search of
        # leaks. An instruction that is none ends the program instead, and ASan says where.
        list(APPEND sanitize -fsanitize-undefined-trap-on-error)
    endif()
    target_compile_options(wherry_options INTERFACE ${sanitize})
    target_link_options(wherry_options INTERFACE ${sanitize})
endif()
if(fixed_address)
    target_link_options(wherry_options INTERFACE
                        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
endif()
if(WHERRY_COVERAGE)
    set(coverage -fprofile-instr-generate -fcoverage-mapping)
    target_compile_options(wherry_options INTERFACE ${coverage})
    target_link_options(wherry_options INTERFACE ${coverage})
endif()
if(WHERRY_FUZZ)
    # The objects are instrumented for libFuzzer; only a fuzz target links its main().
    target_compile_options(wherry_options INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(wherry_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Of the program alone, as with the optimisation as a whole. The workers share the counters; what the training does
# not come to is optimised as ever.
set(WHERRY_PROFILE_OPTIONS "")
if(WHERRY_PROFILE)
    if(NOT WHERRY_LTO OR NOT WHERRY_PROFILE MATCHES "^(record|use)$")
        message(FATAL_ERROR "WHERRY_PROFILE is 'record' or 'use', and goes with WHERRY_LTO")
    endif()
    set(profile "${PROJECT_SOURCE_DIR}/build/training/profile")
    set(WHERRY_PROFILE_OPTIONS "-fprofile-prefix-path=${PROJECT_BINARY_DIR}")
    if(WHERRY_PROFILE STREQUAL "record")
        list(APPEND WHERRY_PROFILE_OPTIONS "-fprofile-generate=${profile}" -fprofile-update=prefer-atomic)
    else()
        list(APPEND WHERRY_PROFILE_OPTIONS "-fprofile-use=${profile}" -fprofile-partial-training)
    endif()
endif()
