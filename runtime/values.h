/// The values of options and arguments: from the text of a flag to a word or a tensor in the arena, checked.
#pragma once
#include "runtime/dlrt.h"
#include "support/result.h"
#include <map>
#include <string>
#include <utility>

namespace dl::rt {

/// A rank-0 value as a word.
Result<uint64_t> parseWord(const dl_param &param, const std::string &text);
/// The word as a flag would give it; floats with the shortest digits that read back as the same.
std::string wordText(const dl_param &param, uint64_t word);
/// Extents that arguments have fixed so far, by their word, and which argument did.
using Extents = std::map<int64_t, std::pair<int64_t, const char *>>;
/// A tensor from text (`5.1,3.5`, rows divided by `;`) or a .npy, .csv or .png file, into the parameter's place.
Status fillTensor(const dl_param &param, const std::string &text, dl_frame &frame, Extents &known);
/// A text as it is given.
Status fillText(const dl_param &param, const std::string &text, dl_frame &frame);
/// The preset of a text.
std::string presetText(const dl_param &param);
/// The preset of any parameter into its place.
void fillPreset(const dl_param &param, dl_frame &frame);
/// The element type as programs write it.
std::string typeName(int64_t elem);
/// "a number", "f32[4]", "one of no, yes": for help and errors.
std::string typeText(const dl_param &param);
/// "0..10 (10 itself is outside)", of a parameter with a range.
std::string rangeText(const dl_param &param);

} // namespace dl::rt
