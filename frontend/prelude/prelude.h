/// The library of the language, in the language: `.dl` files embedded in the compiler, read when a name is used.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dl::frontend {

struct PreludeFile {
  std::string name;      ///< "prelude/layers.dl"
  std::string_view text;
};
/// The file that declares `name`.
std::optional<PreludeFile> preludeFileOf(const std::string &name);
/// All of them.
const std::vector<PreludeFile> &preludeFiles();
/// All names the library declares, in the order of its files.
const std::vector<std::string> &preludeNames();

} // namespace dl::frontend
