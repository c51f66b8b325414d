#include "data/file.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace dl::data {
namespace {

/// The file beside the target while it is being written; removed unless it was renamed.
struct Temporary {
  std::string path;
  int file = -1;
  ~Temporary() {
    if (file >= 0) ::close(file);
    if (!path.empty()) ::unlink(path.c_str());
  }
};

bool writeAll(int file, std::span<const uint8_t> part) {
  for (size_t at = 0; at < part.size();) {
    ssize_t count = ::write(file, part.data() + at, std::min<size_t>(part.size() - at, size_t{1} << 30));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
  }
  return true;
}

} // namespace

Status replaceFile(const std::string &path, const std::vector<std::span<const uint8_t>> &parts) {
  auto failed = [&] { return failure(std::strerror(errno)); };
  Temporary temporary;
  std::string beside = path + ".tmp" + std::to_string(::getpid());
  temporary.file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (temporary.file < 0) return failed();
  temporary.path = beside;
  for (std::span<const uint8_t> part : parts)
    if (!writeAll(temporary.file, part)) return failed();
  if (::fsync(temporary.file) != 0) return failed();
  int file = temporary.file;
  temporary.file = -1;
  if (::close(file) != 0) return failed();
  if (std::rename(beside.c_str(), path.c_str()) != 0) return failed();
  temporary.path.clear();
  // The new name must survive a crash too; a file system that cannot sync folders is no reason to fail.
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return Done{};
}

Status writeFileAtomically(const std::string &path, const std::vector<std::span<const uint8_t>> &parts) {
  if (Status written = replaceFile(path, parts); !written) return failure("cannot write `" + path + "`: " + written.message());
  return Done{};
}

Status writeFileAtomically(const std::string &path, std::string_view text) { return writeFileAtomically(path, {bytesOf(text)}); }

} // namespace dl::data
