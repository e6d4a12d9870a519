#include <algorithm>
#include <unordered_map>

#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Context = CallContext;
using List = Value::List;

// Equal values have equal hashes. Looks at a bounded part of a value only.
size_t hash_of(const Value& value) {
  const size_t kind = static_cast<size_t>(value.kind());
  switch (value.kind()) {
    case Value::Kind::Null:
      return kind;
    case Value::Kind::Bool:
      return kind * 31 + (value.as_bool() ? 1 : 0);
    case Value::Kind::Number:
      return std::hash<double>()(value.as_number().to_double());
    case Value::Kind::String:
      return std::hash<std::string>()(value.as_string());
    case Value::Kind::List:
    case Value::Kind::Object:
      return kind * 31 + static_cast<size_t>(value.weight());
  }
  return kind;
}

// Values in the order in which they were first added. Comparing lists and objects is charged: hashes tell them apart
// badly.
class ValueSet {
 public:
  explicit ValueSet(Budget& budget) : budget_(budget) {}

  Status add(const Value& value) {
    TRY_LET(const bool known, contains(value));
    if (!known) {
      items_.push_back(value);
      positions_.emplace(hash_of(value), items_.size() - 1);
    }
    return Ok{};
  }

  Result<bool> contains(const Value& value) const {
    TRY(budget_.charge_steps(1));
    const auto [begin, end] = positions_.equal_range(hash_of(value));
    for (auto candidate = begin; candidate != end; ++candidate) {
      constexpr uint64_t kBytesAStep = 64;
      TRY(budget_.charge_steps(value.weight() / kBytesAStep));
      if (items_[candidate->second] == value) return true;
    }
    return false;
  }

  Value take() { return Value(std::move(items_)); }

 private:
  Budget& budget_;
  List items_;
  std::unordered_multimap<size_t, size_t> positions_;
};

Result<ValueSet> set_arg(const Context& context, size_t i) {
  TRY_LET(const List list, list_arg(context, i));
  ValueSet out(context.budget);
  for (const Value& item : list) TRY(out.add(item));
  return out;
}

Result<Value> contains(const Context& context) {
  TRY_LET(const ValueSet set, set_arg(context, 0));
  TRY_LET(const bool found, set.contains(context.args[1]));
  return Value(found);
}

Result<Value> distinct(const Context& context) {
  TRY_LET(ValueSet set, set_arg(context, 0));
  return set.take();
}

Result<Value> setunion(const Context& context) {
  ValueSet out(context.budget);
  for (size_t i = 0; i < context.args.size(); ++i) {
    TRY_LET(const List list, list_arg(context, i));
    for (const Value& item : list) TRY(out.add(item));
  }
  return out.take();
}

Result<Value> setintersection(const Context& context) {
  TRY_LET(ValueSet first, set_arg(context, 0));
  Value common = first.take();
  for (size_t i = 1; i < context.args.size(); ++i) {
    TRY_LET(const ValueSet other, set_arg(context, i));
    List kept;
    for (const Value& item : common.as_list()) {
      TRY_LET(const bool shared, other.contains(item));
      if (shared) kept.push_back(item);
    }
    common = Value(std::move(kept));
  }
  return common;
}

Result<Value> setproduct(const Context& context) {
  List product{Value(List{})};
  for (size_t i = 0; i < context.args.size(); ++i) {
    TRY_LET(ValueSet set, set_arg(context, i));
    const Value items = set.take();
    List longer;
    for (const Value& head : product) {
      for (const Value& item : items.as_list()) {
        TRY(context.budget.charge_steps(1 + i));
        List tuple = head.as_list();
        tuple.push_back(item);
        longer.emplace_back(std::move(tuple));
      }
    }
    product = std::move(longer);
  }
  return Value(std::move(product));
}

constexpr Function kFunctions[] = {
    {"contains", 2, 2, contains},
    {"distinct", 1, 1, distinct},
    {"setintersection", 1, Function::kAnyNumber, setintersection},
    {"setproduct", 2, Function::kAnyNumber, setproduct},
    {"setunion", 1, Function::kAnyNumber, setunion},
};

}  // namespace

std::span<const Function> set_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
