#include "support/numerics/random.h"
#include "support/numerics/scalar.h"
#include "support/numerics/threefry.h"

namespace dl::num {

Key threefry(Key key, uint64_t counter) {
  using A = ScalarAlgebra<float>;
  A algebra;
  auto word = [&](uint32_t value) { return B<A>{&algebra, value}; };
  Words<A> block = threefry<A>({word(key.first), word(key.second)},
                               {word(static_cast<uint32_t>(counter)), word(static_cast<uint32_t>(counter >> 32))});
  return {block.first.v, block.second.v};
}

uint32_t randomBits32(Key key, uint64_t element) {
  Key block = threefry(key, element / 32 * 16 + element % 16);
  return element % 32 < 16 ? block.first : block.second;
}

uint64_t randomBits64(Key key, uint64_t element) { return packKey(threefry(key, element)); }

} // namespace dl::num
