#include "model/device_attribute.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/strings.h"

namespace drover::model {
namespace {

enum class Quantity : uint8_t { None, Bytes, BytesPerSecond, Hertz, Watts };

struct Unit {
  std::string_view name;
  Quantity quantity;
  int64_t factor;  // of the smallest unit of the quantity
};

constexpr int64_t kKilo = 1000, kMega = kKilo * kKilo, kGiga = kMega * kKilo, kTera = kGiga * kKilo;
constexpr int64_t kKibi = 1024, kMebi = kKibi * kKibi, kGibi = kMebi * kKibi, kTebi = kGibi * kKibi;

constexpr std::array<Unit, 37> kUnits = {{
    {"B", Quantity::Bytes, 1},
    {"kB", Quantity::Bytes, kKilo},
    {"KB", Quantity::Bytes, kKilo},
    {"MB", Quantity::Bytes, kMega},
    {"GB", Quantity::Bytes, kGiga},
    {"TB", Quantity::Bytes, kTera},
    {"PB", Quantity::Bytes, kTera* kKilo},
    {"EB", Quantity::Bytes, kTera* kMega},
    {"KiB", Quantity::Bytes, kKibi},
    {"MiB", Quantity::Bytes, kMebi},
    {"GiB", Quantity::Bytes, kGibi},
    {"TiB", Quantity::Bytes, kTebi},
    {"PiB", Quantity::Bytes, kTebi* kKibi},
    {"EiB", Quantity::Bytes, kTebi* kMebi},
    {"B/s", Quantity::BytesPerSecond, 1},
    {"kB/s", Quantity::BytesPerSecond, kKilo},
    {"KB/s", Quantity::BytesPerSecond, kKilo},
    {"MB/s", Quantity::BytesPerSecond, kMega},
    {"GB/s", Quantity::BytesPerSecond, kGiga},
    {"TB/s", Quantity::BytesPerSecond, kTera},
    {"PB/s", Quantity::BytesPerSecond, kTera* kKilo},
    {"EB/s", Quantity::BytesPerSecond, kTera* kMega},
    {"KiB/s", Quantity::BytesPerSecond, kKibi},
    {"MiB/s", Quantity::BytesPerSecond, kMebi},
    {"GiB/s", Quantity::BytesPerSecond, kGibi},
    {"TiB/s", Quantity::BytesPerSecond, kTebi},
    {"PiB/s", Quantity::BytesPerSecond, kTebi* kKibi},
    {"EiB/s", Quantity::BytesPerSecond, kTebi* kMebi},
    {"Hz", Quantity::Hertz, 1},
    {"kHz", Quantity::Hertz, kKilo},
    {"MHz", Quantity::Hertz, kMega},
    {"GHz", Quantity::Hertz, kGiga},
    {"mW", Quantity::Watts, 1},
    {"W", Quantity::Watts, kKilo},
    {"kW", Quantity::Watts, kMega},
    {"MW", Quantity::Watts, kGiga},
    {"GW", Quantity::Watts, kTera},
}};
constexpr Unit kNoUnit = {"", Quantity::None, 1};

const Unit& find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit;
  }
  return kNoUnit;
}

std::optional<DeviceAttribute> parse_number(std::string_view number, std::string_view unit) {
  if (const auto whole = parse_int(number)) return DeviceAttribute{.value = *whole, .unit = std::string(unit)};
  const auto fraction = parse_double(number);
  if (!fraction || !std::isfinite(*fraction)) return std::nullopt;
  return DeviceAttribute{.value = *fraction, .unit = std::string(unit)};
}

int order(auto a, auto b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Either kind of number in the smallest unit of its quantity.
long double scaled(const DeviceAttribute& attribute, const Unit& unit) {
  const auto* whole = std::get_if<int64_t>(&attribute.value);
  const long double number =
      whole ? static_cast<long double>(*whole) : static_cast<long double>(std::get<double>(attribute.value));
  return number * static_cast<long double>(unit.factor);
}

bool is_number(const DeviceAttribute& attribute) {
  return std::holds_alternative<int64_t>(attribute.value) || std::holds_alternative<double>(attribute.value);
}

std::optional<int> compare_numbers(const DeviceAttribute& a, const DeviceAttribute& b) {
  const Unit& x = find_unit(a.unit);
  const Unit& y = find_unit(b.unit);
  if (x.quantity != y.quantity) return std::nullopt;
  const auto* m = std::get_if<int64_t>(&a.value);
  const auto* n = std::get_if<int64_t>(&b.value);
  if (m && n) return order(static_cast<__int128>(*m) * x.factor, static_cast<__int128>(*n) * y.factor);
  return order(scaled(a, x), scaled(b, y));
}

}  // namespace

DeviceAttribute DeviceAttribute::parse(std::string_view text) {
  text = trim(text);
  if (text == "true" || text == "false") return {.value = text == "true", .unit = ""};
  if (auto number = parse_number(text, "")) return *number;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    if (auto number = parse_number(trim(text.substr(0, text.size() - unit.name.size())), unit.name)) return *number;
  }
  return {.value = std::string(text), .unit = ""};
}

std::string DeviceAttribute::to_text() const {
  std::string text;
  if (const auto* word = std::get_if<std::string>(&value)) text = *word;
  if (const auto* flag = std::get_if<bool>(&value)) text = *flag ? "true" : "false";
  if (const auto* whole = std::get_if<int64_t>(&value)) text = std::to_string(*whole);
  if (const auto* fraction = std::get_if<double>(&value)) {
    std::array<char, 32> digits{};
    text.assign(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *fraction).ptr);
  }
  return unit.empty() ? text : text + " " + unit;
}

std::optional<int> compare(const DeviceAttribute& a, const DeviceAttribute& b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b);
  if (a.value.index() != b.value.index()) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(&a.value)) return order(*flag, std::get<bool>(b.value));
  return order(std::get<std::string>(a.value).compare(std::get<std::string>(b.value)), 0);
}

bool matches_device(Operator op, const std::optional<DeviceAttribute>& left,
                    const std::optional<DeviceAttribute>& right, MatchCache& cache) {
  const bool compares = op == Operator::Equal || op == Operator::NotEqual || is_ordering(op);
  if (!compares || !left || !right) {
    const auto text = [](const auto& side) { return side ? std::optional(side->to_text()) : std::nullopt; };
    return matches(op, text(left), text(right), cache);
  }
  const auto result = compare(*left, *right);
  if (!result) return false;
  switch (op) {
    case Operator::Equal:
      return *result == 0;
    case Operator::NotEqual:
      return *result != 0;
    case Operator::Less:
      return *result < 0;
    case Operator::LessEqual:
      return *result <= 0;
    case Operator::Greater:
      return *result > 0;
    default:
      return *result >= 0;
  }
}

}  // namespace drover::model
