#include "data/text.h"
#include "support.h"

namespace dl::data {
namespace {

using Strings = std::vector<std::string>;
struct Text : DataTest {};

TEST_F(Text, LinesAreATable) {
  auto table = openTable(TableKind::Lines, {write("a.txt", "\xEF\xBB\xBF"
                                                           "one\r\n\ntwo\n")});
  ASSERT_TRUE(table.ok()) << table.message();
  EXPECT_EQ(*(*table)->texts("line"), (Strings{"one", "", "two"}));
  EXPECT_EQ((*table)->rows(), 3);
  EXPECT_FALSE((*table)->texts("lines").ok());
  EXPECT_EQ(messageOf(openLines(write("a.txt", "ab\xff")), folder_), "`a.txt` is not UTF-8: the byte at offset 2");
}

TEST_F(Text, RangesCount) {
  auto table = openTable(TableKind::Range, {"4"});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(*readColumn<int32_t>(**table, column("row", Element::I32)), (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_FALSE(openTable(TableKind::Range, {"four"}).ok());
  EXPECT_FALSE(openRange(-1).ok());
  auto wide = openRange(300);
  std::vector<uint8_t> room(300);
  EXPECT_FALSE((*wide)->read(column("row", Element::U8), room.data()).ok());
}

TEST_F(Text, Utf8IsChecked) {
  EXPECT_EQ(findInvalidUtf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), std::nullopt);
  for (const char *bad :
       {"x\x80", "x\xC3", "x\xC0\xAF", "x\xE0\x80\x80", "x\xED\xA0\x80", "x\xF4\x90\x80\x80", "x\xFE"})
    EXPECT_EQ(findInvalidUtf8(bad), 1u);
}

TEST_F(Text, CharactersAreAVocabulary) {
  Vocabulary letters = charactersOf("b\xC3\xA4"
                                    "a b",
                                    {"<end>"});
  EXPECT_EQ(letters.names(), (Strings{"<end>", " ", "a", "b", "\xC3\xA4"}));
  EXPECT_EQ(*letters.encode("ab"), (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(*letters.decode({3, 4, 2}), "b\xC3\xA4"
                                        "a");
  EXPECT_EQ(letters.encode("abc").message(), "`c` is not in the vocabulary");
  EXPECT_FALSE(letters.decode({5}).ok());
  EXPECT_FALSE(letters.decode({-1}).ok());
}

TEST_F(Text, WordsByFrequency) {
  Vocabulary words = wordsOf("the cat, the dog; a cat the end", 5, {"<unk>"});
  EXPECT_EQ(words.names(), (Strings{"<unk>", "the", "cat", ",", ";"}));
  EXPECT_EQ(*words.encode("the mouse"), (std::vector<int32_t>{1, 0})) << "unknown words have a name here";
  EXPECT_EQ(*words.decode({1, 2}), "the cat");
  EXPECT_EQ(wordsOf("don't stop_1 x2").names(), (Strings{"don't", "stop_1", "x2"}));
}

} // namespace
} // namespace dl::data
