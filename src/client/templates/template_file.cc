#include "client/templates/template_file.h"

#include "base/strings.h"
#include "client/templates/env_file.h"

#include <algorithm>

namespace drover::client {
namespace {

constexpr int kWaitMaxPerMin = 4;  // consul-template's, where only min is given
constexpr size_t kMaxSourceBytes = 4 << 20;

// As Nomad: what is beyond the nine permissions is not set.
uint32_t mode_of(const std::string& perms) {
  uint32_t mode = 0;
  for (const char c : perms) mode = mode * 8 + static_cast<uint32_t>(c - '0');
  return mode & 0777;
}

TemplateChangeMode mode_named(const std::string& name) {
  if (name == "noop") return TemplateChangeMode::Noop;
  if (name == "signal") return TemplateChangeMode::Signal;
  if (name == "script") return TemplateChangeMode::Script;
  return TemplateChangeMode::Restart;
}

Result<std::string> text_of(const model::Template& block, const Sandbox& sandbox, const Interpolate& interpolate) {
  if (block.source_path.empty()) return block.embedded;
  TRY_LET(const auto place, sandbox.resolve(interpolate(block.source_path)));
  TRY_LET(const auto root, sys::Directory::open(place.root, "task's directory"));
  return root.read(place.path, kMaxSourceBytes);
}

bool holds(const sys::Directory& root, const std::string& path, const std::string& text) {
  const auto info = root.stat(path);
  if (!info || info->kind != sys::FileKind::Regular || info->size != text.size()) return false;
  const auto bytes = root.read(path, text.size() + 1);
  return bytes && *bytes == text;
}

// True if the file had another text.
Result<bool> replace_file(const TemplateFile& file, const std::string& text) {
  TRY_LET(const auto root, sys::Directory::open(file.destination.root, "task's directory"));
  const std::string& path = file.destination.path;
  if (holds(root, path, text)) return false;
  if (const size_t slash = path.rfind('/'); slash != std::string::npos) {
    const std::string above = path.substr(0, slash);
    if (!root.exists(above)) TRY(root.make_directories(above, 0755));
  }
  std::optional<sys::Owner> owner;
  if (file.uid || file.gid) {
    constexpr uint32_t kUnchanged = UINT32_MAX;
    owner = sys::Owner{.uid = file.uid ? static_cast<uint32_t>(*file.uid) : kUnchanged,
                       .gid = file.gid ? static_cast<uint32_t>(*file.gid) : kUnchanged};
  }
  TRY(root.write_atomic(path, text, file.mode, owner));
  return true;
}

Status use_text(const TemplateFile& file, const std::string& text, FileRendering& out) {
  if (file.env) {
    auto variables = parse_env_file(text);
    if (!variables) return err(variables.error().context("reading the variables of " + printable(file.name)));
    out.env = std::move(*variables);
  }
  const auto changed = replace_file(file, text);
  if (!changed) return err(changed.error().context("writing " + printable(file.name)));
  out.outcome.changed = *changed;
  out.outcome.ready = true;
  out.bytes = text.size();
  return Ok{};
}

}  // namespace

TemplateRule rule_of(const model::Template& block) {
  TemplateRule rule{.mode = mode_named(block.change_mode),
                    .signal = to_upper(block.change_signal.empty() ? "SIGHUP" : block.change_signal),
                    .splay = block.splay,
                    .once = block.once};
  if (block.wait) {
    rule.wait_min = block.wait->min.value_or(Duration(0));
    rule.wait_max = block.wait->max.value_or(rule.wait_min * kWaitMaxPerMin);
  }
  return rule;
}

Result<TemplateFile> read_template(const model::Template& block, const TemplateWorld& world,
                                   const Interpolate& interpolate, uint64_t disk_bytes) {
  const std::string name = interpolate(block.dest_path);
  auto destination = world.sandbox.resolve(name);
  if (!destination) return err(destination.error().context("destination"));
  auto text = text_of(block, world.sandbox, interpolate);
  if (!text) return err(text.error().context("source of " + printable(name)));

  gotmpl::Options options{.name = block.source_path.empty() ? printable(name) : printable(block.source_path),
                          .left_delim = block.left_delim,
                          .right_delim = block.right_delim};
  if (block.error_on_missing_key) options.missing_key = gotmpl::Options::MissingKey::Error;
  options.limits.output_bytes = std::min<uint64_t>(options.limits.output_bytes, disk_bytes);
  auto body = gotmpl::Template::parse(*text, options);
  if (!body) return err(ErrorCode::InvalidArgument, "{}", body.error().message);
  return TemplateFile{.name = name,
                      .destination = std::move(*destination),
                      .mode = mode_of(block.perms),
                      .uid = block.uid,
                      .gid = block.gid,
                      .env = block.envvars,
                      .once = block.once,
                      .body = std::move(*body)};
}

FileRendering render_file(const TemplateFile& file, TemplateSources& sources, const Clock& clock) {
  FileRendering out;
  const MonoTime begun = clock.mono();
  auto rendering = file.body.render(sources, clock.now());
  if (rendering.error) {
    out.error = Error(ErrorCode::InvalidArgument, rendering.error->message);
  } else if (rendering.missing.empty()) {
    if (const auto used = use_text(file, rendering.text, out); !used) out.error = used.error();
  }
  out.outcome.used = std::move(rendering.used);
  out.outcome.missing = std::move(rendering.missing);
  out.outcome.cost = clock.mono() - begun;
  out.stamps = sources.stamps();
  return out;
}

}  // namespace drover::client
