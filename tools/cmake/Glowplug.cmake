# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Packages, settings and the one helper that every folder uses.

find_package(MLIR 19.1 REQUIRED CONFIG)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto) # SHA-256
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this sloppiness ccache passes by every file that uses a precompiled header.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# mlir_tablegen() takes its include path from the directory, not from a target.
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})

set(GLOWPLUG_SANITIZE "" CACHE STRING
    "Sanitizers to build with, as for -fsanitize (for instance address,undefined)")

# One settings target instead of directory-wide flags: every target states it.
# Floating point means what the source says: no contraction, so that the
# interpreters give the same bits on every machine.
add_library(gp_settings INTERFACE)
target_compile_options(gp_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wno-unused-parameter
  -ffp-contract=off -fvisibility=hidden -fno-math-errno
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
  "SHELL:-Xclang -fno-pch-timestamp" # the same bytes on every build, for ccache
  $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
target_compile_definitions(gp_settings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:_GNU_SOURCE __STDC_CONSTANT_MACROS>)
target_link_options(gp_settings INTERFACE -fuse-ld=lld-19)
if(GLOWPLUG_SANITIZE)
  target_compile_options(gp_settings INTERFACE
    -fsanitize=${GLOWPLUG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gp_settings INTERFACE -fsanitize=${GLOWPLUG_SANITIZE})
endif()

# glowplug_library(NAME SOURCES file... [DEPENDS target...] [PRECOMPILED target])
# A static library gp_NAME with the alias glowplug::NAME. PRECOMPILED names the
# target whose precompiled headers it shares: MLIR's and LLVM's headers are two
# thirds of a file's compile time.
function(glowplug_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;DEPENDS" ${ARGN})
  add_library(gp_${name} STATIC ${ARG_SOURCES})
  add_library(glowplug::${name} ALIAS gp_${name})
  target_link_libraries(gp_${name} PUBLIC gp_settings ${ARG_DEPENDS})
  if(ARG_PRECOMPILED)
    target_precompile_headers(gp_${name} REUSE_FROM ${ARG_PRECOMPILED})
  endif()
endfunction()
