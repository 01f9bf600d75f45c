# SPDX-License-Identifier: Apache-2.0
# The public headers: part of both libraries, each compiled alone, as C11 and as C++17.

foreach(library wherry_static wherry_shared)
    target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include"
                                     FILES ${public_headers})
    target_include_directories(
        ${library} INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                             "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endforeach()
set_target_properties(wherry_static PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

# Warnings are errors here whatever the build: so not in a user's.
if(NOT BUILD_TESTING)
    return()
endif()

set(probe_dir "${PROJECT_BINARY_DIR}/header_probes")
set(probes "")
foreach(header IN LISTS public_headers)
    get_filename_component(name "${header}" NAME_WE)
    foreach(language c cc)
        # Twice: a header guards itself.
        file(CONFIGURE OUTPUT "${probe_dir}/${name}.${language}"
             CONTENT "#include <wherry/${name}.h>\n#include <wherry/${name}.h>\n")
        list(APPEND probes "${probe_dir}/${name}.${language}")
    endforeach()
endforeach()
add_library(wherry_header_probes OBJECT ${probes})
target_include_directories(wherry_header_probes PRIVATE "${PROJECT_SOURCE_DIR}/include")
target_compile_options(wherry_header_probes PRIVATE -Wall -Wextra -Wpedantic -pedantic-errors
                                                    -Werror)
set_target_properties(
    wherry_header_probes
    PROPERTIES C_STANDARD 11
               C_EXTENSIONS OFF
               CXX_STANDARD 17
               CXX_STANDARD_REQUIRED ON
               CXX_EXTENSIONS OFF)
