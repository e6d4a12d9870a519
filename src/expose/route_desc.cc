#include "codec/describe.h"
#include "expose/route.h"

namespace drover::expose {

void describe(codec::StructBuilder& d, Target& r) {
  auto& [url, is_proxy] = r;
  d.name("Target");
  d.field(1, url, "URL");
  d.field(2, is_proxy, "IsProxy");
}

void describe(codec::StructBuilder& d, Route& r) {
  auto& [status, reason, message, job, task, targets] = r;
  d.name("Route");
  d.field(1, status, "Status");
  d.field(2, reason, "Reason");
  d.field(3, message, "Message");
  d.field(4, job, "Job");
  d.field(5, task, "Task");
  d.field(6, targets, "Targets");
}

}  // namespace drover::expose
