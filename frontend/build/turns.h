/// Names of what the turns of a `repeat` make: "net.layers[3].weight", or, of all turns of a rolled one, "net.layers[*].weight".
#pragma once
#include "frontend/build/value.h"
#include <utility>

namespace dl::frontend {

/// The name without turns, and the turns (-1: all), from outside: keys are folded with them, as with those of loops.
std::string withoutTurns(const std::string &path, std::vector<int64_t> &turns);
/// One member, once for all turns of a rolled `repeat`, once for a turn that is written out.
bool mixesTurns(const std::string &a, const std::string &b);
/// The first "[*]" as "[number]".
std::string pathOfPart(std::string path, const std::string &number);
/// What stands under a name: "block[*]" is a stack, "block[0]", "block[1]" are a tuple.
std::optional<Val> valueOfTurns(const std::vector<std::pair<std::string, Val>> &members, const std::string &name);

} // namespace dl::frontend
