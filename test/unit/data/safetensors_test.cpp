#include "data/safetensors.h"
#include "support.h"
#include <cstring>

namespace dl::data {
namespace {

std::string file(const std::string &header, const std::string &content, int64_t length = -1) {
  uint64_t size = length < 0 ? header.size() : length;
  return std::string(reinterpret_cast<const char *>(&size), 8) + header + content;
}

struct Safetensors : DataTest {
  std::string error(const std::string &text) {
    auto parsed = SafetensorsFile::parse(Bytes::copy(text), "w");
    return parsed ? "(no error)" : parsed.message();
  }
};

TEST_F(Safetensors, WritesWhatItReads) {
  float weights[6] = {1, 2, 3, 4, 5, 6};
  int64_t count = 7;
  std::vector<TensorView> tensors = {
      {"net.weight", Element::F32, {2, 3}, reinterpret_cast<const uint8_t *>(weights)},
      {"step \"\\\n", Element::I64, {}, reinterpret_cast<const uint8_t *>(&count)},
      {"empty", Element::U8, {0, 5}, nullptr},
  };
  std::map<std::string, std::string> metadata = {{"label", "3"}, {"text", "a\tb \"c\" \xC3\xA4"}};
  ASSERT_TRUE(writeSafetensors(path("w"), tensors, metadata).ok());
  auto read = SafetensorsFile::open(path("w"));
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(read->metadata(), metadata);
  EXPECT_EQ(read->tensors().size(), 3u);
  const TensorView *weight = read->find("net.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(std::memcmp(weight->data, weights, sizeof weights), 0);
  EXPECT_EQ(loadNumber(Element::I64, read->find(tensors[1].name)->data).integer, 7);
  EXPECT_EQ(read->find("empty")->bytes(), 0);
  EXPECT_EQ(read->find("none"), nullptr);
  SafetensorsFile moved = std::move(*read);
  EXPECT_EQ(std::memcmp(moved.find("net.weight")->data, weights, sizeof weights), 0) << "moves keep addresses";

  std::string first = contents("w");
  ASSERT_TRUE(writeSafetensors(path("w"), tensors, metadata).ok());
  EXPECT_EQ(contents("w"), first) << "the same arguments give the same bytes";
  uint64_t length;
  std::memcpy(&length, first.data(), 8);
  EXPECT_EQ(length % 8, 0u);
}

TEST_F(Safetensors, NamesMustDiffer) {
  uint8_t byte = 0;
  TensorView view{"a", Element::U8, {1}, &byte};
  EXPECT_FALSE(writeSafetensors(path("w"), {view, view}).ok());
  EXPECT_FALSE(std::filesystem::exists(path("w")));
}

TEST_F(Safetensors, ReadsAnotherWritersFile) {
  auto parsed = SafetensorsFile::parse(
      Bytes::copy(file(
          R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[1,5]},"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})",
          std::string("\1\x80\x3f\0\x40", 5))),
      "w");
  ASSERT_TRUE(parsed.ok()) << parsed.message();
  EXPECT_EQ(parsed->tensors()[0].name, "a") << "in the order of their data";
  EXPECT_EQ(loadNumber(Element::BF16, parsed->find("b")->data + 2).value(), 2) << "at an odd address";
}

TEST_F(Safetensors, DamagedFilesAreErrors) {
  EXPECT_EQ(error("short"), "`w`: this is not a safetensors file");
  EXPECT_EQ(error(file("{}", "", 1ll << 60)), "`w`: this is not a safetensors file, or it was cut off");
  EXPECT_EQ(error(file("{]", "")), "`w`: the header is not understood");
  EXPECT_EQ(error(file("[]", "")), "`w`: the header is not understood");
  EXPECT_EQ(error(file("{}", "x")), "`w`: data follow that belong to no tensor");
  auto entry = [](const std::string &dtype, const std::string &shape, const std::string &offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  const std::string malformed = "`w`: the entry of `a` is malformed or lies outside the file";
  EXPECT_EQ(error(file(entry("F32", "[2]", "[0,8]"), "1234")), malformed);
  EXPECT_EQ(error(file(entry("F32", "[2]", "[0,4]"), "1234")), malformed);
  EXPECT_EQ(error(file(entry("F99", "[1]", "[0,4]"), "1234")), malformed);
  EXPECT_EQ(error(file(entry("F32", "[-1]", "[0,4]"), "1234")), malformed);
  EXPECT_EQ(error(file(entry("F32", "[4611686018427387904,4]", "[0,0]"), "")), malformed);
  EXPECT_EQ(error(file(entry("F32", "[1]", "[4,0]"), "1234")), malformed);
  EXPECT_EQ(error(file(entry("F32", "[1]", "[4,8]"), "12345678")),
            "`w`: the data of `a` overlap others or leave a gap");
  EXPECT_EQ(error(file(R"({"a":7})", "")), malformed);
  EXPECT_EQ(error(file(R"({"__metadata__":{"x":1}})", "")), "`w`: the metadata are not understood");
  EXPECT_NE(error(file(std::string(100000, '['), "")), "(no error)");
}

TEST_F(Safetensors, EveryCutIsNoticed) {
  uint8_t bytes[3] = {1, 2, 3};
  ASSERT_TRUE(writeSafetensors(path("w"), {{"a", Element::U8, {3}, bytes}}, {{"k", "v"}}).ok());
  std::string good = contents("w");
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(SafetensorsFile::parse(Bytes::copy(good.substr(0, length)), "w").ok()) << length;
}

} // namespace
} // namespace dl::data
