# verilate(NAME TOP [SOURCES file...] [FLAGS flag...]): TOP, of the files of
# hw/npu.f and SOURCES, as the C++ class V<NAME> of the target rtl-<NAME>.
find_package(Threads REQUIRED)
find_program(VERILATOR verilator REQUIRED)

set(RTL_PACKAGE ${PROJECT_BINARY_DIR}/hw/spec/npu_pkg.sv)
set(RTL_WAIVERS ${PROJECT_SOURCE_DIR}/hw/lint/verilator.vlt)
set(GLOWPLUG_RTL ${PROJECT_SOURCE_DIR} CACHE PATH "Where the files of hw/npu.f are: another folder to try changes")
file(STRINGS ${PROJECT_SOURCE_DIR}/hw/npu.f RTL_FILES)
list(TRANSFORM RTL_FILES PREPEND ${GLOWPLUG_RTL}/)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/hw/npu.f)

# Verilator writes C++, which knows its own headers as V<NAME>.h.
if(NOT TARGET rtl-verilated)
  execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT
    OUTPUT_VARIABLE verilator_root OUTPUT_STRIP_TRAILING_WHITESPACE)
  add_library(rtl-verilated STATIC
    ${verilator_root}/include/verilated.cpp ${verilator_root}/include/verilated_threads.cpp)
  target_include_directories(rtl-verilated SYSTEM PUBLIC
    ${verilator_root}/include ${verilator_root}/include/vltstd)
  target_compile_options(rtl-verilated PRIVATE -w)
  target_link_libraries(rtl-verilated PUBLIC Threads::Threads)
endif()

# What writes waves, for models with the flag --trace-fst
if(NOT TARGET rtl-verilated-fst)
  find_package(ZLIB REQUIRED)
  add_library(rtl-verilated-fst STATIC ${verilator_root}/include/verilated_fst_c.cpp)
  target_compile_options(rtl-verilated-fst PRIVATE -w)
  target_link_libraries(rtl-verilated-fst PUBLIC rtl-verilated ZLIB::ZLIB)
endif()

function(verilate name top)
  cmake_parse_arguments(ARG "" "" "SOURCES;FLAGS" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(sources ${RTL_FILES})
  foreach(source IN LISTS ARG_SOURCES)
    list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  endforeach()
  set(archive ${folder}/V${name}__ALL.a)
  # What Verilator and its make print is shown only if they fail.
  add_custom_command(
    OUTPUT ${archive} ${folder}/V${name}.h
    COMMAND ${CMAKE_COMMAND} -E env OBJCACHE=${CCACHE_PROGRAM} CXX=${CMAKE_CXX_COMPILER}
            sh -c "text=$(\"$@\" 2>&1) || { printf '%s\\n' \"$text\" >&2; exit 1; }" sh
            ${VERILATOR} --cc --build -Wall -O3 --x-assign fast --x-initial fast --assert
            -MAKEFLAGS "CXX=${CMAKE_CXX_COMPILER} LINK=${CMAKE_CXX_COMPILER} -s" -CFLAGS "-O2"
            --Mdir ${folder} --top-module ${top} --prefix V${name} ${ARG_FLAGS}
            ${RTL_WAIVERS} ${RTL_PACKAGE} ${sources}
    DEPENDS ${sources} ${RTL_PACKAGE} ${RTL_WAIVERS}
    COMMENT "Verilating ${name}"
    VERBATIM)
  add_custom_target(rtl-${name}-files DEPENDS ${archive})
  add_library(rtl-${name} INTERFACE)
  add_dependencies(rtl-${name} rtl-${name}-files gp_npu_isa_files)
  target_include_directories(rtl-${name} SYSTEM INTERFACE ${folder})
  target_link_libraries(rtl-${name} INTERFACE ${archive} rtl-verilated)
endfunction()
