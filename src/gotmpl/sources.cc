#include "gotmpl/sources.h"

#include "base/strings.h"

namespace drover::gotmpl {
namespace {

std::string_view label(Dependency::Kind kind) {
  switch (kind) {
    case Dependency::Kind::Env:
      return "env";
    case Dependency::Kind::File:
      return "file";
    case Dependency::Kind::Key:
      return "kv.block";
    case Dependency::Kind::KeyPrefix:
      return "kv.list";
    case Dependency::Kind::Service:
      return "health.service";
    case Dependency::Kind::Connect:
      return "health.connect";
    case Dependency::Kind::Services:
      return "catalog.services";
    case Dependency::Kind::Node:
      return "catalog.node";
    case Dependency::Kind::Nodes:
      return "catalog.nodes";
    case Dependency::Kind::Datacenters:
      return "catalog.datacenters";
    case Dependency::Kind::CaRoots:
      return "connect.caroots";
    case Dependency::Kind::CaLeaf:
      return "connect.caleaf";
    case Dependency::Kind::Partitions:
      return "list.partitions";
    case Dependency::Kind::Peerings:
      return "list.peerings";
    case Dependency::Kind::ExportedServices:
      return "list.exportedServices";
    case Dependency::Kind::Secret:
      return "vault.read";
    case Dependency::Kind::SecretList:
      return "vault.list";
    case Dependency::Kind::PkiCert:
      return "vault.pki";
    case Dependency::Kind::NomadService:
      return "nomad.service";
    case Dependency::Kind::NomadServices:
      return "nomad.services";
    case Dependency::Kind::NomadVar:
      return "nomad.var.block";
    case Dependency::Kind::NomadVarList:
      return "nomad.var.list";
  }
  return {};
}

}  // namespace

std::string Dependency::to_string() const {
  // The data that is written to Vault may be secret: the path is enough to tell which one it is.
  const bool only_first = (kind == Kind::Secret || kind == Kind::PkiCert) && !args.empty();
  const std::string shown = only_first ? args[0] : join(args, ",");
  return shown.empty() ? std::string(label(kind)) : fmt::format("{}({})", label(kind), printable(shown));
}

}  // namespace drover::gotmpl
