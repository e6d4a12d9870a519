#pragma once

#include "base/result.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What both kinds of search share: contexts, and matches by context of which each holds a bounded number.
namespace drover::api {

struct Match {
  std::string id;
  std::vector<std::string> scope;  // what it lies in, from the outside; only in answers of the fuzzy search
};

inline constexpr size_t kMaxMatches = 20;  // of a context; more are cut off, which the answer says

class Matches {
 public:
  // False once the context is full: looking for more makes no sense.
  bool add(const std::string& context, Match match);
  const std::map<std::string, std::vector<Match>>& all() const { return matches_; }
  bool truncated(const std::string& context) const;

 private:
  std::map<std::string, std::vector<Match>> matches_;
  std::map<std::string, bool> truncated_;
};

// The contexts that a request names: one, or for "" and "all" every one of `known`. InvalidArgument for others.
Result<std::vector<std::string>> contexts_of(std::string_view asked, std::span<const std::string_view> known);

enum class MatchShape { Ids, Scoped };
std::string search_answer(const Matches& matches, const std::vector<std::string>& contexts, MatchShape shape,
                          uint64_t index);

}  // namespace drover::api
