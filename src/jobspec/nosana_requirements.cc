#include "jobspec/nosana_requirements.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "codec/json.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr double kMaxMegabytes = 1e9;
constexpr double kMaxGpus = 1024;

// A number, as such or as a string; nothing for anything else.
std::optional<double> number_of(const Value& value) {
  if (const int64_t* whole = value.as_int()) return static_cast<double>(*whole);
  if (const double* number = value.as_double()) return *number;
  return value.as_string() ? parse_double(trim(*value.as_string())) : std::nullopt;
}

// "12", "12.8", "12.8.1".
std::optional<std::vector<uint64_t>> version_of(std::string_view text) {
  std::vector<uint64_t> parts;
  for (const std::string& part : split(trim(text), '.')) {
    const auto number = parse_uint(part);
    if (!number || parts.size() == 4) return std::nullopt;
    parts.push_back(*number);
  }
  return parts;
}

bool asks_for_nothing(const Value& value) {
  return value.is_null() || value == Value("") || value == Value(0) || value == Value(Value::Array()) ||
         value == Value(false);
}

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read(const Value& block, const std::string& path) {
    for (const auto& [key, value] : *block.as_object()) {
      if (asks_for_nothing(value)) continue;
      read_key(key, value, fmt::format("{}.{}", path, printable(key, 80)));
    }
  }

  MachineRequirements result() const {
    MachineRequirements out{.gpu_count = gpus_};
    // Whole units where there are some: they are easier to read.
    const double gigabytes = megabytes_ / 1000;
    if (megabytes_ > 0) {
      out.memory = gigabytes == std::floor(gigabytes)
                       ? fmt::format("{} GB", static_cast<int64_t>(gigabytes))
                       : fmt::format("{} MB", static_cast<int64_t>(std::ceil(megabytes_)));
    }
    for (const uint64_t part : cuda_) out.cuda += fmt::format("{}{}", out.cuda.empty() ? "" : ".", part);
    return out;
  }

 private:
  void read_key(const std::string& key, const Value& value, const std::string& path) {
    if (key == "required_vram") {
      read_memory(value, path, 1000, "GB");
    } else if (key == "vram_total_mb") {
      read_memory(value, path, 1, "MB");
    } else if (key == "gpu_count") {
      read_count(value, path);
    } else if (key == "required_cuda") {
      read_cuda(value, path);
    } else {
      diagnostics_.warning(path, fmt::format("the requirement \"{}\" is not enforced; required_vram, vram_total_mb, "
                                             "required_cuda and gpu_count are",
                                             printable(key, 80)));
    }
  }

  void read_memory(const Value& value, const std::string& path, double megabytes, std::string_view unit) {
    const auto number = number_of(value);
    if (!number || *number < 0 || !(*number * megabytes <= kMaxMegabytes)) {
      return diagnostics_.error(path, fmt::format("expected an amount of memory in {}, as a number", unit));
    }
    megabytes_ = std::max(megabytes_, *number * megabytes);
  }

  void read_count(const Value& value, const std::string& path) {
    const auto number = number_of(value);
    if (!number || *number < 1 || *number > kMaxGpus || *number != std::floor(*number)) {
      return diagnostics_.error(path, fmt::format("expected a number of GPUs from 1 to {}", kMaxGpus));
    }
    gpus_ = std::max(gpus_.value_or(0), static_cast<int64_t>(*number));
  }

  // Any of the listed versions will do, and drivers run what was built for older ones: the lowest counts.
  void read_cuda(const Value& value, const std::string& path) {
    const Value::Array one = {value};
    std::vector<uint64_t> lowest;
    for (const Value& element : value.as_array() ? *value.as_array() : one) {
      const std::string text = element.as_string() ? *element.as_string() : codec::dump(element);
      const auto version = version_of(text);
      if (!version) {
        return diagnostics_.error(path, "expected a CUDA version such as \"12.8\", or a list of them");
      }
      if (lowest.empty() || *version < lowest) lowest = *version;
    }
    cuda_ = std::max(cuda_, lowest);
  }

  Diagnostics& diagnostics_;
  double megabytes_ = 0;
  std::optional<int64_t> gpus_;
  std::vector<uint64_t> cuda_;
};

}  // namespace

MachineRequirements machine_requirements(const Value& definition, Diagnostics& diagnostics) {
  Reader reader(diagnostics);
  const Value* meta = definition.find("meta");
  for (const char* key : {"system_requirements", "system_resources"}) {
    const Value* block = meta ? meta->find(key) : nullptr;
    if (block && block->as_object()) reader.read(*block, fmt::format("meta.{}", key));
  }
  return reader.result();
}

}  // namespace drover::jobspec
