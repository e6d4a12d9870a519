#include "codec/diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/strings.h"
#include "codec/compare.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/scalar_text.h"

namespace drover::codec {

std::span<const EnumName> enum_names(DiffType) {
  static constexpr EnumName kNames[] = {{int64_t(DiffType::None), "None"},
                                        {int64_t(DiffType::Added), "Added"},
                                        {int64_t(DiffType::Deleted), "Deleted"},
                                        {int64_t(DiffType::Edited), "Edited"}};
  return kNames;
}

void describe(StructBuilder& d, FieldDiff& f) {
  [[maybe_unused]] auto& [type, name, old_value, new_value, annotations, flags] = f;
  d.name("FieldDiff");
  d.field(1, type, "Type");
  d.field(2, name, "Name");
  d.field(3, old_value, "Old");
  d.field(4, new_value, "New");
  d.field(5, annotations, "Annotations");
}

void describe(StructBuilder& d, ObjectDiff& o) {
  [[maybe_unused]] auto& [type, name, fields, objects, annotations, field, label, flags] = o;
  d.name("ObjectDiff");
  d.field(1, type, "Type");
  d.field(2, name, "Name");
  d.field(3, fields, "Fields");
  d.field(4, objects, "Objects");
  d.field(5, annotations, "Annotations").flags(kOmitEmpty);
}

namespace {

using Texts = std::map<std::string, std::string>;

// A value on both sides; null where there is none.
struct Sides {
  const void* before;
  const void* after;

  bool none() const { return !before && !after; }
};

// Where a value stands: the flags of its field and those it inherits.
struct Place {
  const char* field;
  uint32_t flags;

  bool secret() const { return (flags & kSecret) != 0; }
};

DiffType type_of_change(bool before, bool after, bool differs) {
  if (before != after) return after ? DiffType::Added : DiffType::Deleted;
  return differs ? DiffType::Edited : DiffType::None;
}

std::string text_of(const TypeInfo& type, const void* at) {
  return at ? scalar_text(type, at) : "";
}

// Adds the leaves of a tree under names such as "port_map[0][db]".
void flatten(const Value& value, const std::string& name, Texts& out) {
  if (const auto* array = value.as_array()) {
    for (size_t i = 0; i < array->size(); ++i) flatten((*array)[i], fmt::format("{}[{}]", name, i), out);
  } else if (const auto* object = value.as_object()) {
    for (const auto& [key, member] : *object)
      flatten(member, name.empty() ? key : fmt::format("{}[{}]", name, key), out);
  } else if (const auto* text = value.as_string()) {
    out[name] = *text;
  } else if (!value.is_null()) {
    out[name] = dump(value);
  }
}

std::vector<const void*> elements_of(const TypeInfo& type, const void* at) {
  std::vector<const void*> elements;
  for (size_t i = 0; at && i < type.vector_size(at); ++i) elements.push_back(type.vector_at(at, i));
  return elements;
}

std::map<std::string, const void*> entries_of(const TypeInfo& type, const void* at) {
  std::map<std::string, const void*> entries;
  if (!at) return entries;
  type.map_visit(at, &entries, [](void* to, const std::string& key, const void* value) {
    static_cast<std::map<std::string, const void*>*>(to)->emplace(key, value);
  });
  return entries;
}

// The field that tells the elements of a list apart, or null.
const Field* identity(const StructInfo& info) {
  const Field* field = info.label();
  if (!field) field = info.by_json("Name");
  return field && field->type->kind == Kind::String ? field : nullptr;
}

class Differ {
 public:
  explicit Differ(const DiffOptions& options) : options_(options) {}

  ObjectDiff object(std::string_view name, const TypeInfo& type, Sides sides, uint32_t flags) {
    ObjectDiff out{.name = std::string(name), .flags = flags};
    for (const Field& field : type.fields().fields) {
      if (field.flag_bits & (kReadOnly | kNoDiff)) continue;
      const Place place{field.json, field.flag_bits | (flags & kInherited)};
      member(out, *field.type, place,
             {sides.before ? field.in(sides.before) : nullptr, sides.after ? field.in(sides.after) : nullptr});
    }
    finish(out, sides.before, sides.after);
    return out;
  }

 private:
  static constexpr uint32_t kInherited = kSecret | kDestructive;
  static constexpr FieldFilter kShown{.skip_flags = kReadOnly | kNoDiff};

  void member(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    if (is_scalar(type))
      return scalar(out, place.field, place, text_of(type, sides.before), text_of(type, sides.after));
    switch (type.kind) {
      case Kind::Struct:
        return structure(out, type, place, sides);
      case Kind::Optional:
        return member(out, type.element(), place,
                      {sides.before ? type.optional_get(sides.before) : nullptr,
                       sides.after ? type.optional_get(sides.after) : nullptr});
      case Kind::Vector:
        return vector(out, type, place, sides);
      case Kind::Map:
        return map(out, type, place, sides);
      default:
        return tree(out, type, place, sides);
    }
  }

