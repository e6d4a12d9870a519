#include "cli/confirm.h"

#include <algorithm>
#include <istream>

namespace drover::cli {

bool confirm_prefix(const Session& session, const std::string& id, const std::string& question) {
  const auto& given = session.args.positional();
  if (session.args.on("yes") || std::ranges::find(given, id) != given.end()) return true;
  session.console.line(question + " [y/N]");
  std::string answer;
  std::getline(*session.env.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace drover::cli
