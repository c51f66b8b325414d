/// Whole files: reading, writing so that a crash leaves the old file or the new one, and hashes of contents.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dl::data {

/// The bytes of a file, or of anything else in memory. Moves keep addresses.
class Bytes {
public:
  Bytes() = default;
  /// Memory that is not cleared; nothing where it cannot be had.
  static Result<Bytes> allocate(int64_t size);
  static Bytes copy(std::string_view text);
  uint8_t *data() { return memory_.get(); }
  const uint8_t *data() const { return memory_.get(); }
  int64_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char *>(memory_.get()), static_cast<size_t>(size_)}; }
  std::span<const uint8_t> span() const { return {memory_.get(), static_cast<size_t>(size_)}; }

private:
  struct Free {
    void operator()(uint8_t *memory) const;
  };
  std::unique_ptr<uint8_t, Free> memory_;
  int64_t size_ = 0;
};

Result<Bytes> readFile(const std::string &path);

/// Writes the parts one behind the other into a file beside `path`, syncs it and renames it. When anything fails the
/// old file is untouched and nothing is left behind.
Status writeFileAtomically(const std::string &path, const std::vector<std::span<const uint8_t>> &parts);
Status writeFileAtomically(const std::string &path, std::string_view text);
/// The same; the error is the system's reason alone.
Status replaceFile(const std::string &path, const std::vector<std::span<const uint8_t>> &parts);
inline std::span<const uint8_t> bytesOf(std::string_view text) { return {reinterpret_cast<const uint8_t *>(text.data()), text.size()}; }

/// 64 bits of the contents as 16 hexadecimal digits: tells whether a file changed, protects from no one.
Result<std::string> contentHash(const std::string &path);
uint64_t contentHash(std::span<const uint8_t> bytes);

/// "a/b.csv" -> "b.csv": how messages name files.
std::string_view baseName(std::string_view path);

} // namespace dl::data