  void structure(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    if (sides.none()) return;
    ObjectDiff nested = object(place.field, type, sides, place.flags);
    if (nested.fields.empty() && nested.objects.empty()) return;
    add(out, std::move(nested), place, {});
  }

  void vector(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    const TypeInfo& element = type.element();
    if (is_scalar(element)) return scalars(out, type, place, sides);
    if (element.kind != Kind::Struct) return tree(out, type, place, sides);
    const auto before = elements_of(type, sides.before);
    const auto after = elements_of(type, sides.after);
    if (const Field* key = identity(element.fields())) return labelled(out, element, *key, place, before, after);
    unlabelled(out, element, place, before, after);
  }

  void map(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    const TypeInfo& element = type.element();
    if (!is_scalar(element) && element.kind != Kind::Struct) return tree(out, type, place, sides);
    auto after = entries_of(type, sides.after);
    std::map<std::string, Sides> both;
    for (const auto& [key, value] : entries_of(type, sides.before)) both[key].before = value;
    for (const auto& [key, value] : after) both[key].after = value;
    for (const auto& [key, entry] : both) {
      const std::string name = fmt::format("{}[{}]", place.field, key);
      if (is_scalar(element)) {
        entry_field(out, name, element, place, entry);
      } else {
        add(out, object(name, element, entry, place.flags), place, key);
      }
    }
  }

  // An entry with an empty value is there none the less.
  void entry_field(ObjectDiff& out, const std::string& name, const TypeInfo& element, Place place, Sides entry) {
    const std::string before = text_of(element, entry.before), after = text_of(element, entry.after);
    field(out, name, place, type_of_change(entry.before, entry.after, before != after), before, after);
  }

  // As in Nomad, "" is the same as nothing.
  void scalar(ObjectDiff& out, std::string_view name, Place place, const std::string& before,
              const std::string& after) {
    if (before.empty() && after.empty() && !options_.contextual) return;
    field(out, name, place, type_of_change(!before.empty(), !after.empty(), before != after), before, after);
  }

  void field(ObjectDiff& out, std::string_view name, Place place, DiffType type, const std::string& before,
             const std::string& after) {
    if (type == DiffType::None && !options_.contextual) return;
    const auto shown = [&](const std::string& text) {
      return place.secret() && !text.empty() ? std::string(kRedacted) : text;
    };
    out.fields.push_back({.type = type,
                          .name = std::string(name),
                          .old_value = shown(before),
                          .new_value = shown(after),
                          .flags = place.flags});
  }

  // A list of scalars is compared as a set that may hold a value twice.
  void scalars(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    std::vector<std::string> before, after;
    for (const void* at : elements_of(type, sides.before)) before.push_back(scalar_text(type.element(), at));
    for (const void* at : elements_of(type, sides.after)) after.push_back(scalar_text(type.element(), at));
    ObjectDiff list{.name = place.field, .flags = place.flags};
    const std::multiset<std::string> old_set(before.begin(), before.end()), new_set(after.begin(), after.end());
    if (old_set == new_set && before != after) {
      reordered(list, place, before, after);
    } else {
      set_fields(list, place, old_set, new_set);
    }
    finish(list, !before.empty(), !after.empty());
    add(out, std::move(list), place, {});
  }

  void reordered(ObjectDiff& list, Place place, const std::vector<std::string>& before,
                 const std::vector<std::string>& after) {
    for (size_t i = 0; i < before.size(); ++i) {
      const DiffType type = before[i] == after[i] ? DiffType::None : DiffType::Edited;
      field(list, fmt::format("{}[{}]", place.field, i), place, type, before[i], after[i]);
    }
  }

  void set_fields(ObjectDiff& list, Place place, const std::multiset<std::string>& before,
                  const std::multiset<std::string>& after) {
    std::set<std::string> values(before.begin(), before.end());
    values.insert(after.begin(), after.end());
    for (const std::string& value : values) {
      const size_t was = before.count(value), is = after.count(value);
      for (size_t i = 0; i < std::min(was, is); ++i) field(list, place.field, place, DiffType::None, value, value);
      for (size_t i = is; i < was; ++i) field(list, place.field, place, DiffType::Deleted, value, "");
      for (size_t i = was; i < is; ++i) field(list, place.field, place, DiffType::Added, "", value);
    }
  }

