#include <arpa/inet.h>

#include "base/strings.h"
#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Context = CallContext;
using Bits = unsigned __int128;

// An IP network. An address of IPv4 is in the lowest 32 bits.
struct Network {
  bool v6 = false;
  Bits address = 0;  // The bits after the prefix are zero.
  int prefix = 0;

  int width() const { return v6 ? 128 : 32; }
  int host_bits() const { return width() - prefix; }
};

constexpr int kMaxNewBits = 32;  // As Nomad has it.

// The lowest `count` bits; REQUIRES 0 <= count <= 128.
Bits low_bits(int count) {
  return count >= 128 ? ~Bits{0} : (Bits{1} << count) - 1;
}

std::string address_text(Bits address, bool v6) {
  unsigned char bytes[16] = {};
  const int size = v6 ? 16 : 4;
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(address >> (8 * (size - 1 - i)));
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, text, sizeof text);
}

std::string network_text(const Network& network) {
  return fmt::format("{}/{}", address_text(network.address, network.v6), network.prefix);
}

std::optional<Network> parse_network(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string address = text.substr(0, slash);
  const std::optional<int64_t> prefix = parse_int(text.substr(slash + 1));
  Network out;
  out.v6 = address.find(':') != std::string::npos;
  unsigned char bytes[16] = {};
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1) return std::nullopt;
  if (!prefix || *prefix < 0 || *prefix > out.width()) return std::nullopt;
  for (int i = 0; i < out.width() / 8; ++i) out.address = out.address << 8 | bytes[i];
  out.prefix = static_cast<int>(*prefix);
  out.address &= ~low_bits(out.host_bits());
  return out;
}

Result<Network> network_arg(const Context& context, size_t i) {
  TRY_LET(const std::string text, text_arg(context, i));
  if (const auto network = parse_network(text)) return *network;
  return wrong_argument(context, i, "a network such as \"10.0.0.0/8\"");
}

// Negative numbers count from the last address.
Result<Value> cidrhost(const Context& context) {
  TRY_LET(const Network network, network_arg(context, 0));
  TRY_LET(const int64_t number, integer_arg(context, 1));
  const Bits last = low_bits(network.host_bits());
  const Bits distance = number < 0 ? static_cast<Bits>(-(number + 1)) : static_cast<Bits>(number);
  if (distance > last) return bad_call(fmt::format("{} has no host {}", network_text(network), number));
  return Value(address_text(network.address | (number < 0 ? last - distance : distance), network.v6));
}

Result<Value> cidrnetmask(const Context& context) {
  TRY_LET(const Network network, network_arg(context, 0));
  const Bits mask = low_bits(network.width()) & ~low_bits(network.host_bits());
  return Value(address_text(mask, network.v6));
}

// The new prefix, or why `bits` cannot be added to the old one.
Result<int> longer_prefix(const Network& network, int64_t bits, int64_t minimum) {
  if (bits < minimum || bits > kMaxNewBits) {
    return bad_call(fmt::format("a prefix is extended by {} to {} bits, found {}", minimum, kMaxNewBits, bits));
  }
  if (bits > network.host_bits()) {
    return bad_call(fmt::format("{} has no room for {} more bits", network_text(network), bits));
  }
  return network.prefix + static_cast<int>(bits);
}

Result<Value> cidrsubnet(const Context& context) {
  TRY_LET(Network network, network_arg(context, 0));
  TRY_LET(const int64_t bits, integer_arg(context, 1));
  TRY_LET(const int64_t number, integer_arg(context, 2));
  TRY_LET(const int prefix, longer_prefix(network, bits, 0));
  if (number < 0 || static_cast<Bits>(number) > low_bits(static_cast<int>(bits))) {
    return bad_call(fmt::format("there is no network {} with {} bits", number, bits));
  }
  network.prefix = prefix;
  if (network.host_bits() < 128) network.address |= static_cast<Bits>(number) << network.host_bits();
  return Value(network_text(network));
}

// cidrsubnets(prefix, newbits…): one after the other, each at the next place that fits it.
Result<Value> cidrsubnets(const Context& context) {
  TRY_LET(const Network network, network_arg(context, 0));
  const Bits last = network.address | low_bits(network.host_bits());
  Bits next = network.address;
  bool full = false;
  Value::List out;
  for (size_t i = 1; i < context.args.size(); ++i) {
    TRY(context.budget.charge_steps(1));
    TRY_LET(const int64_t bits, integer_arg(context, i));
    TRY_LET(const int prefix, longer_prefix(network, bits, 1));
    const Network subnet{.v6 = network.v6, .address = 0, .prefix = prefix};
    const Bits span = low_bits(subnet.host_bits());
    const Bits start = (next + span) & ~span;
    if (full || start < next || start > last) {
      return bad_call(fmt::format("{} has no room left for network {}", network_text(network), i));
    }
    out.emplace_back(network_text({.v6 = network.v6, .address = start, .prefix = prefix}));
    full = last - start <= span;
    next = full ? start : start + span + 1;
  }
  return Value(std::move(out));
}

constexpr Function kFunctions[] = {
    {"cidrhost", 2, 2, cidrhost},
    {"cidrnetmask", 1, 1, cidrnetmask},
    {"cidrsubnet", 3, 3, cidrsubnet},
    {"cidrsubnets", 1, Function::kAnyNumber, cidrsubnets},
};

}  // namespace

std::span<const Function> address_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
