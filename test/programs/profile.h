/// What a random program is for: which operations it draws, and what may be asked of its results.
#pragma once
#include <optional>
#include <string_view>

namespace dl::test {

enum class Profile {
  Bits,   ///< every operation, element type and special value: evaluated and compiled agree at each level
  Exact,  ///< whole numbers, and operations that stay exact on them in any order: all levels agree
  Smooth, ///< f64 and differentiable: gradients agree with differences
};

inline const char *name(Profile profile) {
  return profile == Profile::Bits ? "bits" : profile == Profile::Exact ? "exact" : "smooth";
}
inline std::optional<Profile> profileOf(std::string_view text) {
  for (Profile p : {Profile::Bits, Profile::Exact, Profile::Smooth})
    if (text == name(p)) return p;
  return std::nullopt;
}

} // namespace dl::test
