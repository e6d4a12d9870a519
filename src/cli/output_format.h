#pragma once

#include "cli/command.h"

namespace drover::cli {

// How Nosana's commands answer.
enum class OutputFormat : uint8_t { Text, Json };

inline constexpr OptionSpec kFormatOption{"format", "text|json",
                                          "\"json\": one value, with the keys of Nosana's command."};

inline constexpr OptionSpec kSameAsFormatJsonOption{"json", "", "The same as -format json."};

// Of -format and -json. With JSON, which has all of it, -verbose is refused, as by Nosana's commands.
Result<OutputFormat> output_format(const Session& session);

// What a command came to: with -format json an error is an object on standard output too.
Result<int> in_format(const Session& session, Result<int> outcome);

}  // namespace drover::cli
