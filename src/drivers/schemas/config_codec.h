#pragma once

#include "base/diagnostics.h"
#include "codec/json.h"
#include "codec/type_info.h"
#include "codec/value.h"
#include "drivers/schema.h"

#include <string>

// Reading a task's `config` into a described struct.
namespace drover::drivers {

// Brings the many shapes that one config has in job files to the one of `type`: blocks written as lists of objects
// become objects, single values lists, and scalars the kind that is asked for ("8080" → 8080, 1 → "1"). What cannot be
// converted stays, for codec::decode to refuse. Submitted: texts with "${" are dropped where no text is wanted.
codec::Value normalize_config(codec::Value config, const codec::TypeInfo& type, ConfigStage stage);

// Normalizes and decodes, refusing unknown keys.
void read_config(const codec::Value& config, const codec::TypeInfo& type, ConfigStage stage, void* out,
                 Diagnostics& problems, const std::string& path);

// REQUIRES codec/describe.h where it is called.
template <class Config>
Config read_config(const codec::Value& config, ConfigStage stage, Diagnostics& problems,
                   const std::string& path = "config") {
  Config out;
  read_config(config, codec::type_of<Config>(), stage, &out, problems, path);
  return out;
}

}  // namespace drover::drivers
