# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fuzzers are compiled by clang, whatever compiles the rest, because libFuzzer needs its
# instrumentation: they, and the components that they call, once more, into build/<preset>/fuzz.
# clang 16 is the first that compiles libstdc++ 12's <expected>, which asks for a newer value of
# __cpp_concepts than clang admits to.

find_program(VIREO_FUZZ_COMPILER clang++-16)
set(VIREO_FUZZ_OPTIONS -std=c++2b -O1 -g1 -fno-omit-frame-pointer
    -fsanitize=address,fuzzer-no-link -D__cpp_concepts=202002L -Wno-builtin-macro-redefined
    -Wno-macro-redefined)

# Sets <result> to the object of <source>, compiled with the public headers of <targets>.
function(vireo_fuzz_object result source targets)
  cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE relative)
  set(object ${CMAKE_BINARY_DIR}/fuzz/${relative}.o)
  set(${result} ${object} PARENT_SCOPE)
  get_property(known GLOBAL PROPERTY VIREO_FUZZ_OBJECTS)
  if(object IN_LIST known)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY VIREO_FUZZ_OBJECTS ${object})
  cmake_path(GET object PARENT_PATH folder)
  file(MAKE_DIRECTORY ${folder})
  list(TRANSFORM targets PREPEND -I${CMAKE_BINARY_DIR}/include/ OUTPUT_VARIABLE includes)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${VIREO_FUZZ_COMPILER} ${VIREO_FUZZ_OPTIONS} ${includes}
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d
    COMMENT "Compiling ${relative} for fuzzing" VERBATIM)
endfunction()

# vireo_fuzzer(<name> SOURCES <sources> TARGETS <components> LIBRARIES <-l names> [SECONDS <number>]):
# the fuzzer <name>, run for 60 seconds or so many as the test fuzz.<name> on the corpus in the folder
# <name>_corpus.
# TARGETS names all components that it needs, also those that the others link.
function(vireo_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SECONDS" "SOURCES;TARGETS;LIBRARIES")
  if(NOT VIREO_FUZZ_COMPILER)
    add_test(NAME fuzz.${name} COMMAND sh -c
             "echo 'skipped: clang++-16 is missing (installer/packages.sh test)'; exit 77")
    set_tests_properties(fuzz.${name} PROPERTIES SKIP_RETURN_CODE 77)
    return()
  endif()
  set(sources ${arg_SOURCES})
  list(TRANSFORM sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  foreach(target IN LISTS arg_TARGETS)
    get_target_property(folder ${target} SOURCE_DIR)
    get_target_property(members ${target} SOURCES)
    list(FILTER members INCLUDE REGEX "\\.cpp$")
    list(TRANSFORM members PREPEND ${folder}/)
    list(APPEND sources ${members})
  endforeach()
  set(objects)
  foreach(source IN LISTS sources)
    cmake_path(NORMAL_PATH source)
    vireo_fuzz_object(object ${source} "${arg_TARGETS}")
    list(APPEND objects ${object})
  endforeach()
  set(program ${CMAKE_BINARY_DIR}/fuzz/${name}_fuzzer)
  add_custom_command(OUTPUT ${program}
    COMMAND ${VIREO_FUZZ_COMPILER} -fsanitize=address,fuzzer ${objects} -o ${program}
            ${arg_LIBRARIES} -lpthread
    DEPENDS ${objects} COMMENT "Linking the fuzzer ${name}" VERBATIM)
  add_custom_target(${name}_fuzzer ALL DEPENDS ${program})

  set(seconds 60)
  if(arg_SECONDS)
    set(seconds ${arg_SECONDS})
  endif()
  # What it finds new stays in the build folder; the corpus in the tree is only read.
  set(found ${CMAKE_BINARY_DIR}/fuzz/${name}_found)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${name}
    COMMAND ${program} -max_total_time=${seconds} -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=1024
            -print_final_stats=1 -verbosity=0 -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/${name}-
            ${found} ${CMAKE_CURRENT_SOURCE_DIR}/${name}_corpus)
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 180)
endfunction()
