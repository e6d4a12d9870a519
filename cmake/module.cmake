# drover_module(NAME [DEPS module...] [LIBS target...] [TEST_DEPS module...] [TEST_LIBS target...])
#
# One static library drover_NAME from src/NAME/**/*.cc, and one GoogleTest program NAME_test from src/NAME/**/*_test.cc.
# DEPS are the folders it may include (tools/check-includes.py holds the table); LIBS are third-party targets.
# EXCLUDE drops sources whose path matches one of the given regular expressions (a program's main file, for example).
function(drover_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS;TEST_DEPS;TEST_LIBS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  foreach(pattern ${arg_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()

  if(sources)
    set(kind PUBLIC)
    add_library(drover_${name} STATIC ${sources})
  else()
    set(kind INTERFACE)  # headers only
    add_library(drover_${name} INTERFACE)
  endif()
  target_include_directories(drover_${name} ${kind} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM arg_DEPS PREPEND drover_)
  target_link_libraries(drover_${name} ${kind} ${arg_DEPS} ${arg_LIBS})

  if(tests)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    # Tests run the optimised libraries; optimising the tests themselves would only cost compile time.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O0>)
    list(TRANSFORM arg_TEST_DEPS PREPEND drover_)
    target_link_libraries(${name}_test PRIVATE drover_${name} ${arg_TEST_DEPS} ${arg_TEST_LIBS} GTest::gtest GTest::gmock
                                               GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_property(GLOBAL APPEND PROPERTY DROVER_UNIT_TESTS ${name}_test)
  endif()
endfunction()
