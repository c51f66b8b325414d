#include "support.h"
#include <cmath>

namespace dl::data {
namespace {

struct Csv : DataTest {
  std::unique_ptr<Table> table;
  /// Opens a file with this text; the error's message, or "".
  std::string open(const std::string &text, const Layout &layout = {}) {
    OpenTable opened = openCsv(write("t.csv", text), layout);
    if (!opened) return messageOf(opened, folder_);
    table = std::move(*opened);
    return "";
  }
  template <class T> std::vector<T> values(const Column &wanted) {
    auto result = readColumn<T>(*table, wanted);
    EXPECT_TRUE(result.ok()) << messageOf(result, folder_);
    return result ? *result : std::vector<T>{};
  }
  std::string error(const Column &wanted) {
    std::vector<double> room(1000);
    return messageOf(table->read(wanted, room.data()), folder_);
  }
};

TEST_F(Csv, ReadsNumbers) {
  ASSERT_EQ(open("a,b,c\n1,2.5,-3e2\n+4, 5 ,1e400\r\n\n7,,nan\n"), "");
  EXPECT_EQ(table->rows(), 3);
  EXPECT_EQ(values<int32_t>(column("a", Element::I32)), (std::vector<int32_t>{1, 4, 7}));
  auto b = values<float>(column("b", Element::F32));
  EXPECT_EQ(b[0], 2.5f);
  EXPECT_EQ(b[1], 5.0f);
  EXPECT_TRUE(std::isnan(b[2])) << "an empty cell";
  auto c = values<double>(column("c", Element::F64));
  EXPECT_EQ(c[0], -300);
  EXPECT_EQ(c[1], INFINITY);
  EXPECT_TRUE(std::isnan(c[2]));
}

TEST_F(Csv, QuotedCells) {
  ASSERT_EQ(open("name,\"x, y\"\n\"say \"\"hi\"\"\",1\n\"two\nlines\",2\nplain,\"3\"\n"), "");
  EXPECT_EQ(*table->texts("name"), (std::vector<std::string>{"say \"hi\"", "two\nlines", "plain"}));
  EXPECT_EQ(values<int64_t>(column("x, y", Element::I64)), (std::vector<int64_t>{1, 2, 3}));
}

TEST_F(Csv, OtherSeparatorsAndMark) {
  ASSERT_EQ(open("\xEF\xBB\xBF"
                 "a;b\n1;2\n"),
            "");
  EXPECT_EQ(values<int32_t>(column("b", Element::I32)), (std::vector<int32_t>{2}));
  ASSERT_EQ(open("a\tb\n1\t2"), "");
  EXPECT_EQ(values<int32_t>(column("a", Element::I32)), (std::vector<int32_t>{1}));
}

TEST_F(Csv, GlobsFillARow) {
  ASSERT_EQ(open("label,pixel0,pixel1,other,pixel10\n3,1,2,9,4\n5,6,7,9,8\n"), "");
  Column pixels = column("image", Element::U8, {3});
  pixels.sources = {"pixel*"};
  EXPECT_EQ(values<uint8_t>(pixels), (std::vector<uint8_t>{1, 2, 4, 6, 7, 8}));
  Column listed = column("x", Element::F32, {2});
  listed.sources = {"other", "label"};
  EXPECT_EQ(values<float>(listed), (std::vector<float>{9, 3, 9, 5})) << "in the order asked for";
  pixels.rowShape = {4};
  EXPECT_EQ(error(pixels), "`t.csv`: `pixel*` names 3 columns, but a row of `image` holds 4");
  EXPECT_EQ(*columnsBetween(*table, "pixel0", "other"), (std::vector<std::string>{"pixel0", "pixel1", "other"}));
  EXPECT_FALSE(columnsBetween(*table, "other", "pixel0").ok());
}

TEST_F(Csv, Categories) {
  ASSERT_EQ(open("kind,n\nb,10\na,9\nb,10\nc,2\n"), "");
  EXPECT_EQ(*table->distinct("kind"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(*table->distinct("n"), (std::vector<std::string>{"2", "9", "10"})) << "numbers by value";
  EXPECT_FALSE(table->distinct("kind", 2).ok());
  Column kind = column("kind", Element::I32);
  kind.categories = {"a", "b", "c"};
  EXPECT_EQ(values<int32_t>(kind), (std::vector<int32_t>{1, 0, 1, 2}));
  kind.categories = {"a", "b"};
  EXPECT_EQ(error(kind), "t.csv:5:kind: `c` is not one of `a`, `b`");
}

TEST_F(Csv, DescribesColumns) {
  ASSERT_EQ(open("whole,real,gap,word,flag\n1,2,1,x,true\n3,4.5,,y,False\n"), "");
  EXPECT_EQ(table->describe("whole")->element, Element::I64);
  EXPECT_EQ(table->describe("real")->element, Element::F32);
  EXPECT_EQ(table->describe("gap")->element, Element::F32) << "only floats can be missing";
  EXPECT_TRUE(table->describe("word")->isText);
  EXPECT_FALSE(table->describe("gap")->isText);
  EXPECT_EQ(values<uint8_t>(column("flag", Element::Bool)), (std::vector<uint8_t>{1, 0}));
}

TEST_F(Csv, ErrorsNameFileLineAndColumn) {
  ASSERT_EQ(open("size,weight\n1,2\n\n3,x\n"), "");
  EXPECT_EQ(error(column("weight", Element::F32)), "t.csv:4:weight: expected a number, got `x`");
  EXPECT_EQ(error(column("wieght", Element::F32)), "`t.csv` has no column `wieght`; did you mean `weight`?");
  EXPECT_EQ(error(column("zzz", Element::F32)), "`t.csv` has no column `zzz`; it has `size`, `weight`");
  ASSERT_EQ(open("a,b\n2.5,\n300,-1\n"), "");
  EXPECT_EQ(error(column("a", Element::I32)), "t.csv:2:a: expected an integer, got `2.5`");
  ASSERT_EQ(open("a,b\n3e9,\n300,-1\n"), "");
  EXPECT_EQ(error(column("a", Element::I32)), "t.csv:2:a: `3e+09` does not fit int");
  EXPECT_EQ(error(column("b", Element::I32)), "t.csv:2:b: expected an integer, the cell is empty");
  Column ranged = column("a", Element::I64);
  ranged.low = 0, ranged.high = 10;
  ASSERT_EQ(open("a\n3\n10\n"), "");
  EXPECT_EQ(error(ranged), "t.csv:3:a: 10 is not in 0..10");
}

TEST_F(Csv, MalformedFiles) {
  EXPECT_EQ(open(""), "`t.csv`: the first line must name the columns");
  EXPECT_EQ(open("\n1,2\n"), "`t.csv`: the first line must name the columns");
  EXPECT_EQ(open("a,b\n1,2\n1,2,3\n"), "t.csv:3: 3 cells, but the header names 2 columns");
  EXPECT_EQ(open("a,b\n1\n"), "t.csv:2: 1 cell, but the header names 2 columns");
  EXPECT_EQ(open("a,a\n"), "`t.csv` has two columns named `a`");
  EXPECT_EQ(open("a,b\n1,\"2\n"), "t.csv:2: a quoted cell does not end properly");
  EXPECT_EQ(open("a,b\n1,\"2\"x\n"), "t.csv:2: a quoted cell does not end properly");
  EXPECT_EQ(open("a,\"b\n"), "t.csv:1: a quoted cell does not end properly");
  EXPECT_EQ(messageOf(openCsv(path("none.csv")), folder_), "cannot read `none.csv`: No such file or directory");
  EXPECT_EQ(messageOf(openCsv(folder_.string() + "/."), folder_), "cannot read `.`: it is a folder");
}

TEST_F(Csv, LayoutsThatTheFileDoesNotSay) {
  auto names = [&] {
    std::vector<std::string> all;
    for (const ColumnInfo &info : table->columns()) all.push_back(info.name);
    return all;
  };
  ASSERT_EQ(open("1|a,b\n2|\"c|d\"\n", {"|", false, {}}), "");
  EXPECT_EQ(names(), (std::vector<std::string>{"c0", "c1"}));
  EXPECT_EQ(table->rows(), 2);
  EXPECT_EQ(*table->texts("c1"), (std::vector<std::string>{"a,b", "c|d"}));
  ASSERT_EQ(open("1\t2\n3\t4\n", {"", false, {"x", "y"}}), "");
  EXPECT_EQ(values<int32_t>(column("y", Element::I32)), (std::vector<int32_t>{2, 4}));
  ASSERT_EQ(open("a;b\n1;2\n", {";", true, {"x", "y"}}), "");
  EXPECT_EQ(names(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(values<int32_t>(column("x", Element::I32)), (std::vector<int32_t>{1}));
  EXPECT_EQ(open("1,2\n", {"", false, {"x"}}), "t.csv:1: 2 cells, but 1 names are given");
  EXPECT_EQ(open("1,2\n", {"", false, {"x", "x"}}), "`t.csv` has two columns named `x`");
  EXPECT_EQ(open("1,2\n3\n", {"", false, {}}), "t.csv:2: 1 cell, but the first line has 2");
  EXPECT_EQ(open("", {"", false, {}}), "`t.csv`: the first line must not be empty");
}

TEST_F(Csv, EmptyTableHasNoRows) {
  ASSERT_EQ(open("a,b\n"), "");
  EXPECT_EQ(table->rows(), 0);
  EXPECT_TRUE(values<float>(column("a", Element::F32)).empty());
}

TEST_F(Csv, RealFiles) {
  if (sharedData().empty()) GTEST_SKIP() << "the shared data folder is absent (DLC_SHARED_DATA)";
  auto iris = openCsv(sharedData() + "/tabular/iris.csv");
  ASSERT_TRUE(iris.ok()) << iris.message();
  EXPECT_EQ((*iris)->rows(), 150);
  EXPECT_EQ(*(*iris)->distinct("species"), (std::vector<std::string>{"setosa", "versicolor", "virginica"}));
  auto lengths = readColumn<float>(**iris, column("sepal_length", Element::F32));
  ASSERT_TRUE(lengths.ok());
  double sum = 0;
  for (float length : *lengths) sum += length;
  EXPECT_EQ(std::lround(sum * 10), 8765);
  auto titanic = openCsv(sharedData() + "/tabular/titanic.csv");
  ASSERT_TRUE(titanic.ok()) << titanic.message();
  EXPECT_EQ((*titanic)->rows(), 891);
  auto ages = readColumn<float>(**titanic, column("age", Element::F32));
  EXPECT_EQ(std::count_if(ages->begin(), ages->end(), [](float age) { return std::isnan(age); }), 177);
}

TEST(Glob, Matches) {
  EXPECT_TRUE(matchesGlob("pixel*", "pixel12"));
  EXPECT_TRUE(matchesGlob("pixel*", "pixel"));
  EXPECT_FALSE(matchesGlob("pixel*", "apixel"));
  EXPECT_TRUE(matchesGlob("*_mm", "bill_length_mm"));
  EXPECT_TRUE(matchesGlob("a?c*d", "abcxxdyd"));
  EXPECT_FALSE(matchesGlob("a?c", "ac"));
}

} // namespace
} // namespace dl::data
