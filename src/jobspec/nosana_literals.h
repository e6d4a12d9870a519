#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/value.h"

// The `%%…%%` literals and the collection operators of Nosana's job definitions (facts/nosana.md 2.6).
namespace drover::jobspec {

inline constexpr std::string_view kSpread = "__spread__";
inline constexpr std::string_view kPairs = "__pairs__";
inline constexpr std::string_view kRemoveIfEmpty = "__remove-if-empty__";

struct NosanaLiteral {
  enum class Kind : uint8_t {
    Operation,  // %%ops.<op>.<path>%%
    Variable,   // %%global.variables.<path>%%
    Global,     // %%global.<path>%%, %%globals.<path>%%
    Malformed,  // looks like one and is left as it is
  };
  Kind kind = Kind::Malformed;
  std::string text;  // with its %%
  std::string op;
  std::string path;
  size_t offset = 0;
};

// The literals of a text, in order.
std::vector<NosanaLiteral> find_literals(std::string_view text);

// Whether a value holds a literal or a collection operator anywhere.
bool uses_literals(const codec::Value& value);

// What literals stand for when an operation starts.
struct LiteralContext {
  struct Operation {
    std::string host;
    std::map<std::string, std::string, std::less<>> endpoints;  // by port
    std::string deployment_endpoint;
    codec::Value results;  // an object: name → a string or a list of strings
  };
  std::map<std::string, std::string, std::less<>> globals;  // job, host, project, frps_address
  std::map<std::string, std::string, std::less<>> variables;
  std::map<std::string, Operation, std::less<>> operations;
};

// The `args` of an operation with everything in them replaced:
//  - a literal that is an element of a list becomes its values, as many as there are; one that is a whole string, its
//    only value or all of them with spaces between; within a string likewise. Values that are JSON lists and objects
//    become those.
//  - {"__spread__": X} in a list becomes X's elements; as a key of an object, X's members; `__pairs__` the members that
//    a list of {key, value} says. `chunked` joins X's strings before they are read as JSON.
//  - values of `env` become strings.
//  - "__remove-if-empty__" is dropped, with the whole argument where nothing else is left of the list.
// Text without literals is left alone (Nosana's nodes turn JSON-looking arguments into JSON: a known bug). Fails where
// something is unknown, with Nosana's message, and above 4 MiB.
Result<codec::Value> interpolate(const codec::Value& args, const LiteralContext& context);

}  // namespace drover::jobspec
