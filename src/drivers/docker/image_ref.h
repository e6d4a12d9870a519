#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace drover::drivers {

// "redis", "ghcr.io/org/app:1.2", "localhost:5000/x@sha256:…".
struct ImageRef {
  std::string registry;    // "docker.io" if none is named.
  std::string repository;  // As given, with the registry: "redis", "ghcr.io/org/app".
  std::string tag;         // "latest" if neither tag nor digest is given; "" beside a digest.
  std::string digest;      // "sha256:…"

  // What the daemon knows it by: "redis:latest".
  std::string str() const { return digest.empty() ? repository + ":" + tag : repository + "@" + digest; }
};

// A leading "https://" or "docker://" is dropped, as Nomad does. InvalidArgument says what is wrong.
Result<ImageRef> parse_image_ref(std::string_view text);

}  // namespace drover::drivers
