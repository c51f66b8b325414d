/// Decompression through zlib, where the caller says how much it expects before memory is taken.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace dl::data {

/// Deflate cannot expand more than this, so a larger claim is a lie.
inline constexpr int64_t kMostExpansion = 1032;

/// A stream of decompressed bytes.
class Inflater {
public:
  enum class Wrapper : uint8_t { Gzip, None };
  Inflater(std::span<const uint8_t> compressed, Wrapper wrapper);
  ~Inflater();
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;
  /// Fills all of `into`; an error says whether the stream is damaged or ends too early.
  Status read(std::span<uint8_t> into);
  /// Checks that the stream ends here (with its checksum, where it has one).
  Status finish();

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace dl::data
