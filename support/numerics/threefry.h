/// Threefry-2x32 with 20 rounds, over any algebra of 32-bit elements.
#pragma once
#include "support/numerics/expression.h"

namespace dl::num {

template <Algebra A> struct Words {
  B<A> first, second;
};

template <Algebra A> Words<A> threefry(Words<A> key, Words<A> counter) {
  static_assert(A::kWidth == 32);
  constexpr int kRotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
  const B<A> keys[] = {key.first, key.second, (key.first ^ key.second) ^ key.first.constant(0x1BD11BDA)};
  B<A> x = counter.first + keys[0], y = counter.second + keys[1];
  for (int round = 0; round < 20; ++round) {
    int rotation = kRotations[round % 8];
    x = x + y;
    y = ((y << rotation) | (y >> (32 - rotation))) ^ x;
    if (round % 4 != 3) continue;
    int injection = round / 4 + 1;
    x = x + keys[injection % 3];
    y = y + keys[(injection + 1) % 3] + injection;
  }
  return {x, y};
}

} // namespace dl::num
