#include "gotmpl/collections.h"

#include <algorithm>

namespace drover::gotmpl {
namespace {

constexpr size_t kBytesAStep = 64;

bool same_scalar(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) {
    return a.kind() == b.kind() &&
           (a.kind() == Value::Kind::Int ? a.integer() == b.integer() : a.natural() == b.natural());
  }
  if (a.kind() != b.kind()) return false;
  return (a.kind() == Value::Kind::Float && a.real() == b.real()) || (a.is_string() && a.text() == b.text());
}

Result<bool> equal_members(const MapItems& a, const MapItems& b, Meter& meter) {
  if (a.size() != b.size()) return false;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (x->first != y->first) return false;
    TRY_LET(const bool same, deeply_equal(x->second, y->second, meter));
    if (!same) return false;
  }
  return true;
}

}  // namespace

Result<bool> contains(const Value& all, const Value& item, Meter& meter) {
  if (const List* list = all.as_list()) {
    TRY(meter.steps(1 + list->items.size()));
    return std::ranges::any_of(list->items, [&](const Value& each) { return same_scalar(each, item); });
  }
  if (!all.is_string() || !item.is_string()) return false;
  TRY(meter.search(all.size(), item.size()));
  return all.text().find(item.text()) != std::string::npos;
}

Result<bool> deeply_equal(const Value& a, const Value& b, Meter& meter) {
  TRY(meter.steps(1));
  if (const List *x = a.as_list(), *y = b.as_list(); x != nullptr && y != nullptr && x != y) {
    if (x->items.size() != y->items.size()) return false;
    for (size_t i = 0; i < x->items.size(); ++i) {
      TRY_LET(const bool same, deeply_equal(x->items[i], y->items[i], meter));
      if (!same) return false;
    }
    return true;
  }
  if (const Map *x = a.as_map(), *y = b.as_map(); x != nullptr && y != nullptr && x != y) {
    return equal_members(x->items, y->items, meter);
  }
  if (const Record *x = a.as_record(), *y = b.as_record(); x != nullptr && y != nullptr && x != y) {
    const auto members = [](const Record& record) { return MapItems(record.fields.begin(), record.fields.end()); };
    return x->type == y->type ? equal_members(members(*x), members(*y), meter) : Result<bool>(false);
  }
  if (a.is_string()) TRY(meter.steps(a.size() / kBytesAStep));
  return a == b;
}

Result<Value> merge_maps(const Map& first, const Map& second, Winner winner, Meter& meter) {
  MapItems out = first.items;
  TRY(meter.steps(1 + first.items.size() + second.items.size()));
  for (const auto& [key, value] : second.items) {
    const auto found = out.find(key);
    const Map* ours = found != out.end() ? found->second.as_map() : nullptr;
    if (ours != nullptr && value.as_map() != nullptr) {
      TRY_LET(found->second, merge_maps(*ours, *value.as_map(), winner, meter));
    } else if (found == out.end() || !found->second.truth() || (winner == Winner::Second && value.truth())) {
      out.insert_or_assign(key, value);
    }
  }
  return meter.map(std::move(out));
}

const Value* member_of(const Value& value, std::string_view name) {
  if (const Record* record = value.as_record()) return record->find(name);
  const Map* map = value.as_map();
  if (map == nullptr) return nullptr;
  const auto found = map->items.find(name);
  return found != map->items.end() ? &found->second : nullptr;
}

}  // namespace drover::gotmpl
