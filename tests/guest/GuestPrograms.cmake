# SPDX-License-Identifier: GPL-3.0-or-later
set(VIREO_GUEST_DIR ${CMAKE_BINARY_DIR}/guest)
set(VIREO_GUEST_IMAGES ${CMAKE_SOURCE_DIR}/build/guest)
set(VIREO_TEST_RAM_DISK ${VIREO_GUEST_DIR}/test.cpio)
set(VIREO_RAM_DISK_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/ram_disk.sh)

# vireo_guest_program(<name> <source>): a program that runs unchanged on the host and in guests,
# where its output must be the same: static, for the oldest x86-64, and never sanitized, so that a
# guest sees the same bytes from every build.
function(vireo_guest_program name source)
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES
    POSITION_INDEPENDENT_CODE OFF
    RUNTIME_OUTPUT_DIRECTORY ${VIREO_GUEST_DIR}/programs)
  # No fused multiply-add and no assumed rounding: results must not depend on the compiler's mood.
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
    -O2 -ffp-contract=off -frounding-math -fno-pie)
  target_link_options(${name} PRIVATE -static -no-pie -s)
endfunction()
