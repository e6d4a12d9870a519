#include "api/json_object.h"

#include <algorithm>
#include <ctime>
#include <span>

#include "base/check.h"

namespace drover::api {

std::string time_text(WallTime time) {
  if (time.unix_nanos == 0) return "0001-01-01T00:00:00Z";
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t nanos = time.unix_nanos % kSecond;
  if (nanos < 0) nanos += kSecond;
  const time_t seconds = static_cast<time_t>((time.unix_nanos - nanos) / kSecond);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[32];
  std::string text(buffer, strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts));
  if (nanos != 0) {
    const std::string digits = fmt::format(".{:09}", nanos);
    text += digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

std::string& JsonObject::value(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  codec::append_json_string(out_, name);
  out_ += ':';
  return out_;
}

void JsonObject::members_of(const codec::TypeInfo& type, const void* object) {
  // The encoder writes braces of its own: the opening one becomes the separator, or replaces ours.
  if (first_) out_.pop_back();
  const size_t start = out_.size();
  codec::encode(out_, type, object, kApiStyle);
  const bool empty = out_.size() == start + 2;
  if (!first_) {
    if (empty) return out_.resize(start);
    out_[start] = ',';
  }
  out_.pop_back();
  first_ = first_ && empty;
}

codec::StructInfo pick_fields(const codec::StructInfo& of, Pick pick, const std::string_view* names, size_t count) {
  const std::span<const std::string_view> listed(names, count);
  for (const std::string_view name : listed) CHECK(of.by_json(name), "a projection names a field that does not exist");
  codec::StructInfo picked = of;
  std::erase_if(picked.fields, [&](const codec::Field& field) {
    const bool is_listed = std::ranges::find(listed, std::string_view(field.json)) != listed.end();
    return is_listed != (pick == Pick::Only);
  });
  return picked;
}

}  // namespace drover::api
