#pragma once

#include "cli/command.h"

namespace drover::cli {

// How Nosana's commands answer.
enum class OutputFormat : uint8_t { Text, Json };

inline constexpr OptionSpec kFormatOption{"format", "text|json",
                                          "\"json\": one object, with the keys of Nosana's command."};

// Of -format; -json is the same as -format json.
Result<OutputFormat> output_format(const Session& session);

}  // namespace drover::cli
