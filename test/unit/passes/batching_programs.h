/// Loops that are maps, one for each family of operations in their bodies.
#pragma once
#include <string>
#include <vector>

namespace dl::test {

struct MapProgram {
  const char *name, *text;
};
const std::vector<MapProgram> &mapPrograms();

/// A program whose loop over %n has a body of `count` operations drawn from all families.
std::string randomMap(unsigned seed, int count);

} // namespace dl::test
