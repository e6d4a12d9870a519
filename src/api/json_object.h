#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/json.h"
#include "codec/type_info.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Writing the API's JSON. All of it is compact; json_indent.h makes it pretty where a client asks for that.
namespace drover::api {

// How every value of the API is shown.
inline constexpr codec::JsonStyle kApiStyle = {.redact = true};

// "2026-11-22T21:08:00.123Z", as Go prints a time; the zero time is "0001-01-01T00:00:00Z".
std::string time_text(WallTime time);

// Writes one object straight into a text, without a tree or a copy of what it shows.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

  // Starts a member and returns the text that its value is to be appended to.
  std::string& value(std::string_view name);

  void text(std::string_view name, std::string_view text) { codec::append_json_string(value(name), text); }
  void time(std::string_view name, WallTime time) { text(name, time_text(time)); }
  void number(std::string_view name, uint64_t number) { value(name) += std::to_string(number); }
  void boolean(std::string_view name, bool on) { value(name) += on ? "true" : "false"; }
  void null(std::string_view name) { value(name) += "null"; }

  template <class T>
  void member(std::string_view name, const T& object) {
    codec::encode(value(name), codec::type_of<T>(), &object, kApiStyle);
  }

  // All members of a described struct.
  void members_of(const codec::TypeInfo& type, const void* object);

  // A member that is an object of the entries of a map, each written by write(out, value); null if there are none.
  template <class Map, class Write>
  void map(std::string_view name, const Map& entries, Write write) {
    if (entries.empty()) return null(name);
    JsonObject object(value(name));
    for (const auto& [key, entry] : entries) write(object.value(key), entry);
    object.end();
  }

  // A member that is a list; null if it is empty.
  template <class List, class Write>
  void list(std::string_view name, const List& elements, Write write) {
    if (elements.empty()) return null(name);
    std::string& out = value(name);
    char separator = '[';
    for (const auto& element : elements) {
      out += separator;
      write(out, element);
      separator = ',';
    }
    out += ']';
  }

  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

// Some of the fields of a described struct as a type of its own: what a list shows of its rows, without copying them.
// Choice names the struct (`using Of = model::Node`), the fields (`kFields`) and whether they are the ones to show.
enum class Pick : uint8_t { Only, AllBut };

codec::StructInfo pick_fields(const codec::StructInfo& of, Pick pick, const std::string_view* names, size_t count);

template <class Choice>
const codec::StructInfo& picked_fields() {
  static const auto* info = new codec::StructInfo(pick_fields(
      codec::type_of<typename Choice::Of>().fields(), Choice::kPick, Choice::kFields.data(), Choice::kFields.size()));
  return *info;
}

template <class Choice>
const codec::TypeInfo& picked() {
  static const codec::TypeInfo info = {
      .kind = codec::Kind::Struct, .size = sizeof(typename Choice::Of), .fields = &picked_fields<Choice>};
  return info;
}

}  // namespace drover::api
