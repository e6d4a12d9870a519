#include "gotmpl/meter.h"

namespace drover::gotmpl {
namespace {

// What an item of a list or a map takes beside its content.
constexpr size_t kItemBytes = 48;

// A map that can still change is copied when it becomes part of something.
size_t copied_bytes(const Value& value) {
  const Map* map = value.as_map();
  return map != nullptr && map->writable ? map->items.size() * kItemBytes * 2 : 0;
}

}  // namespace

Error Meter::exceed(std::string message) {
  if (!exceeded_) exceeded_ = Error(ErrorCode::ResourceExhausted, std::move(message));
  return *exceeded_;
}

Status Meter::steps(uint64_t n) {
  if (exceeded_) return err(*exceeded_);
  if (n > limits_.steps - steps_) {
    return err(exceed(fmt::format("the template takes more than {} steps to render", limits_.steps)));
  }
  steps_ += n;
  return Ok{};
}

Status Meter::bytes(size_t n) {
  if (exceeded_) return err(*exceeded_);
  if (n > limits_.value_bytes - bytes_) {
    return err(exceed(fmt::format("the template makes more than {} bytes of values", limits_.value_bytes)));
  }
  bytes_ += n;
  return Ok{};
}

Status Meter::search(size_t text, size_t needle) {
  constexpr size_t kBytesAStep = 64;
  if (needle > text) return steps(1);
  return steps(1 + text / kBytesAStep * (1 + needle / kBytesAStep));
}

Status Meter::output(size_t n) {
  if (exceeded_) return err(*exceeded_);
  if (n > limits_.output_bytes - output_) {
    return err(exceed(fmt::format("the rendered text is longer than {} bytes", limits_.output_bytes)));
  }
  output_ += n;
  return Ok{};
}

Status Meter::check_depth(const Value& value) {
  if (exceeded_) return err(*exceeded_);
  if (value.depth() <= kMaxValueDepth) return Ok{};
  return err(exceed(fmt::format("a value is nested more than {} levels deep", kMaxValueDepth)));
}

Result<Value> Meter::text(std::string text) {
  TRY(bytes(text.size()));
  return Value(std::move(text));
}

Result<Value> Meter::list(std::vector<Value> items) {
  size_t size = items.size() * kItemBytes;
  for (const Value& item : items) size += copied_bytes(item);
  TRY(bytes(size));
  Value out = Value::list(std::move(items));
  TRY(check_depth(out));
  return out;
}

Result<Value> Meter::strings(const std::vector<std::string>& items) {
  size_t size = items.size() * kItemBytes;
  for (const std::string& item : items) size += item.size();
  TRY(bytes(size));
  return Value::strings(items);
}

Result<Value> Meter::map(MapItems items) {
  size_t size = items.size() * kItemBytes * 2;
  for (const auto& [key, item] : items) size += key.size() + copied_bytes(item);
  TRY(bytes(size));
  Value out = Value::map(std::move(items));
  TRY(check_depth(out));
  return out;
}

Result<Value> Meter::frozen(const Value& value) {
  TRY(bytes(copied_bytes(value)));
  return value.frozen();
}

void TextBuilder::append(std::string_view text) {
  if (failed_) return;
  if (!meter_.bytes(text.size())) {
    failed_ = true;
    return;
  }
  text_.append(text);
}

void TextBuilder::append(size_t count, char c) {
  if (failed_) return;
  if (!meter_.bytes(count)) {
    failed_ = true;
    return;
  }
  text_.append(count, c);
}

Result<std::string> TextBuilder::take() {
  if (failed_) return err(*meter_.exceeded());
  return std::move(text_);
}

Result<Value> TextBuilder::value() {
  TRY_LET(std::string text, take());
  return Value(std::move(text));
}

}  // namespace drover::gotmpl
