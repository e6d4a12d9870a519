#pragma once

#include "base/shared_string.h"
#include "codec/type_info.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drover::codec {

// What objects that are decoded one after another share. Remembers a bounded number of values. One thread.
class SharedPool {
 public:
  explicit SharedPool(StringPool& texts) : texts_(texts), values_(kSlots) {}

  StringPool& texts() { return texts_; }

  // The value of an optional `type` that was decoded from these bytes, or null if it is not remembered.
  const std::shared_ptr<const void>* find(const TypeInfo& type, std::string_view record) const {
    const Slot& slot = values_[slot_of(record)];
    return slot.type == &type && slot.record == record ? &slot.value : nullptr;
  }
  void put(const TypeInfo& type, std::string_view record, std::shared_ptr<const void> value) {
    values_[slot_of(record)] = {.type = &type, .record = std::string(record), .value = std::move(value)};
  }

 private:
  static constexpr size_t kSlots = 4096;
  struct Slot {
    const TypeInfo* type = nullptr;
    std::string record;
    std::shared_ptr<const void> value;
  };
  static size_t slot_of(std::string_view record) { return std::hash<std::string_view>()(record) % kSlots; }

  StringPool& texts_;
  std::vector<Slot> values_;
};

}  // namespace drover::codec
