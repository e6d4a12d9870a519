// Stored records and encoded commands: any bytes are safe, and what can be read is written so that it reads back the
// same.

#include <cstdint>

#include "codec/describe.h"
#include "codec/storage.h"
#include "model/allocation.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/node.h"
#include "state/command.h"

namespace {

using namespace drover;

template <class T>
void try_record(std::string_view bytes) {
  const auto object = codec::decode_record<T>(bytes);
  if (!object) return;
  const std::string record = codec::encode_record(*object);
  const auto again = codec::decode_record<T>(record);
  if (!again || codec::encode_record(*again) != record) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_record<model::Job>(bytes);
  try_record<model::Node>(bytes);
  try_record<model::Allocation>(bytes);
  try_record<model::Evaluation>(bytes);
  if (const auto command = state::decode_command(bytes)) {
    const std::string encoded = state::encode_command(*command);
    const auto again = state::decode_command(encoded);
    if (!again || state::encode_command(*again) != encoded) __builtin_trap();
  }
  return 0;
}
