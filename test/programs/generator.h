/// Random well-typed programs, a function of a seed.
#pragma once
#include "ir/module.h"
#include "test/programs/profile.h"
#include <memory>

namespace dl::test {

/// A module whose last function is the entry @f, of about `size` operations. Names of parameters choose what they are
/// filled with (inputs.h).
std::unique_ptr<ir::Module> generateProgram(uint64_t seed, Profile profile, int size);

} // namespace dl::test
