#include "jobspec/specified.h"

#include "codec/compare.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "hcl/eval.h"
#include "jobspec/hcl_reader.h"
#include "jobspec/schema.h"

namespace drover::jobspec {
namespace {

using codec::Kind;
using codec::TypeInfo;
using codec::Value;

// What a block of HCL says when nothing is written in it.
Value empty_block(const Schema& schema) {
  Value out = Value::Object{};
  const auto end = rules_of(schema).end;
  if (end == nullptr) return out;
  Diagnostics ignored;
  hcl::Evaluator evaluator({}, ignored);
  const hcl::Scope scope;
  SourceMap sources;
  HclReader reader({.evaluator = evaluator, .scope = &scope, .diagnostics = ignored}, sources);
  end({reader, hcl::Range{}}, out);
  return out.as_object() ? out : Value(Value::Object{});
}

Value specified(const TypeInfo& type, const void* object, const Schema* schema);

Value specified_struct(const codec::StructInfo& info, const void* object, const Schema& schema) {
  const Value implied = empty_block(schema);
  Value out = Value::Object{};
  for (const codec::Field& field : info.fields) {
    if (field.has(codec::kReadOnly)) continue;
    const Value* other_default = implied.find(field.json);
    const bool is_default = other_default ? codec::to_value(*field.type, field.in(object)) == *other_default
                                          : codec::equal(*field.type, field.in(object), field.in(info.defaults));
    if (is_default && !field.has(codec::kLabel)) continue;
    const Key* key = schema.by_json(field.json);
    Value value = specified(*field.type, field.in(object), key ? key->block : nullptr);
    if (!value.is_null()) out.set(field.json, std::move(value));
  }
  return out;
}

Value specified_list(const TypeInfo& type, const void* object, const Schema* schema) {
  Value::Array out;
  for (size_t i = 0; i < type.vector_size(object); ++i) {
    out.push_back(specified(type.element(), type.vector_at(object, i), schema));
  }
  return out;
}

Value specified_map(const TypeInfo& type, const void* object, const Schema* schema) {
  struct Visit {
    const TypeInfo& element;
    const Schema* schema;
    Value::Object out;
  } visit{type.element(), schema, {}};
  type.map_visit(object, &visit, [](void* context, const std::string& key, const void* value) {
    auto& to = *static_cast<Visit*>(context);
    to.out.emplace_back(key, specified(to.element, value, to.schema));
  });
  return std::move(visit.out);
}

Value specified(const TypeInfo& type, const void* object, const Schema* schema) {
  switch (type.kind) {
    case Kind::Struct:
      return schema ? specified_struct(type.fields(), object, *schema) : codec::to_value(type, object);
    case Kind::Optional:
      return type.optional_get(object) ? specified(type.element(), type.optional_get(object), schema) : Value();
    case Kind::Vector:
      return specified_list(type, object, schema);
    case Kind::Map:
      return specified_map(type, object, schema);
    default:
      return codec::to_value(type, object);
  }
}

}  // namespace

Value specified_tree(const model::Job& job) {
  return specified(codec::type_of<model::Job>(), &job, &job_schema());
}

}  // namespace drover::jobspec
