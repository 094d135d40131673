# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Fails if LIBRARY exports anything but gp_plugin_entry.
execute_process(COMMAND ${NM} -D --defined-only --format=just-symbols ${LIBRARY}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
if(NOT symbols STREQUAL "gp_plugin_entry")
  message(FATAL_ERROR "${LIBRARY} exports '${symbols}', not gp_plugin_entry alone")
endif()
