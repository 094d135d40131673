# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The target glowplug::backend-api, and the functions of GlowplugPlugin.cmake.
get_filename_component(GLOWPLUG_SDK_PREFIX ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
if(NOT TARGET glowplug::backend-api)
  add_library(glowplug::backend-api INTERFACE IMPORTED)
  target_include_directories(glowplug::backend-api INTERFACE ${GLOWPLUG_SDK_PREFIX}/include)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/GlowplugPlugin.cmake)
