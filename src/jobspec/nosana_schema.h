#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "codec/value.h"

// The schema of Nosana's job definitions as data (facts/nosana.md section 1). Three parties read definitions, and they
// differ: Drover, and Nosana's two published validators. Each entry of the tables says for whom it holds.
namespace drover::jobspec {

using NosanaParties = uint8_t;  // a set
inline constexpr NosanaParties kDrover = 1;
inline constexpr NosanaParties kSdk = 2;    // the validator of @nosana/sdk 0.4.69
inline constexpr NosanaParties kTypes = 4;  // the one of @nosana/types 2.1.6
inline constexpr NosanaParties kValidators = kSdk | kTypes;
inline constexpr NosanaParties kEverybody = kDrover | kValidators;

struct NosanaType;

// A key of an object. Where parties want different types, the key is there once for each of them.
struct NosanaKey {
  std::string_view name;
  const NosanaType* type;
  NosanaParties known = kEverybody;  // the others refuse the key
  NosanaParties required = 0;
  std::string_view doc = {};
};

// One form that a value may have. It is picked by the kind of the value and, for objects, by a key that is there or by
// the value of the type's discriminator; a form of an object that names neither takes what the ones before it left.
struct NosanaForm {
  const NosanaType* type;
  NosanaParties known = kEverybody;
  std::string_view has_key = {};
  std::string_view tag = {};
};

// What no table can say.
struct NosanaRule {
  std::string_view expected;  // "a port range such as …"
  bool (*holds)(const codec::Value& value);
  NosanaParties known = kEverybody;
  std::string_view pattern = {};  // the same as a regular expression, where there is one
};

struct NosanaType {
  enum class Kind : uint8_t { Any, String, Bool, Number, Object, Map, List, Forms };

  Kind kind = Kind::Any;
  std::string_view expected = "anything";        // for people: "a string"
  std::span<const NosanaKey> keys = {};          // Object
  const NosanaType* element = nullptr;           // List; the values of a Map; an Object's other keys, if it is open
  std::span<const NosanaForm> forms = {};        // Forms
  std::string_view discriminator = {};           // Forms: the key that tells objects apart
  std::span<const std::string_view> words = {};  // String: only these
  std::span<const NosanaRule> rules = {};
};

// The whole definition.
const NosanaType& nosana_schema();

// A string that some argument's value may be instead: "%%ops.a.results.x%%", as both validators recognise it.
bool is_literal_string(std::string_view text);

}  // namespace drover::jobspec
