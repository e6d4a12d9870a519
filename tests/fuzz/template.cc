// Templates: any text is parsed and rendered without harm and within its limits; whoever fails says why.

#include <cstdint>
#include <string_view>

#include "base/strings.h"
#include "gotmpl/template.h"

namespace {

using namespace drover;

// Knows a text for every second thing that is asked for.
class SomeSources final : public gotmpl::Sources {
 public:
  gotmpl::Answer answer(const gotmpl::Dependency& dependency) override {
    const size_t size = dependency.args.empty() ? 0 : dependency.args[0].size();
    if (size % 2 == 0) return gotmpl::Answer::pending();
    return gotmpl::Answer::known(gotmpl::Value::list({"a", gotmpl::Value::map({{"Key", "a/b"}, {"Value", 1}})}));
  }
};

constexpr gotmpl::Limits kLimits = {.text_bytes = 1 << 16,
                                    .output_bytes = 1 << 16,
                                    .value_bytes = 1 << 20,
                                    .steps = 20'000,
                                    .loop_passes = 1000,
                                    .dependencies = 20};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = gotmpl::Template::parse(text, {.name = "fuzz", .limits = kLimits});
  if (!parsed) {
    if (parsed.error().message.empty() || parsed.error().pos.line == 0) __builtin_trap();
    return 0;
  }
  SomeSources sources;
  const gotmpl::Rendering out = parsed->render(sources, WallTime{1'795'442'709'000'000'000});
  if (out.error && (out.error->message.empty() || out.error->pos.line == 0)) __builtin_trap();
  if (!out.ready() && !out.text.empty()) __builtin_trap();  // nothing of an unfinished rendering gets out
  if (out.text.size() > kLimits.output_bytes || out.used.size() > kLimits.dependencies) __builtin_trap();
  return 0;
}