  // Elements of the same label are paired in their order.
  void labelled(ObjectDiff& out, const TypeInfo& element, const Field& key, Place place,
                const std::vector<const void*>& before, const std::vector<const void*>& after) {
    const auto label = [&](const void* at) { return *static_cast<const std::string*>(key.in(at)); };
    std::map<std::string, std::vector<Sides>> by_label;
    for (const void* at : before) by_label[label(at)].push_back({at, nullptr});
    std::map<std::string, size_t> used;
    for (const void* at : after) {
      auto& pairs = by_label[label(at)];
      const size_t next = used[label(at)]++;
      if (next >= pairs.size()) pairs.push_back({nullptr, nullptr});
      pairs[next].after = at;
    }
    for (const auto& [name, pairs] : by_label) {
      for (const Sides& sides : pairs) add_element(out, element, place, sides, name);
    }
  }

  void unlabelled(ObjectDiff& out, const TypeInfo& element, Place place, const std::vector<const void*>& before,
                  std::vector<const void*> after) {
    std::vector<Sides> unchanged;
    std::vector<const void*> deleted;
    for (const void* at : before) {
      const auto same = std::ranges::find_if(after, [&](const void* b) { return equal(element, at, b, kShown); });
      if (same == after.end()) {
        deleted.push_back(at);
        continue;
      }
      unchanged.push_back({at, *same});
      after.erase(same);
    }
    const auto first = static_cast<ptrdiff_t>(out.objects.size());
    for (const void* at : after) add_element(out, element, place, {nullptr, at}, {});
    for (const void* at : deleted) add_element(out, element, place, {at, nullptr}, {});
    for (const Sides& sides : unchanged) add_element(out, element, place, sides, {});
    std::sort(out.objects.begin() + first, out.objects.end(), comes_before);
  }

  // The added before the deleted before what stays; then by size and content.
  static bool comes_before(const ObjectDiff& a, const ObjectDiff& b) {
    const auto rank = [](const ObjectDiff& o) {
      return std::tuple(o.type == DiffType::None, o.type, o.fields.size(), o.objects.size());
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    const auto less = [](const FieldDiff& x, const FieldDiff& y) {
      return std::tie(x.name, x.old_value, x.new_value) < std::tie(y.name, y.old_value, y.new_value);
    };
    if (std::ranges::lexicographical_compare(a.fields, b.fields, less)) return true;
    if (std::ranges::lexicographical_compare(b.fields, a.fields, less)) return false;
    return std::ranges::lexicographical_compare(a.objects, b.objects, comes_before);
  }

  void add_element(ObjectDiff& out, const TypeInfo& element, Place place, Sides sides, const std::string& label) {
    const char* name = element.fields().name;
    add(out, object(*name ? name : place.field, element, sides, place.flags), place, label);
  }

  // Anything else is compared leaf by leaf.
  void tree(ObjectDiff& out, const TypeInfo& type, Place place, Sides sides) {
    ObjectDiff object{.name = place.field, .flags = place.flags};
    const Texts before = leaves(type, place, sides.before), after = leaves(type, place, sides.after);
    std::set<std::string> names;
    for (const auto& [name, text] : before) names.insert(name);
    for (const auto& [name, text] : after) names.insert(name);
    for (const std::string& name : names) {
      const auto was = before.find(name), is = after.find(name);
      const std::string old_text = was == before.end() ? "" : was->second,
                        new_text = is == after.end() ? "" : is->second;
      field(object, name, place, type_of_change(was != before.end(), is != after.end(), old_text != new_text), old_text,
            new_text);
    }
    finish(object, !before.empty(), !after.empty());
    add(out, std::move(object), place, {});
  }

  static Texts leaves(const TypeInfo& type, Place place, const void* at) {
    Texts texts;
    if (!at) return texts;
    const Value value = to_value(type, at, {.redact = true, .skip_flags = kReadOnly | kNoDiff});
    flatten(value, value.as_object() ? "" : place.field, texts);
    return texts;
  }

  static void finish(ObjectDiff& object, bool before, bool after) {
    std::ranges::sort(object.fields, {}, [](const FieldDiff& f) { return std::tie(f.name, f.old_value, f.new_value); });
    const auto changed = [](const auto& part) { return part.type != DiffType::None; };
    const bool differs = std::ranges::any_of(object.fields, changed) || std::ranges::any_of(object.objects, changed);
    object.type = type_of_change(before, after, differs);
  }

  void add(ObjectDiff& out, ObjectDiff object, Place place, const std::string& label) {
    const bool empty = object.fields.empty() && object.objects.empty();
    if (object.type == DiffType::None && (empty || !options_.contextual)) return;
    object.field = place.field;
    object.label = label;
    out.objects.push_back(std::move(object));
  }

  const DiffOptions& options_;
};

}  // namespace

ObjectDiff diff(std::string_view name, const TypeInfo& type, const void* before, const void* after,
                const DiffOptions& options) {
  return Differ(options).object(name, type, {before, after}, 0);
}

}  // namespace drover::codec
