#pragma once

#include <string>
#include <string_view>

// Paths with slashes, as Go's package path treats them: as texts, without looking at a disk.
namespace drover::gotmpl {

std::string path_clean(std::string_view path);
std::string path_base(std::string_view path);
std::string path_dir(std::string_view path);
std::string path_ext(std::string_view path);

}  // namespace drover::gotmpl
