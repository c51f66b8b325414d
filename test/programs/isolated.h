/// Checks one program in a process of its own, so that a crash or an endless loop is a finding like any other.
#pragma once
#include "test/programs/laws.h"

namespace dl::test {

Outcome checkIsolated(const std::string &text, Profile profile, uint64_t seed, bool compiles);

} // namespace dl::test
