#pragma once

#include "base/error.h"

#include <utility>

#include <tl/expected.hpp>

namespace drover {

// A value or the Error that prevented it. Ignoring one is a compile error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// Success without a value: `return Ok{};`.
struct Ok {};
using Status = Result<Ok>;

template <class... Args>
tl::unexpected<Error> err(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Error(code, fmt::vformat(format, fmt::make_format_args(args...))));
}

inline tl::unexpected<Error> err(Error error) {
  return tl::make_unexpected(std::move(error));
}

// The only control-flow macros of the tree:
//   TRY_LET(const auto job, parse(text));      declares `job` or returns the error
//   TRY(write(file));                          returns the error
// CO_ variants do the same with co_return.
#define BASE_CONCAT_INNER(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_INNER(a, b)
#define BASE_TRY_LET(tmp, ret, decl, ...)                      \
  auto tmp = __VA_ARGS__;                                      \
  if (!tmp) ret ::tl::make_unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define TRY_LET(decl, ...) BASE_TRY_LET(BASE_CONCAT(try_, __COUNTER__), return, decl, __VA_ARGS__)
#define CO_TRY_LET(decl, ...) BASE_TRY_LET(BASE_CONCAT(try_, __COUNTER__), co_return, decl, __VA_ARGS__)
#define BASE_TRY(tmp, ret, ...) \
  if (auto tmp = __VA_ARGS__; !tmp) ret ::tl::make_unexpected(std::move(tmp).error())
#define TRY(...) BASE_TRY(BASE_CONCAT(try_, __COUNTER__), return, __VA_ARGS__)
#define CO_TRY(...) BASE_TRY(BASE_CONCAT(try_, __COUNTER__), co_return, __VA_ARGS__)

}  // namespace drover
