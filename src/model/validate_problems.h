#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/diagnostics.h"
#include "base/strings.h"

namespace drover::model {

// A place in a job to report problems at: its field path, and in words what it belongs to (`group "web", task "api"`).
class Problems {
 public:
  explicit Problems(Diagnostics& diagnostics) : diagnostics_(&diagnostics) {}

  // Places below this one.
  Problems at(std::string_view field) const { return {*diagnostics_, join_path(field), subject_}; }
  Problems at(std::string_view field, size_t index) const {
    return {*diagnostics_, fmt::format("{}[{}]", join_path(field), index), subject_};
  }
  Problems element(size_t index) const { return {*diagnostics_, fmt::format("{}[{}]", path_, index), subject_}; }
  Problems key(std::string_view name) const { return {*diagnostics_, fmt::format("{}[{}]", path_, name), subject_}; }
  // The same place, known under a name: named("task", "api").
  Problems named(std::string_view kind, std::string_view name) const {
    const std::string_view separator = subject_.empty() ? "" : ", ";
    return {*diagnostics_, path_, fmt::format("{}{}{} \"{}\"", subject_, separator, kind, printable(name, 80))};
  }

  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    diagnostics_->error(path_, message(fmt::format(format, std::forward<Args>(args)...)));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    diagnostics_->warning(path_, message(fmt::format(format, std::forward<Args>(args)...)));
  }

 private:
  Problems(Diagnostics& diagnostics, std::string path, std::string subject)
      : diagnostics_(&diagnostics), path_(std::move(path)), subject_(std::move(subject)) {}

  std::string join_path(std::string_view field) const {
    return path_.empty() ? std::string(field) : fmt::format("{}.{}", path_, field);
  }
  std::string message(std::string text) const { return subject_.empty() ? text : subject_ + ": " + text; }

  Diagnostics* diagnostics_;
  std::string path_;
  std::string subject_;
};

}  // namespace drover::model
