#include "gotmpl/value.h"

#include <algorithm>

namespace drover::gotmpl {
namespace {

uint32_t deepest(uint32_t so_far, const Value& value) {
  return std::max(so_far, value.depth() + 1);
}

}  // namespace

const Value* Record::find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

Value Value::nil() {
  Value out;
  out.data_ = NilTag{};
  return out;
}

Value Value::list(std::vector<Value> items) {
  auto list = std::make_shared<List>();
  for (Value& item : items) {
    if (item.kind() == Kind::Missing) item = nil();
    item = item.frozen();
    list->depth = deepest(list->depth, item);
  }
  list->items = std::move(items);
  Value out;
  out.data_ = std::shared_ptr<const List>(std::move(list));
  return out;
}

Value Value::strings(const std::vector<std::string>& items) {
  auto list = std::make_shared<List>();
  list->items.assign(items.begin(), items.end());
  list->of_strings = true;
  Value out;
  out.data_ = std::shared_ptr<const List>(std::move(list));
  return out;
}

Value Value::map(MapItems items) {
  auto map = std::make_shared<Map>();
  for (auto& [key, item] : items) {
    if (item.kind() == Kind::Missing) item = nil();
    item = item.frozen();
    map->depth = deepest(map->depth, item);
  }
  map->items = std::move(items);
  Value out;
  out.data_ = std::move(map);
  return out;
}

Value Value::string_map(MapItems items) {
  Value out = map(std::move(items));
  out.writable().of_strings = true;
  return out;
}

Value Value::writable_map(MapItems items) {
  Value out = map(std::move(items));
  out.writable().writable = true;
  return out;
}

Value Value::record(std::string type, std::vector<std::pair<std::string, Value>> fields) {
  auto record = std::make_shared<Record>();
  record->type = std::move(type);
  for (auto& [name, value] : fields) {
    value = value.frozen();
    record->depth = deepest(record->depth, value);
  }
  record->fields = std::move(fields);
  Value out;
  out.data_ = std::shared_ptr<const Record>(std::move(record));
  return out;
}

const List* Value::as_list() const {
  const auto* list = std::get_if<std::shared_ptr<const List>>(&data_);
  return list != nullptr ? list->get() : nullptr;
}

const Map* Value::as_map() const {
  const auto* map = std::get_if<std::shared_ptr<Map>>(&data_);
  return map != nullptr ? map->get() : nullptr;
}

const Record* Value::as_record() const {
  const auto* record = std::get_if<std::shared_ptr<const Record>>(&data_);
  return record != nullptr ? record->get() : nullptr;
}

bool Value::truth() const {
  switch (kind()) {
    case Kind::Missing:
    case Kind::Nil:
      return false;
    case Kind::Bool:
      return boolean();
    case Kind::Int:
      return integer() != 0;
    case Kind::Uint:
      return natural() != 0;
    case Kind::Float:
      return real() != 0;
    case Kind::String:
    case Kind::List:
    case Kind::Map:
      return size() > 0;
    case Kind::Record:
    case Kind::Loop:
    case Kind::Object:
      return true;
  }
  return false;
}

uint32_t Value::depth() const {
  if (const List* list = as_list()) return list->depth;
  if (const Map* map = as_map()) return map->depth;
  if (const Record* record = as_record()) return record->depth;
  return 0;
}

size_t Value::size() const {
  if (is_string()) return text().size();
  if (const List* list = as_list()) return list->items.size();
  if (const Map* map = as_map()) return map->items.size();
  if (const Record* record = as_record()) return record->fields.size();
  return 0;
}

Value Value::frozen() const {
  const Map* map = as_map();
  if (map == nullptr || !map->writable) return *this;
  Value out;
  auto copy = std::make_shared<Map>(*map);
  copy->writable = false;
  out.data_ = std::move(copy);
  return out;
}

std::string Value::type_name() const {
  switch (kind()) {
    case Kind::Missing:
    case Kind::Nil:
      return "<nil>";
    case Kind::Bool:
      return "bool";
    case Kind::Int:
      return "int";
    case Kind::Uint:
      return "uint64";
    case Kind::Float:
      return "float64";
    case Kind::String:
      return "string";
    case Kind::List:
      return as_list()->of_strings ? "[]string" : "[]interface {}";
    case Kind::Map:
      return as_map()->of_strings ? "map[string]string" : "map[string]interface {}";
    case Kind::Record:
      return as_record()->type;
    case Kind::Loop:
      return "<-chan int64";
    case Kind::Object:
      return std::string(object().type());
  }
  return {};
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::Bool:
      return a.boolean() == b.boolean();
    case Value::Kind::Int:
      return a.integer() == b.integer();
    case Value::Kind::Uint:
      return a.natural() == b.natural();
    case Value::Kind::Float:
      return a.real() == b.real();
    case Value::Kind::String:
      return a.text() == b.text();
    case Value::Kind::List:
      return a.as_list() == b.as_list() || a.as_list()->items == b.as_list()->items;
    case Value::Kind::Map:
      return a.as_map() == b.as_map() || a.as_map()->items == b.as_map()->items;
    case Value::Kind::Record:
      return a.as_record() == b.as_record() ||
             (a.as_record()->type == b.as_record()->type && a.as_record()->fields == b.as_record()->fields);
    case Value::Kind::Loop:
      return false;
    case Value::Kind::Object:
      return &a.object() == &b.object();
    case Value::Kind::Missing:
    case Value::Kind::Nil:
      break;
  }
  return true;
}

}  // namespace drover::gotmpl
