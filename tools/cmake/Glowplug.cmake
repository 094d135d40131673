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

# glowplug_headers(NAME library|program DEPENDS target... HEADERS header...)
# Headers that are parsed once, which is half of what a file takes to compile and more with MLIR. Other libraries (or
# programs) share them by REUSE_FROM. Sources still include what they use, for those who build them without.
function(glowplug_headers name kind)
  cmake_parse_arguments(ARG "" "" "DEPENDS;HEADERS" ${ARGN})
  set(source ${PROJECT_SOURCE_DIR}/tools/cmake/Headers.cpp)
  if(kind STREQUAL library)
    add_library(${name} OBJECT ${source})
  else()
    add_executable(${name} ${source})
  endif()
  target_link_libraries(${name} PRIVATE gp_settings ${ARG_DEPENDS})
  # Targets without LLVM have its headers too, and must not need its library.
  target_compile_definitions(${name} PRIVATE LLVM_DISABLE_ABI_BREAKING_CHECKS_ENFORCING=1)
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  add_dependencies(${name} gp_image_schema_headers gp_artifact_schema_headers)
endfunction()
# What flatc makes of the schemas takes longest.
set(GLOWPLUG_SCHEMA_HEADERS <core/artifact/artifact_generated.h> <core/image/image_generated.h>)

find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
glowplug_headers(gp_headers library
  DEPENDS fmt::fmt nlohmann_json::nlohmann_json
  HEADERS <algorithm> <array> <atomic> <chrono> <cmath> <filesystem> <fstream> <functional> <map> <memory> <mutex>
    <optional> <random> <set> <span> <string> <string_view> <unordered_map> <variant> <vector>
    <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp>
    <llvm/ADT/STLExtras.h> <llvm/ADT/StringExtras.h> <llvm/Support/Error.h> ${GLOWPLUG_SCHEMA_HEADERS})

# glowplug_precompiled(library...)
# Gives the libraries these headers, unless GLOWPLUG_PRECOMPILED is off.
set(GLOWPLUG_PRECOMPILED ON)
function(glowplug_precompiled)
  if(GLOWPLUG_PRECOMPILED)
    foreach(target IN LISTS ARGN)
      target_precompile_headers(${target} REUSE_FROM gp_headers)
    endforeach()
  endif()
endfunction()

# glowplug_library(NAME SOURCES file... [DEPENDS target...] [PRECOMPILED target | header...])
# A static library gp_NAME with the alias glowplug::NAME. PRECOMPILED names its own precompiled headers, or the target
# whose headers it shares; without it these are gp_headers.
function(glowplug_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRECOMPILED" ${ARGN})
  add_library(gp_${name} STATIC ${ARG_SOURCES})
  add_library(glowplug::${name} ALIAS gp_${name})
  target_link_libraries(gp_${name} PUBLIC gp_settings ${ARG_DEPENDS})
  if(NOT ARG_PRECOMPILED)
    glowplug_precompiled(gp_${name})
  elseif(TARGET "${ARG_PRECOMPILED}")
    target_precompile_headers(gp_${name} REUSE_FROM ${ARG_PRECOMPILED})
  else()
    target_precompile_headers(gp_${name} PRIVATE ${ARG_PRECOMPILED})
  endif()
endfunction()
