#include "support.h"
#include <fcntl.h>
#include <set>
#include <sys/stat.h>

namespace dl::data {
namespace {

struct File : DataTest {
  size_t entries() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }
};

TEST_F(File, WritesReplaceWholeFiles) {
  write("a", "old contents that are longer");
  ASSERT_TRUE(writeFileAtomically(path("a"), "new").ok());
  EXPECT_EQ(contents("a"), "new");
  EXPECT_EQ(entries(), 1u) << "nothing is left behind";
  EXPECT_EQ(readFile(path("a"))->text(), "new");
}

TEST_F(File, FailedWritesLeaveTheOldFile) {
  // The name of a folder cannot be replaced by a file.
  std::filesystem::create_directories(folder_ / "a" / "b");
  Status status = writeFileAtomically(path("a"), "new");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(entries(), 1u);
  status = writeFileAtomically(path("none/a"), "new");
  EXPECT_EQ(messageOf(status, folder_), "cannot write `none/a`: No such file or directory");
}

TEST_F(File, FullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  // A link to the device stands where the temporary file would be written.
  std::filesystem::create_symlink("/dev/full", path("a.tmp" + std::to_string(::getpid())));
  write("a", "old");
  Status status = writeFileAtomically(path("a"), "new");
  EXPECT_EQ(messageOf(status, folder_), "cannot write `a`: No space left on device");
  EXPECT_EQ(contents("a"), "old");
}

TEST_F(File, OnlyPlainFilesAreRead) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  int keep = ::open(path("pipe").c_str(), O_RDWR);
  EXPECT_EQ(messageOf(readFile(path("pipe")), folder_), "cannot read `pipe`: it is not a plain file");
  ::close(keep);
}

TEST_F(File, HashesTellContentsApart) {
  std::set<std::string> hashes;
  std::string text = "0123456789abcdef0123";
  for (const std::string &contents :
       {std::string(), std::string(1, '\0'), std::string(8, '\0'), std::string(9, '\0'), text, text + "4"})
    hashes.insert(*contentHash(write("a", contents)));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 1;
    hashes.insert(*contentHash(write("a", changed)));
  }
  EXPECT_EQ(hashes.size(), 6 + text.size());
  EXPECT_EQ(hashes.begin()->size(), 16u);
  EXPECT_EQ(*contentHash(write("a", text)), *contentHash(write("b", text)));
}

} // namespace
} // namespace dl::data
