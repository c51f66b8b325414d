/// What must hold of any program, checked on one.
#pragma once
#include "test/programs/profile.h"
#include <cstdint>
#include <optional>
#include <string>

namespace dl::test {

struct Broken {
  std::string law;    ///< one of the names in laws.cpp
  std::string detail; ///< what was seen
};
struct Outcome {
  std::optional<Broken> broken;
  bool refused = false; ///< the compiler reported a diagnostic: nothing was compared
  std::string reason;   ///< of the refusal
};

/// Checks all laws on the text of a program whose last function is the entry. `seed` chooses the arguments and, for the
/// passes that may be left out, which. Without `compiles` only evaluated programs are compared: many more in the time.
Outcome checkProgram(const std::string &text, Profile profile, uint64_t seed, bool compiles = true);

} // namespace dl::test
