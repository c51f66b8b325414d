/// Any bytes are text: split, made a vocabulary, encoded and decoded without loss.
#include "data/text.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  if (findInvalidUtf8(text)) return 0;
  (void)splitLines(text);
  const std::vector<std::string> texts = {std::string(text)};
  Vocabulary characters = charactersOf(texts), words = wordsOf(texts, 20, {"<unk>"});
  auto ids = characters.encode(text);
  if (!ids || *characters.decode(*ids) != text || !words.encode(text)) std::abort();
  auto pieces = piecesOf(texts, 400);
  if (!pieces) return 0; // more different characters than names
  auto parts = pieces->encode(text);
  if (!parts || *pieces->decode(*parts) != text) std::abort();
  return 0;
}
