#include "api/search_answer.h"

#include <algorithm>

#include "api/json_object.h"
#include "base/strings.h"
#include "codec/describe.h"

namespace drover::api {

bool Matches::add(const std::string& context, Match match) {
  std::vector<Match>& found = matches_[context];
  if (found.size() == kMaxMatches) {
    truncated_[context] = true;
    return false;
  }
  found.push_back(std::move(match));
  return true;
}

bool Matches::truncated(const std::string& context) const {
  return truncated_.contains(context);
}

Result<std::vector<std::string>> contexts_of(std::string_view asked, std::span<const std::string_view> known) {
  if (asked.empty() || asked == "all") return std::vector<std::string>(known.begin(), known.end());
  if (std::ranges::find(known, asked) != known.end()) return std::vector<std::string>{std::string(asked)};
  return err(ErrorCode::InvalidArgument, "invalid search context \"{}\": use one of {} or all", printable(asked),
             join({known.begin(), known.end()}, ", "));
}

std::string search_answer(const Matches& matches, const std::vector<std::string>& contexts, MatchShape shape,
                          uint64_t index) {
  std::string text;
  JsonObject object(text);
  JsonObject found(object.value("Matches"));
  for (const std::string& context : contexts) {
    const auto of_context = matches.all().find(context);
    if (of_context == matches.all().end()) {
      // As Nomad: the prefix search names every context that it looked in, the fuzzy search those with a match.
      if (shape == MatchShape::Ids) found.value(context) += "[]";
      continue;
    }
    found.list(context, of_context->second, [shape](std::string& out, const Match& match) {
      if (shape == MatchShape::Ids) return codec::append_json_string(out, match.id);
      JsonObject scoped(out);
      scoped.text("ID", match.id);
      scoped.member("Scope", match.scope);
      scoped.end();
    });
  }
  found.end();
  JsonObject truncations(object.value("Truncations"));
  for (const std::string& context : contexts) truncations.boolean(context, matches.truncated(context));
  truncations.end();
  object.number("Index", index);
  object.number("LastContact", 0);
  object.boolean("KnownLeader", true);
  object.end();
  return text;
}

}  // namespace drover::api
