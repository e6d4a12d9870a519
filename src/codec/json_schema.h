#pragma once

#include "codec/fwd.h"
#include "codec/value.h"

#include <map>
#include <string>
#include <vector>

// JSON Schemas (draft-07, which editors know best) of described types: what decode() accepts, with the documentation
// and the defaults of the fields.
namespace drover::codec {

class JsonSchemas {
 public:
  struct Options {
    bool closed = false;  // unknown keys are wrong
  };
  explicit JsonSchemas(Options options) : options_(options) {}

  // The schema of a value of this type that is not null. Structs become references to definitions().
  Value of(const TypeInfo& type);
  template <class T>
  Value of() {
    return of(type_of<T>());
  }

  // The structs that of() has met, each under its name.
  Value definitions() const;

 private:
  Value reference(const StructInfo& info);
  Value structure(const StructInfo& info);

  Options options_;
  std::map<const StructInfo*, std::string> names_;
  std::map<std::string, Value> definitions_;
};

// A whole schema: `root` with what belongs around it.
Value json_schema_document(std::string_view title, std::string_view description, Value root, Value definitions);

}  // namespace drover::codec
