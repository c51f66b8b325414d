/// Texts and vocabularies while a program is built.
#pragma once
#include "data/text.h"
#include "frontend/build/table.h"

namespace dl::frontend {

struct VocabularyObject : Object {
  std::shared_ptr<const data::Vocabulary> vocabulary;
};

/// `raw.name`: a column of a source that was not taken apart into fields. Vocabularies are made of it.
struct ColumnObject : Object {
  TableSourceInfo source;
  std::string name;
};

/// `vocabulary.encode(...)`, or `vocabulary.id(...)` of a cell, in the text of a `data` declaration.
struct EncodeCall {
  const ast::Expr *call = nullptr;
  std::string key;                  ///< of its ids in the scope of a row
  const ast::Bind *field = nullptr; ///< the field that it is, if it is one unchanged
  std::shared_ptr<const data::Vocabulary> vocabulary;
  std::vector<std::string> sources, literals;
  int64_t most = 0;
  bool cuts = false;
  bool single = false;              ///< `id`, or `cell == "text"`: one number
};
/// The cell of a column of text in the row at hand.
Val columnText(const std::string &column);
/// The name under which the call finds its ids in the scope of a row.
std::string encodeKey(const void *call);
/// The same for the comparison of a text with cells and one known when built: 1 where they are equal, 0 elsewhere.
std::string equalKey(const TextObject &cells, const TextObject &text);
/// Hidden columns of a table: how long the rows of `field` are.
std::string lengthLabel(const std::string &field);
/// The field of a hidden column, or "".
std::string fieldOfLength(const std::string &label);

} // namespace dl::frontend
