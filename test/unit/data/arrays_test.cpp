#include "data/npy.h"
#include "support.h"
#include <cstring>
#include <zlib.h>

namespace dl::data {
namespace {

std::string little(uint64_t value, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

std::string npy(const std::string &header, const std::string &content, int version = 1) {
  return std::string("\x93NUMPY", 6) + static_cast<char>(version) + '\0' + little(header.size(), version == 1 ? 2 : 4) +
         header + content;
}
const std::string kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n";

std::string floats(std::initializer_list<float> values) {
  return {reinterpret_cast<const char *>(values.begin()), values.size() * 4};
}

struct Npy : DataTest {
  std::string error(const std::string &text) { return messageOf(readNpy(write("a.npy", text)), folder_); }
};

TEST_F(Npy, ReadsVersions) {
  for (int version : {1, 2, 3}) {
    auto array = readNpy(write("a.npy", npy(kHeader, floats({1, 2, 3, 4, 5, 6}), version)));
    ASSERT_TRUE(array.ok()) << array.message();
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(array->at(5).value(), 6);
  }
}

TEST_F(Npy, WidensSmallIntegers) {
  auto read = [&](const std::string &descr, const std::string &content) {
    auto array =
        readNpy(write("a.npy", npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,), }\n", content)));
    EXPECT_TRUE(array.ok()) << messageOf(array, folder_);
    return array->at(0).value();
  };
  EXPECT_EQ(read("|i1", "\xff"), -1);
  EXPECT_EQ(read("<i2", "\xfe\xff"), -2);
  EXPECT_EQ(read("<u2", "\xfe\xff"), 65534);
  EXPECT_EQ(read("<u4", "\xff\xff\xff\xff"), 4294967295.0);
  EXPECT_EQ(read("|u1", "\xff"), 255);
  EXPECT_EQ(read("|b1", "\x01"), 1);
  EXPECT_EQ(read("<i8", little(1ull << 40, 8)), 1099511627776.0);
  EXPECT_EQ(read("<f2", little(0x3e00, 2)), 1.5);
}

TEST_F(Npy, WritesWhatItReads) {
  for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {3}, {2, 0}, {2, 2, 3}}) {
    std::vector<double> values(countOf(shape));
    for (size_t i = 0; i < values.size(); ++i) values[i] = i * 0.5;
    TensorView view{"", Element::F64, shape, reinterpret_cast<const uint8_t *>(values.data())};
    ASSERT_TRUE(writeNpy(path("a.npy"), view).ok());
    auto array = readNpy(path("a.npy"));
    ASSERT_TRUE(array.ok()) << array.message();
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->element, Element::F64);
    for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(array->at(i).value(), values[i]);
    EXPECT_EQ((contents("a.npy").size() - values.size() * 8) % 64, 0u) << "the format aligns its data";
  }
  uint16_t one = 0x3f80;
  ASSERT_TRUE(writeNpy(path("a.npy"), {"", Element::BF16, {1}, reinterpret_cast<const uint8_t *>(&one)}).ok());
  EXPECT_EQ(readNpy(path("a.npy"))->element, Element::F32);
  EXPECT_EQ(readNpy(path("a.npy"))->at(0).value(), 1);
}

TEST_F(Npy, DamagedFilesAreErrors) {
  EXPECT_EQ(error("x"), "`a.npy`: this is not an npy file");
  EXPECT_EQ(error(npy(kHeader, floats({1, 2, 3, 4, 5}))),
            "`a.npy`: the file ends too early: it holds 20 bytes of data");
  EXPECT_EQ(error(npy(kHeader, "").substr(0, 40)), "`a.npy`: the file ends in its header");
  EXPECT_EQ(error(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "1234")),
            "`a.npy`: elements of type `>f4` are not supported");
  EXPECT_EQ(error(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}", "1234")),
            "`a.npy`: arrays in column order are not supported; save it with order C");
  for (const char *shape : {"(-1,)", "(9223372036854775807, 9223372036854775807)", "(99999999999999999999,)", "(1"})
    EXPECT_FALSE(
        readNpy(write("a.npy",
                      npy(std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + "}", "1234")))
            .ok())
        << shape;
  EXPECT_EQ(error(npy("{'descr': '<f4'}", "")), "`a.npy`: the header is not understood");
}

/// A member of a zip archive, stored or deflated, and the archive of several.
struct Zip {
  std::string files, directory;
  int count = 0;
  void add(const std::string &name, const std::string &content, bool deflated) {
    std::string packed = content;
    if (deflated) {
      packed.resize(content.size() + 100);
      z_stream stream{};
      deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
      stream.avail_in = static_cast<uInt>(content.size());
      stream.next_out = reinterpret_cast<Bytef *>(packed.data());
      stream.avail_out = static_cast<uInt>(packed.size());
      deflate(&stream, Z_FINISH);
      packed.resize(stream.total_out);
      deflateEnd(&stream);
    }
    uint32_t checksum = crc32(0, reinterpret_cast<const Bytef *>(content.data()), static_cast<uInt>(content.size()));
    std::string common = little(0, 2) + little(deflated ? 8 : 0, 2) + little(0, 4) + little(checksum, 4) +
                         little(packed.size(), 4) + little(content.size(), 4) + little(name.size(), 2) + little(0, 2);
    directory += little(0x02014b50, 4) + little(20, 2) + little(20, 2) + common + little(0, 2) + little(0, 2) +
                 little(0, 2) + little(0, 4) + little(files.size(), 4) + name;
    files += little(0x04034b50, 4) + little(20, 2) + common + name + packed;
    ++count;
  }
  std::string bytes() const {
    return files + directory + little(0x06054b50, 4) + little(0, 4) + little(count, 2) + little(count, 2) +
           little(directory.size(), 4) + little(files.size(), 4) + little(0, 2);
  }
};

struct Npz : DataTest {};

TEST_F(Npz, ReadsStoredAndDeflatedMembers) {
  Zip zip;
  zip.add("x.npy", npy(kHeader, floats({1, 2, 3, 4, 5, 6})), false);
  zip.add("y.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", "\x07\x09"), true);
  zip.add("notes.txt", "ignored", false);
  auto table = openNpz(write("a.npz", zip.bytes()));
  ASSERT_TRUE(table.ok()) << table.message();
  EXPECT_EQ((*table)->rows(), 2);
  EXPECT_EQ(*readColumn<float>(**table, column("x", Element::F32, {3})), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(*readColumn<int64_t>(**table, column("y", Element::I64)), (std::vector<int64_t>{7, 9}));
}

TEST_F(Npz, DamagedArchivesAreErrors) {
  Zip zip;
  zip.add("x.npy", npy(kHeader, floats({1, 2, 3, 4, 5, 6})), true);
  std::string good = zip.bytes();
  ASSERT_TRUE(openNpz(write("a.npz", good)).ok());
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(openNpz(write("a.npz", good.substr(0, length))).ok()) << length;
  std::string flipped = good;
  flipped[60] ^= 1; // in the member's data
  EXPECT_FALSE(openNpz(write("a.npz", flipped)).ok());
  EXPECT_EQ(messageOf(openNpz(write("a.npz", Zip().bytes())), folder_), "`a.npz` holds no arrays");
}

} // namespace
} // namespace dl::data
