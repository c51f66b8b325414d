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
  Vocabulary letters = charactersOf({"b\xC3\xA4"
                                     "a b"},
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
  Vocabulary words = wordsOf({"the cat, the dog; a cat the end"}, 5, {"<unk>"});
  EXPECT_EQ(words.names(), (Strings{"<unk>", "the", "cat", ",", ";"}));
  EXPECT_EQ(*words.encode("the mouse"), (std::vector<int32_t>{1, 0})) << "unknown words have a name here";
  EXPECT_EQ(*words.decode({1, 2}), "the cat");
  EXPECT_EQ(wordsOf({"don't stop_1 x2"}).names(), (Strings{"don't", "stop_1", "x2"}));
}

TEST_F(Text, SpecialNamesAreUnitsWhereverTheyStand) {
  Vocabulary words = wordsOf({"a b c"}, 0, {"<pad>", "<s>", "</s>", "<unk>"});
  EXPECT_EQ(*words.encode("<s>a x</s>"), (std::vector<int32_t>{1, 4, 3, 2}));
  EXPECT_EQ(*words.decode({1, 4, 3, 5, 2, 0}), "a <unk> b") << "special names are left out";
  Vocabulary letters = charactersOf({"ab"}, {"<", "<<"});
  EXPECT_EQ(*letters.encode("<<a<"), (std::vector<int32_t>{1, 2, 0})) << "the longer one of two counts";
  EXPECT_EQ(*Vocabulary(Vocabulary::Unit::Whole, {"one two", "x"}).encode("one two"), (std::vector<int32_t>{0}));
}

TEST_F(Text, PiecesKeepTheSpaceBeforeThem) {
  auto pieces = [](std::string_view text) {
    std::vector<std::string> out;
    for (std::string_view piece : splitPieces(text)) out.emplace_back(piece);
    return out;
  };
  EXPECT_EQ(pieces("It's 12  o'clock!\n\nok"), (Strings{"It's", " 12", " ", " o'clock", "!", "\n\n", "ok"}));
  EXPECT_EQ(pieces("  "), (Strings{"  "}));
  EXPECT_EQ(pieces(""), Strings{});
}

TEST_F(Text, FrequentNeighboursBecomeNames) {
  // "low" 5 times, "lower" twice, "newest" 6 times, "widest" 3 times: es, est, lo, low, ...
  std::string text;
  for (auto [word, count] : {std::pair("low", 5), std::pair("lower", 2), std::pair("newest", 6), std::pair("widest", 3)})
    for (int i = 0; i < count; ++i) text += std::string(word) + "\n";
  auto pieces = piecesOf({text}, 16, {"<pad>"});
  ASSERT_TRUE(pieces.ok()) << pieces.message();
  EXPECT_EQ(pieces->names(), (Strings{"<pad>", "\n", "d", "e", "i", "l", "n", "o", "r", "s", "t", "w", "es", "est", "lo", "low"}));
  EXPECT_EQ(*pieces->encode("lowest"), (std::vector<int32_t>{15, 13}));
  for (const char *word : {"low", "newestwide\n", "tttt", ""}) EXPECT_EQ(*pieces->decode(*pieces->encode(word)), word);
  EXPECT_EQ(pieces->encode("low x").message(), "` ` is not in the vocabulary");
  EXPECT_EQ(piecesOf({"abc"}, 2).message(), "the special names and the characters of the text are 3, more than `most: 2`");
  EXPECT_EQ(piecesOf({"ab"}, 100)->names(), (Strings{"a", "b"})) << "a pair that occurs once is none";
}

TEST_F(Text, ColumnsOfTextBecomeNumbers) {
  auto table = openCsv(write("a.csv", "first,last\nab,b\n\"a\",ba\n"));
  ASSERT_TRUE(table.ok());
  Encoding encoding;
  encoding.vocabulary = std::make_shared<Vocabulary>(charactersOf({" ab"}));
  encoding.literals = {"", " ", ""}, encoding.most = 5;
  Column wanted = column("first", Element::I32, {5});
  wanted.sources = {"first", "last"}, wanted.encoding = encoding;
  EXPECT_EQ(*readColumn<int32_t>(**table, wanted), (std::vector<int32_t>{1, 2, 0, 2, 0, 1, 0, 2, 1, 0}));
  wanted.encoding->lengths = true, wanted.rowShape = {};
  EXPECT_EQ(*readColumn<int32_t>(**table, wanted), (std::vector<int32_t>{4, 4}));
  wanted.encoding->most = 3;
  EXPECT_EQ(messageOf(readColumn<int32_t>(**table, wanted), folder_),
            "a.csv:2:first: the text has 4 units, more than 3; `encode(..., most: 3)` cuts it off");
  wanted.encoding->fit = Encoding::Fit::Cut;
  EXPECT_EQ(*readColumn<int32_t>(**table, wanted), (std::vector<int32_t>{3, 3}));
  wanted.encoding->fit = Encoding::Fit::Exact;
  EXPECT_FALSE(readColumn<int32_t>(**table, wanted).ok());
  auto text = openTable(TableKind::Text, {write("t.txt", "ab ba")});
  ASSERT_TRUE(text.ok());
  wanted.sources = {"text"}, wanted.encoding->literals = {"", ""}, wanted.encoding->most = 5, wanted.encoding->lengths = false;
  wanted.rowShape = {5};
  EXPECT_EQ(*readColumn<int32_t>(**text, wanted), (std::vector<int32_t>{1, 2, 0, 2, 1}));
}

} // namespace
} // namespace dl::data
