#pragma once

#include "gotmpl/functions.h"

namespace drover::gotmpl {

// consul-template's `scratch`: a pad of named values for one rendering, with the methods Key, Get, Set, SetX, MapSet,
// MapSetX and MapValues.
class Scratch final : public Object {
 public:
  std::string_view type() const override { return "*template.Scratch"; }
  Result<Value> call(std::string_view method, const std::vector<Value>& args, Meter& meter) override;

 private:
  Result<Value> set_in_map(const std::vector<Value>& args, bool only_if_absent, Meter& meter);

  MapItems values_;
  std::map<std::string, MapItems, std::less<>> maps_;
};

}  // namespace drover::gotmpl
