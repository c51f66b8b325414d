#include "data/file.h"
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dl::data {

void Bytes::Free::operator()(uint8_t *memory) const { std::free(memory); }

Result<Bytes> Bytes::allocate(int64_t size) {
  Bytes bytes;
  bytes.memory_.reset(size < 0 ? nullptr : static_cast<uint8_t *>(std::malloc(size > 0 ? size : 1)));
  if (!bytes.memory_) return failure("out of memory for " + std::to_string(size) + " bytes");
  bytes.size_ = size;
  return bytes;
}

Bytes Bytes::copy(std::string_view text) {
  Result<Bytes> bytes = allocate(static_cast<int64_t>(text.size()));
  DL_CHECK(bytes.ok());
  if (!text.empty()) std::memcpy(bytes->data(), text.data(), text.size());
  return std::move(*bytes);
}

Result<Bytes> readFile(const std::string &path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failure("cannot read `" + path + "`: " + std::strerror(errno));
  struct Close {
    int file;
    ~Close() { ::close(file); }
  } close{file};
  struct stat status;
  if (::fstat(file, &status) != 0) return failure("cannot read `" + path + "`: " + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return failure("cannot read `" + path + "`: it is a folder");
  if (!S_ISREG(status.st_mode)) return failure("cannot read `" + path + "`: it is not a plain file");
  Result<Bytes> bytes = Bytes::allocate(status.st_size);
  if (!bytes) return failure("cannot read `" + path + "`: " + bytes.message());
  for (int64_t at = 0; at < bytes->size();) {
    ssize_t count = ::read(file, bytes->data() + at, bytes->size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("cannot read `" + path + "`: " + std::strerror(errno));
    if (count == 0) return failure("cannot read `" + path + "`: it became shorter while it was read");
    at += count;
  }
  return bytes;
}

uint64_t contentHash(std::span<const uint8_t> bytes) {
  uint64_t hash = 0x9E3779B97F4A7C15u ^ bytes.size();
  auto mix = [&](uint64_t word) {
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  };
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    mix(word);
  }
  uint64_t rest = 0;
  for (int shift = 0; at < bytes.size(); ++at, shift += 8) rest |= static_cast<uint64_t>(bytes[at]) << shift;
  mix(rest);
  hash *= 0xC4CEB9FE1A85EC53u;
  return hash ^ hash >> 29;
}

Result<std::string> contentHash(const std::string &path) {
  DL_TRY(bytes, readFile(path));
  uint64_t hash = contentHash(bytes.span());
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[hash >> shift & 15];
  return text;
}

std::string_view baseName(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

} // namespace dl::data
