#include "data/array_table.h"
#include "data/inflate.h"
#include <cstring>
#include <zlib.h>

namespace dl::data {
namespace {

/// One file inside a zip archive.
struct Member {
  std::string name;
  int method = 0;
  uint32_t checksum = 0;
  uint64_t compressed = 0, size = 0, header = 0;
};

uint64_t little(std::span<const uint8_t> bytes, uint64_t at, int width) {
  uint64_t value = 0;
  for (int i = 0; i < width; ++i) value |= static_cast<uint64_t>(bytes[at + i]) << 8 * i;
  return value;
}

/// The 64-bit sizes of a zip64 extra field, for those that do not fit the plain entry.
bool extend(std::span<const uint8_t> extra, Member &member) {
  for (uint64_t at = 0; at + 4 <= extra.size();) {
    uint64_t kind = little(extra, at, 2), length = little(extra, at + 2, 2);
    if (length > extra.size() - at - 4) return false;
    uint64_t field = at + 4, end = field + length;
    for (uint64_t *value : {&member.size, &member.compressed, &member.header}) {
      if (kind != 1 || *value != 0xffffffff) continue;
      if (field + 8 > end) return false;
      *value = little(extra, field, 8);
      field += 8;
    }
    at = end;
  }
  return true;
}

/// The members by the archive's directory at its end.
Result<std::vector<Member>> readDirectory(std::span<const uint8_t> bytes, const std::string &name) {
  auto wrong = [&](const std::string &what) { return failure("`" + name + "`: " + what); };
  constexpr uint64_t kEnd = 22, kEntry = 46;
  if (bytes.size() < kEnd) return wrong("this is not an npz file");
  uint64_t at = bytes.size() - kEnd, first = at > 65535 ? at - 65535 : 0;
  while (little(bytes, at, 4) != 0x06054b50) {
    if (at == first) return wrong("this is not an npz file, or it was cut off");
    --at;
  }
  uint64_t count = little(bytes, at + 10, 2), entry = little(bytes, at + 16, 4);
  std::vector<Member> members;
  for (uint64_t i = 0; i < count; ++i) {
    if (entry > bytes.size() || bytes.size() - entry < kEntry || little(bytes, entry, 4) != 0x02014b50)
      return wrong("the directory of the archive is damaged");
    Member member;
    member.method = static_cast<int>(little(bytes, entry + 10, 2));
    member.checksum = static_cast<uint32_t>(little(bytes, entry + 16, 4));
    member.compressed = little(bytes, entry + 20, 4);
    member.size = little(bytes, entry + 24, 4);
    member.header = little(bytes, entry + 42, 4);
    uint64_t nameLength = little(bytes, entry + 28, 2), extra = little(bytes, entry + 30, 2);
    uint64_t comment = little(bytes, entry + 32, 2);
    if (nameLength + extra + comment > bytes.size() - entry - kEntry)
      return wrong("the directory of the archive is damaged");
    member.name.assign(reinterpret_cast<const char *>(bytes.data()) + entry + kEntry, nameLength);
    if (!extend(bytes.subspan(entry + kEntry + nameLength, extra), member))
      return wrong("the directory of the archive is damaged");
    entry += kEntry + nameLength + extra + comment;
    members.push_back(std::move(member));
  }
  return members;
}

Result<Array> readMember(std::span<const uint8_t> bytes, const Member &member, const std::string &file) {
  std::string name = file + ": " + member.name;
  auto wrong = [&](const std::string &what) { return failure("`" + name + "`: " + what); };
  constexpr uint64_t kLocal = 30;
  if (member.header > bytes.size() || bytes.size() - member.header < kLocal ||
      little(bytes, member.header, 4) != 0x04034b50)
    return wrong("the archive is damaged");
  uint64_t start = member.header + kLocal + little(bytes, member.header + 26, 2) + little(bytes, member.header + 28, 2);
  if (start > bytes.size() || member.compressed > bytes.size() - start) return wrong("the archive was cut off");
  std::span<const uint8_t> content = bytes.subspan(start, member.compressed);
  auto checked = [&](std::span<const uint8_t> plain) -> Result<Array> {
    if (crc32_z(0, plain.data(), plain.size()) != member.checksum) return wrong("the archive is damaged");
    return parseNpy(plain, name);
  };
  if (member.method == 0) return checked(content);
  if (member.method != 8) return wrong("compressed by a method that is not supported");
  if (member.size / kMostExpansion > content.size()) return wrong("the archive announces more than it can hold");
  DL_TRY(plain, Bytes::allocate(static_cast<int64_t>(member.size)));
  Inflater inflater(content, Inflater::Wrapper::None);
  if (Status status = inflater.read({plain.data(), member.size}); !status) return wrong(status.message());
  if (Status status = inflater.finish(); !status) return wrong(status.message());
  return checked(plain.span());
}

} // namespace

OpenTable openNpz(const std::string &path) {
  DL_TRY(bytes, readFile(path));
  DL_TRY(members, readDirectory(bytes.span(), path));
  auto table = std::make_unique<ArrayTable>(path);
  for (const Member &member : members) {
    std::string name = member.name;
    if (name.size() < 4 || name.substr(name.size() - 4) != ".npy") continue;
    name.resize(name.size() - 4);
    DL_TRY(array, readMember(bytes.span(), member, path));
    if (table->find(name)) return failure("`" + path + "` has two arrays named `" + name + "`");
    DL_CHECK_OK(table->add(std::move(name), std::move(array)));
  }
  if (table->columns().empty()) return failure("`" + path + "` holds no arrays");
  return OpenTable(std::move(table));
}

} // namespace dl::data
