# SPDX-License-Identifier: Apache-2.0
# Small measuring programs: bench/*.c, one program a file, into <build>/bench. Not installed.

file(GLOB bench_sources CONFIGURE_DEPENDS "bench/*.c")
foreach(source IN LISTS bench_sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(bench_${name} "${source}")
    target_link_libraries(bench_${name} PRIVATE wherry_inside wherry_static)
    set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                                       "${PROJECT_BINARY_DIR}/bench")
endforeach()
