#include "codec/compare.h"
#include "codec/describe.h"
#include "state/apply.h"

#include <set>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::ServiceRegistration;

namespace {

Status check_ids(const Snapshot& view, const SetServices& command) {
  for (const ServiceRegistration& service : command.services) {
    if (service.id.empty()) {
      return err(ErrorCode::InvalidArgument, "service \"{}\" of allocation {} has no id", service.service_name,
                 command.alloc_id.str());
    }
    const auto* stored = view.services().find(service.id);
    if (stored && (*stored)->alloc_id != command.alloc_id) {
      return err(ErrorCode::InvalidArgument, "service \"{}\" belongs to allocation {}, not to {}", service.id,
                 (*stored)->alloc_id.str(), command.alloc_id.str());
    }
  }
  return Ok{};
}

void put_if_changed(Draft& draft, ServiceRegistration service, const Allocation& alloc) {
  service.ns = alloc.ns;
  service.job_id = alloc.job_id;
  service.alloc_id = alloc.id;
  service.node_id = alloc.node_id;
  if (const auto* stored = draft.view().services().find(service.id)) {
    service.create_index = (*stored)->create_index;
    service.modify_index = (*stored)->modify_index;
    if (codec::equal(**stored, service)) return;
  }
  draft.put_service(std::move(service));
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const SetServices& command) {
  const Row<Allocation> alloc = draft.view().alloc(command.alloc_id);
  if (!alloc) return err(ErrorCode::NotFound, "no allocation with id {}", command.alloc_id.str());
  TRY(check_ids(draft.view(), command));

  std::set<std::string> kept;
  if (!alloc->terminal()) {
    for (const ServiceRegistration& service : command.services) kept.insert(service.id);
  }
  for (const auto& stored : draft.view().services_of_alloc(alloc->id)) {
    if (!kept.contains(stored->id)) draft.erase_service(stored->id);
  }
  if (!alloc->terminal()) {
    for (const ServiceRegistration& service : command.services) put_if_changed(draft, service, *alloc);
  }
  return Reply{};
}

}  // namespace drover::state
