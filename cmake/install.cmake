# SPDX-License-Identifier: Apache-2.0
# make install: program, libraries, headers, pkg-config file, man page, shell completion.

if(TARGET wherry)
    install(TARGETS wherry RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

set(header_set "")
if(public_headers)
    set(header_set FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
install(TARGETS wherry_static ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${header_set})
install(TARGETS wherry_shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")

# The prefix is found from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH WHERRY_PREFIX_FROM_PC "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" WHERRY_PREFIX_FROM_PC "${WHERRY_PREFIX_FROM_PC}")
# As libraries, not as Requires.private: who links the shared library needs none of them.
list(TRANSFORM WHERRY_PKG_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE static_libraries)
list(JOIN static_libraries " " WHERRY_PC_STATIC_LIBRARIES)
configure_file("${PROJECT_SOURCE_DIR}/cmake/wherry.pc.in" "${PROJECT_BINARY_DIR}/wherry.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/wherry.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

set(man_page "${PROJECT_SOURCE_DIR}/docs/wherry.1")
if(EXISTS "${man_page}")
    install(FILES "${man_page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
endif()
set(bash_completion "${PROJECT_SOURCE_DIR}/completions/wherry.bash")
if(EXISTS "${bash_completion}")
    install(
        FILES "${bash_completion}"
        DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions"
        RENAME wherry)
endif()
