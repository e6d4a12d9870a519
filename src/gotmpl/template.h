#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/diagnostics.h"
#include "gotmpl/parser.h"
#include "gotmpl/sources.h"

namespace drover::gotmpl {

// What came of a rendering. `used` is there in every case: when one of them changes, it is time to render again.
struct Rendering {
  std::string text;                 // if it is ready
  std::vector<Dependency> used;     // in the order of their first use
  std::vector<Dependency> missing;  // those of them that are not there yet; then there is no text
  std::optional<Diagnostic> error;  // the template failed; values of secrets are not in the message

  bool ready() const { return !error && missing.empty(); }
};

// A template of Go's language with consul-template's functions, read once and rendered as often as needed. Immutable:
// any number of threads may render it at the same time.
class Template {
 public:
  static tl::expected<Template, Diagnostic> parse(std::string_view text, const Options& options = {});

  // Evaluates the template without data (dot is nil), within the limits it was parsed with. Does not block: where a
  // dependency is pending, evaluation goes on with an empty value to find the others, and what comes of it is thrown
  // away. An error that may follow from such an empty value is not reported until all dependencies are there.
  Rendering render(Sources& sources, WallTime now) const;
  Rendering render(Sources& sources, WallTime now, const Value& data) const;

 private:
  Template(Tree tree, Options options);

  std::shared_ptr<const Tree> tree_;
  Options options_;
};

}  // namespace drover::gotmpl
