# Third-party libraries as targets, static wherever Debian 12 ships an archive, so that the program can be copied to
# another machine with the same glibc. fmt and spdlog come without archives: they are compiled into src/base instead.
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)

# drover_static(TARGET lib...): an interface target over static archives, in link order. Shared libraries are used where
# no archive exists.
function(drover_static target)
  add_library(${target} INTERFACE)
  foreach(lib ${ARGN})
    find_library(${target}_${lib} NAMES lib${lib}.a ${lib} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${target}_${lib}})
  endforeach()
endfunction()

drover_static(dep_ssl ssl crypto)
target_link_libraries(dep_ssl INTERFACE dl Threads::Threads)
drover_static(dep_zlib z)
drover_static(dep_boost_json boost_json boost_container)
drover_static(dep_re2 re2)
target_link_libraries(dep_re2 INTERFACE Threads::Threads)

drover_static(dep_utf8proc utf8proc)
drover_static(dep_crypt crypt)
# YAML job definitions and HCL's yamldecode().
drover_static(dep_yaml yaml-cpp)
# Patterns of Nosana's results: they use JavaScript's lookbehind, which RE2 has not.
drover_static(dep_pcre2 pcre2-8)
# Time zones.
drover_static(dep_absl_time absl_time absl_civil_time absl_time_zone absl_strings absl_strings_internal absl_int128
              absl_throw_delegate absl_base absl_spinlock_wait absl_raw_logging_internal absl_log_severity)
target_link_libraries(dep_absl_time INTERFACE Threads::Threads)
