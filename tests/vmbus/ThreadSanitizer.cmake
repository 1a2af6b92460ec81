# SPDX-License-Identifier: GPL-3.0-or-later

# vireo_thread_sanitizer_test(<name> SOURCES <sources> TARGETS <components> LIBRARIES <targets>
#                             ARGUMENTS <arguments>): the test <name>, a program that ends with
# status 0, compiled for ThreadSanitizer. SOURCES has all of it, also what it needs of components;
# TARGETS names those whose headers are included.
function(vireo_thread_sanitizer_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;TARGETS;LIBRARIES;ARGUMENTS")
  string(REPLACE "." "_" program ${name}_test)
  add_executable(${program} ${arg_SOURCES})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  list(TRANSFORM arg_TARGETS PREPEND ${CMAKE_BINARY_DIR}/include/ OUTPUT_VARIABLE includes)
  target_include_directories(${program} PRIVATE ${includes})
  target_compile_options(${program} PRIVATE -fsanitize=thread)
  target_link_options(${program} PRIVATE -fsanitize=thread)
  target_link_libraries(${program} PRIVATE vireo_compile_options Threads::Threads
                                           ${arg_LIBRARIES})
  # It needs address space where the kernel's random layout may have put something else.
  add_test(NAME ${name}
    COMMAND setarch --addr-no-randomize $<TARGET_FILE:${program}> ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 180)
endfunction()
