#include "data/png.h"
#include "support.h"
#include <cstring>

namespace dl::data {
namespace {

Image checkers(int64_t height, int64_t width, int64_t channels) {
  Image image{height, width, channels, {}};
  image.pixels = std::move(*Bytes::allocate(height * width * channels));
  for (int64_t i = 0; i < image.pixels.size(); ++i) image.pixels.data()[i] = static_cast<uint8_t>(i * 37);
  return image;
}

struct Images : DataTest {};

TEST_F(Images, PngSurvives) {
  for (int64_t channels : {1, 3}) {
    Image image = checkers(5, 7, channels);
    ASSERT_TRUE(writePng(path("a.png"), image).ok());
    auto read = readPng(path("a.png"));
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_EQ(read->height, 5);
    EXPECT_EQ(read->width, 7);
    EXPECT_EQ(read->channels, channels);
    EXPECT_EQ(read->pixels.text(), image.pixels.text());
  }
}

TEST_F(Images, ChannelsAreConverted) {
  Image grey = checkers(2, 2, 1);
  ASSERT_TRUE(writePng(path("a.png"), grey).ok());
  auto colour = readPng(path("a.png"), 3);
  ASSERT_TRUE(colour.ok());
  for (int i = 0; i < 12; ++i) EXPECT_EQ(colour->pixels.data()[i], grey.pixels.data()[i / 3]);
  Image white{1, 1, 3, Bytes::copy("\xff\xff\xff")};
  ASSERT_TRUE(writePng(path("a.png"), white).ok());
  auto one = readPng(path("a.png"), 1);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->channels, 1);
  EXPECT_EQ(one->pixels.data()[0], 255);
}

TEST_F(Images, BadImagesAreErrors) {
  EXPECT_EQ(messageOf(writePng(path("a.png"), checkers(2, 2, 2)), folder_),
            "cannot write `a.png`: an image has 1 or 3 channels, not 2");
  EXPECT_FALSE(writePng(path("a.png"), Image{3, 3, 1, {}}).ok());
  EXPECT_EQ(messageOf(readPng(write("a.png", "no")), folder_), "`a.png`: this is not a png file");
  ASSERT_TRUE(writePng(path("a.png"), checkers(20, 20, 3)).ok());
  std::string good = contents("a.png");
  for (size_t length = 0; length + 12 < good.size(); length += 7)
    EXPECT_FALSE(readPng(write("b.png", good.substr(0, length))).ok()) << length;
  // A header of 60,000 by 60,000 pixels before no data: refused by its size (the checksum is wrong as well).
  std::string huge = good;
  std::memcpy(huge.data() + 16, "\0\0\xea\x60\0\0\xea\x60", 8);
  EXPECT_FALSE(readPng(write("b.png", huge)).ok());
}

TEST_F(Images, FoldersAreTables) {
  for (const char *name : {"cats/2.png", "cats/1.PNG", "dogs/x.png"}) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    Image image = checkers(2, 3, 3);
    image.pixels.data()[0] = static_cast<uint8_t>(name[5]);
    ASSERT_TRUE(writePng(path(name), image).ok());
  }
  write("cats/readme.txt", "not an image");
  auto table = openImages({folder_.string()});
  ASSERT_TRUE(table.ok()) << table.message();
  EXPECT_EQ((*table)->rows(), 3);
  EXPECT_EQ((*table)->find("image")->rowShape, (std::vector<int64_t>{3, 2, 3}));
  EXPECT_EQ(*(*table)->distinct("label"), (std::vector<std::string>{"cats", "dogs"}));
  auto pixels = readColumn<uint8_t>(**table, column("image", Element::U8, {3, 2, 3}));
  ASSERT_TRUE(pixels.ok()) << pixels.message();
  EXPECT_EQ((*pixels)[0], '1') << "sorted by name";
  EXPECT_EQ((*pixels)[18], '2');
  EXPECT_EQ((*pixels)[1], 3 * 37) << "the red of the next pixel comes next";
  Column label = column("label", Element::I32);
  label.categories = {"cats", "dogs"};
  EXPECT_EQ(*readColumn<int32_t>(**table, label), (std::vector<int32_t>{0, 0, 1}));

  ASSERT_TRUE(writePng(path("dogs/y.png"), checkers(4, 4, 3)).ok());
  EXPECT_EQ(messageOf(openImages({folder_.string()}), folder_),
            "`dogs/y.png` is 4 by 4 pixels, the images before it 3 by 2");
}

TEST_F(Images, FurtherFoldersAreColumns) {
  for (const char *name : {"a/1.png", "a/2.png", "m/1.png", "m/2.png", "m/3.png"}) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    ASSERT_TRUE(writePng(path(name), checkers(name[0] == 'a' ? 2 : 4, 3, name[0] == 'a' ? 3 : 1)).ok());
  }
  auto table = openImages({path("a"), path("m")}, {"", true, {"mask"}});
  ASSERT_TRUE(table.ok()) << table.message();
  EXPECT_EQ((*table)->rows(), 2) << "the first folder says which";
  EXPECT_EQ((*table)->find("image")->rowShape, (std::vector<int64_t>{3, 2, 3}));
  EXPECT_EQ((*table)->find("mask")->rowShape, (std::vector<int64_t>{1, 4, 3}));
  EXPECT_EQ((*table)->find("label"), nullptr);
  auto mask = readColumn<uint8_t>(**table, column("mask", Element::U8, {1, 4, 3}));
  ASSERT_TRUE(mask.ok()) << mask.message();
  EXPECT_EQ((*mask)[1], checkers(4, 3, 1).pixels.data()[1]);
  EXPECT_EQ(messageOf(openImages({path("m"), path("a")}, {"", true, {"photo"}}), folder_),
            "cannot read `a/3.png`: No such file or directory");
  EXPECT_FALSE(openImages({path("a"), path("m")}).ok()) << "a column needs a name";
}

TEST_F(Images, EmptyFolderIsAnError) {
  EXPECT_FALSE(openImages({folder_.string()}).ok());
  EXPECT_FALSE(openImages({path("none")}).ok());
}

} // namespace
} // namespace dl::data
