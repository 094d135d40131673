# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Compiles SOURCE with COMPILER and FLAGS, runs it, and compares what it prints
# with the file EXPECTED.
execute_process(COMMAND ${COMPILER} ${FLAGS} ${SOURCE} -o ${PROGRAM} -lstdc++
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE got COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} expected)
if(NOT got STREQUAL expected)
  message(FATAL_ERROR "needs\n${expected}but got\n${got}")
endif()
