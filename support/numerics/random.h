/// Random numbers as functions of keys: Threefry-2x32, key folding, and which word an element of `random_bits` takes.
///
/// Element e of 32 bits, with e = 32 B + 16 j + l (0 <= l < 16), is word j of threefry(key, 16 B + l): sixteen lanes
/// fill two vectors without a shuffle. An element of 64 bits is both words of threefry(key, e), the first word low.
#pragma once
#include <cstdint>

namespace dl::num {

struct Key {
  uint32_t first = 0, second = 0;
  friend bool operator==(const Key &, const Key &) = default;
};

/// The key of a seed: its low and its high word.
inline Key seedKey(uint64_t seed) { return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}; }
/// A key as one number and back: `first` is the low word.
inline uint64_t packKey(Key key) { return key.first | static_cast<uint64_t>(key.second) << 32; }
inline Key unpackKey(uint64_t word) { return seedKey(word); }

/// The block of two words for a counter.
Key threefry(Key key, uint64_t counter);
/// The key for step `index` below `key`.
inline Key foldKey(Key key, int64_t index) { return threefry(key, static_cast<uint64_t>(index)); }

uint32_t randomBits32(Key key, uint64_t element);
uint64_t randomBits64(Key key, uint64_t element);

} // namespace dl::num
