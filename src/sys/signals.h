#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::sys {

// "SIGINT", "INT", "sigint" or "2" → 2; nothing for an unknown name.
std::optional<int> parse_signal(std::string_view name);

// 2 → "SIGINT"; "signal 40" for one without a name.
std::string signal_name(int signal);

// All names, sorted: the node attribute os.signals.
std::vector<std::string> signal_names();

}  // namespace drover::sys
