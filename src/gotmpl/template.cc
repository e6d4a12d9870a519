#include "gotmpl/template.h"

#include "gotmpl/interpreter.h"

namespace drover::gotmpl {

Template::Template(Tree tree, Options options)
    : tree_(std::make_shared<const Tree>(std::move(tree))), options_(std::move(options)) {}

tl::expected<Template, Diagnostic> Template::parse(std::string_view text, const Options& options) {
  auto tree = gotmpl::parse(text, options);
  if (!tree) return tl::make_unexpected(std::move(tree).error());
  return Template(std::move(*tree), options);
}

Rendering Template::render(Sources& sources, WallTime now) const {
  return render(sources, now, Value());
}

Rendering Template::render(Sources& sources, WallTime now, const Value& data) const {
  Interpreter interpreter(*tree_, options_, sources, now);
  const bool done = interpreter.run(data);
  Rendering out{.used = interpreter.used(), .missing = interpreter.missing()};
  if (!done && (out.missing.empty() || interpreter.over_budget())) {
    out.error = interpreter.error();
    out.error->message = interpreter.redacted(std::move(out.error->message));
  }
  if (out.ready()) out.text = interpreter.take_output();
  return out;
}

}  // namespace drover::gotmpl
