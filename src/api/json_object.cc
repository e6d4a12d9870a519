#include "api/json_object.h"

#include <algorithm>
#include <chrono>
#include <span>

#include "base/check.h"

namespace drover::api {

namespace {

void write_digits(char* at, int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string time_text(WallTime time) {
  if (time.unix_nanos == 0) return "0001-01-01T00:00:00Z";
  using namespace std::chrono;
  const sys_time<nanoseconds> at{nanoseconds(time.unix_nanos)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  // Written by hand: lists have hundreds of thousands of times.
  char text[] = "0000-00-00T00:00:00.000000000";
  write_digits(text, static_cast<int>(date.year()), 4);
  write_digits(text + 5, static_cast<unsigned>(date.month()), 2);
  write_digits(text + 8, static_cast<unsigned>(date.day()), 2);
  write_digits(text + 11, clock.hours().count(), 2);
  write_digits(text + 14, clock.minutes().count(), 2);
  write_digits(text + 17, clock.seconds().count(), 2);
  write_digits(text + 20, clock.subseconds().count(), 9);
  size_t size = sizeof text - 1;
  while (text[size - 1] == '0') --size;
  if (text[size - 1] == '.') --size;
  text[size] = 'Z';
  return std::string(text, size + 1);
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
