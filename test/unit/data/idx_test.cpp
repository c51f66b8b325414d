#include "support.h"
#include <zlib.h>

namespace dl::data {
namespace {

std::string bytes(std::initializer_list<int> values) { return {values.begin(), values.end()}; }

std::string gzip(const std::string &text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Two images of 2 by 3, and their labels.
const std::string kImages =
    bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255});
const std::string kLabels = bytes({0, 0, 8, 1, 0, 0, 0, 2, 7, 3});

struct Idx : DataTest {
  std::string error(const std::string &images) { return messageOf(openIdx({write("images", images)}), folder_); }
};

TEST_F(Idx, ReadsImagesAndLabels) {
  for (bool compressed : {false, true}) {
    auto table = openIdx(
        {write("images", compressed ? gzip(kImages) : kImages), write("labels", compressed ? gzip(kLabels) : kLabels)});
    ASSERT_TRUE(table.ok()) << table.message();
    EXPECT_EQ((*table)->rows(), 2);
    EXPECT_EQ((*table)->find("image")->rowShape, (std::vector<int64_t>{2, 3}));
    auto pixels = readColumn<float>(**table, column("image", Element::F32, {1, 2, 3}));
    ASSERT_TRUE(pixels.ok()) << pixels.message();
    EXPECT_EQ((*pixels)[11], 255.0f);
    EXPECT_EQ(*readColumn<int64_t>(**table, column("label", Element::I64)), (std::vector<int64_t>{7, 3}));
    Column ranged = column("label", Element::I32);
    ranged.low = 0, ranged.high = 5;
    EXPECT_EQ(messageOf(readColumn<int32_t>(**table, ranged), folder_), "labels, row 0, `label`: 7 is not in 0..5");
    EXPECT_EQ(messageOf(readColumn<uint8_t>(**table, column("image", Element::U8, {3, 2})), folder_),
              "`images`: a row of `image` is [2, 3], expected [3, 2]");
  }
}

TEST_F(Idx, OtherElements) {
  auto read = [&](const std::string &content) {
    auto table = openIdx({write("x", content)});
    EXPECT_TRUE(table.ok()) << messageOf(table, folder_);
    return (*readColumn<double>(**table, column("image", Element::F64)))[0];
  };
  EXPECT_EQ(read(bytes({0, 0, 0x09, 1, 0, 0, 0, 1, 0xff})), -1);
  EXPECT_EQ(read(bytes({0, 0, 0x0B, 1, 0, 0, 0, 1, 0xff, 0xfe})), -2);
  EXPECT_EQ(read(bytes({0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 1, 0, 0})), 65536);
  EXPECT_EQ(read(bytes({0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0})), 1.5);
  EXPECT_EQ(read(bytes({0, 0, 0x0E, 1, 0, 0, 0, 1, 0xc0, 0x04, 0, 0, 0, 0, 0, 0})), -2.5);
}

TEST_F(Idx, DamagedFilesAreErrors) {
  EXPECT_EQ(error(""), "`images`: the file ends too early");
  EXPECT_EQ(error("hello world"), "`images`: this is not an IDX file");
  EXPECT_EQ(error(kImages.substr(0, 9)), "`images`: in the header: the file ends too early");
  EXPECT_EQ(error(kImages.substr(0, 27)), "`images`: the file ends too early: the header announces 2 rows");
  EXPECT_EQ(error(kImages + "x"), "`images`: more data follow than expected");
  EXPECT_EQ(error(bytes({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})),
            "`images`: the header announces 4294967295 rows, more than the file can hold");
  EXPECT_EQ(messageOf(openIdx({write("a", kImages), write("b", bytes({0, 0, 8, 1, 0, 0, 0, 1, 7}))}), folder_),
            "`a` holds 2 rows, `b` 1");
}

TEST_F(Idx, DamagedCompressionIsAnError) {
  std::string good = gzip(kImages);
  for (size_t length = 3; length < good.size(); ++length)
    EXPECT_FALSE(openIdx({write("images", good.substr(0, length))}).ok()) << length;
  EXPECT_EQ(error(gzip(kImages.substr(0, 20))),
            "`images`: the compressed data end too early: the header announces 2 rows");
  EXPECT_EQ(error(gzip(kImages + "more")), "`images`: more data follow than expected");
  std::string flipped = good;
  flipped[flipped.size() - 6] ^= 0x55; // in the checksum
  EXPECT_EQ(error(flipped), "`images`: the compressed data are damaged: the header announces 2 rows");
  // A small file that announces 4 GB.
  EXPECT_EQ(error(gzip(bytes({0, 0, 8, 1, 255, 255, 255, 255}) + std::string(1000, 0))),
            "`images`: the header announces 4294967295 rows, more than the file can hold");
}

TEST_F(Idx, RealFiles) {
  if (sharedData().empty()) GTEST_SKIP() << "the shared data folder is absent (DLC_SHARED_DATA)";
  std::string folder = sharedData() + "/mnist/";
  auto table = openIdx({folder + "train-images-idx3-ubyte.gz", folder + "train-labels-idx1-ubyte.gz"});
  ASSERT_TRUE(table.ok()) << table.message();
  EXPECT_EQ((*table)->rows(), 7000);
  Column label = column("label", Element::I32);
  label.low = 0, label.high = 10;
  auto labels = readColumn<int32_t>(**table, label);
  ASSERT_TRUE(labels.ok()) << labels.message();
  EXPECT_TRUE(readColumn<float>(**table, column("image", Element::F32, {28, 28})).ok());
}

} // namespace
} // namespace dl::data
