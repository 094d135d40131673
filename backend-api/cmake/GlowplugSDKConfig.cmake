# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The target glowplug::backend-api and the function glowplug_plugin().
if(NOT TARGET glowplug::backend-api)
  get_filename_component(prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
  add_library(glowplug::backend-api INTERFACE IMPORTED)
  target_include_directories(glowplug::backend-api INTERFACE ${prefix}/include)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/GlowplugPlugin.cmake)
