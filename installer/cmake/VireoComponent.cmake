# SPDX-License-Identifier: GPL-3.0-or-later
#
# The dependency law (docs/architecture.md) as build rules. A component is one folder and one
# target. Its public headers, and only those, are reachable as "<folder>/<header>" by targets
# that name it in PUBLIC or PRIVATE; everything else in the folder is private to it. There is no
# global include path, so an include that the law forbids does not compile.

add_library(vireo_compile_options INTERFACE)
target_compile_options(vireo_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
if(VIREO_SANITIZE)
  # GCC mistakes what the sanitizers add for uninitialised values.
  target_compile_options(vireo_compile_options INTERFACE -Wno-maybe-uninitialized
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(vireo_compile_options INTERFACE -fsanitize=address,undefined)
endif()

# vireo_prelude(<name> HEADERS <system headers> PRIVATE <targets>): headers of others, parsed once for
# all the targets that vireo_use_prelude(<target> <name>) names. Never one of our own: what a
# source includes of the project stays visible in it.
function(vireo_prelude name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;PRIVATE")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE vireo_compile_options ${arg_PRIVATE})
  # What ccache needs of GCC.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()
function(vireo_use_prelude target name)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()

# For components that name no other one. Not in optimised builds: there GCC 12 warns of bounds inside
# std::string, wrongly, once the header is precompiled; and one build finds missing includes.
if(VIREO_SANITIZE)
  vireo_prelude(vireo_standard_prelude
    HEADERS <algorithm> <array> <atomic> <chrono> <functional> <map> <memory> <mutex> <optional>
            <span> <string> <utility> <vector>)
endif()

# vireo_component(<target> HEADERS <public headers> SOURCES <sources>
#                 PUBLIC <targets> PRIVATE <targets> [PRELUDE <name>])
function(vireo_component target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PRELUDE" "HEADERS;SOURCES;PUBLIC;PRIVATE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "vireo_component(${target}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}
             OUTPUT_VARIABLE folder)
  set(include_root ${CMAKE_BINARY_DIR}/include/${target})
  file(REMOVE_RECURSE ${include_root})
  file(MAKE_DIRECTORY ${include_root}/${folder})
  foreach(header IN LISTS arg_HEADERS)
    cmake_path(GET header PARENT_PATH parent)
    file(MAKE_DIRECTORY ${include_root}/${folder}/${parent})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${include_root}/${folder}/${header}
         SYMBOLIC)
  endforeach()
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES} ${arg_HEADERS})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE vireo_compile_options ${arg_PRIVATE})
    if(NOT arg_PRELUDE AND VIREO_SANITIZE)
      set(arg_PRELUDE vireo_standard_prelude)
    endif()
    if(arg_PRELUDE)
      vireo_use_prelude(${target} ${arg_PRELUDE})
    endif()
  else()
    add_library(${target} INTERFACE ${arg_HEADERS})
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${include_root})
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
endfunction()

# vireo_program(<name> SOURCES <sources> PRIVATE <targets>): a program in build/<preset>/bin.
function(vireo_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PRIVATE")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE vireo_compile_options ${arg_PRIVATE})
endfunction()
