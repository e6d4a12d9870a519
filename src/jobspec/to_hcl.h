#pragma once

#include <string>
#include <vector>

#include "codec/value.h"
#include "model/job.h"

namespace drover::jobspec {

// Something of a job that another format has no words for: where it is (a path in the tree) and why.
struct LeftOut {
  std::string path;
  std::string reason;

  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

struct HclText {
  std::string text;
  std::vector<LeftOut> left_out;  // in the order of the tree
};

// A tree, as parse() makes them, as an HCL job file that reads back to an equal tree. What only the server sets is
// left out silently, everything else that HCL cannot say is named. In what is opaque (a driver's `config`) an object
// that is the value of a key comes back as a list of that one object, which means the same to every driver.
HclText to_hcl(const codec::Value& tree);

// The same for a job; what has its default is left out.
HclText to_hcl(const model::Job& job);

}  // namespace drover::jobspec
