#include <algorithm>
#include <unordered_map>

#include "hcl/function_args.h"
#include "hcl/type.h"

namespace drover::hcl {
namespace {

using Context = CallContext;
using List = Value::List;

constexpr uint64_t kBytesAStep = 64;
constexpr uint64_t kBytesAnItem = 32;

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

Result<ValueSet> set_of(const Context& context, const Result<List>& list) {
  if (!list) return err(list.error());
  ValueSet out(context.budget);
  for (const Value& item : *list) TRY(out.add(item));
  return out;
}

// All arguments as sets of the type that their items have in common.
Result<std::vector<List>> set_args(const Context& context) {
  List all;
  for (size_t i = 0; i < context.args.size(); ++i) {
    TRY_LET(const List list, list_arg(context, i));
    all.insert(all.end(), list.begin(), list.end());
  }
  Type type{.kind = Type::Kind::Set};
  std::vector<Type> types;
  for (const Value& item : all) {
    TRY(context.budget.charge_steps(1 + item.weight() / kBytesAnItem));
    types.push_back(type_of(item));
  }
  std::optional<Type> common = unify(types);
  if (!common) return bad_call("the items are not of one type");
  type.elements.push_back(std::move(*common));
  std::vector<List> out;
  for (const Value& arg : context.args) {
    TRY_LET(const Value set, convert(arg, type, context.budget));
    out.push_back(set.as_list());
  }
  return out;
}

// In the order of a set.
Result<Value> as_set(const Context& context, List items) {
  Type type{.kind = Type::Kind::Set};
  type.elements.emplace_back();
  return convert(Value(std::move(items)), type, context.budget);
}

Result<Value> contains(const Context& context) {
  TRY_LET(const ValueSet set, set_of(context, list_arg(context, 0)));
  TRY_LET(const bool found, set.contains(context.args[1]));
  return Value(found);
}

Result<Value> distinct(const Context& context) {
  TRY_LET(ValueSet set, set_of(context, uniform_list_arg(context, 0)));
  return set.take();
}

Result<Value> setunion(const Context& context) {
  TRY_LET(const std::vector<List> sets, set_args(context));
  List all;
  for (const List& set : sets) all.insert(all.end(), set.begin(), set.end());
  return as_set(context, std::move(all));
}

Result<Value> setintersection(const Context& context) {
  TRY_LET(const std::vector<List> sets, set_args(context));
  List common = sets[0];
  for (size_t i = 1; i < sets.size(); ++i) {
    ValueSet other(context.budget);
    for (const Value& item : sets[i]) TRY(other.add(item));
    List kept;
    for (const Value& item : common) {
      TRY_LET(const bool shared, other.contains(item));
      if (shared) kept.push_back(item);
    }
    common = std::move(kept);
  }
  return Value(std::move(common));
}

Result<Value> setproduct(const Context& context) {
  List product{Value(List{})};
  for (size_t i = 0; i < context.args.size(); ++i) {
    TRY_LET(const List items, uniform_list_arg(context, i));
    List longer;
    for (const Value& head : product) {
      for (const Value& item : items) {
        TRY(context.budget.charge_steps(1 + i));
        TRY(context.budget.charge_bytes((2 + i) * kBytesAnItem));
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
