#include "runtime/weights_file.h"
#include "runtime/element.h"
#include <cstring>

namespace dl::rt {

namespace {

// The kinds of the ABI up to bool are those of files.
static_assert(DL_F64 == int(data::Element::F64) && DL_F32 == int(data::Element::F32) &&
              DL_BF16 == int(data::Element::BF16) && DL_F16 == int(data::Element::F16) &&
              DL_I64 == int(data::Element::I64) && DL_I32 == int(data::Element::I32) &&
              DL_U8 == int(data::Element::U8) && DL_BOOL == int(data::Element::Bool));

} // namespace

int fileElement(int elem) { return elem == DL_KEY || elem == DL_DIM ? DL_I64 : elem; }

int64_t FileTensor::bytes() const {
  int64_t count = data::countOf(shape);
  return count < 0 ? 0 : count * elementBytes(elem);
}

std::string FileTensor::typeText() const {
  std::string text = elementName(elem);
  if (shape.empty()) return text;
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "[") + std::to_string(shape[i]);
  return text + "]";
}

std::vector<FileTensor> turnsOf(const FileTensor &stack) {
  size_t mark = stack.name.find("[*]");
  if (mark == std::string::npos || stack.shape.empty()) return {stack};
  std::vector<FileTensor> parts;
  FileTensor turn = stack;
  turn.shape.erase(turn.shape.begin());
  for (int64_t i = 0; i < stack.shape[0]; ++i) {
    turn.name = stack.name.substr(0, mark) + "[" + std::to_string(i) + "]" + stack.name.substr(mark + 3);
    turn.data = stack.data ? stack.data + i * turn.bytes() : nullptr;
    for (FileTensor &part : turnsOf(turn)) parts.push_back(std::move(part));
  }
  return parts;
}

Result<WeightsFile> WeightsFile::open(const std::string &path) {
  WeightsFile weights;
  weights.path_ = path;
  if (path.ends_with(".npy")) {
    DL_TRY(array, data::readNpy(path));
    weights.array_ = std::move(array);
    weights.tensors_.push_back({"value", int(weights.array_.element), weights.array_.shape, weights.array_.bytes.data()});
    return weights;
  }
  DL_TRY(file, data::SafetensorsFile::open(path));
  weights.file_ = std::move(file);
  for (const data::TensorView &tensor : weights.file_.tensors())
    weights.tensors_.push_back({tensor.name, int(tensor.element), tensor.shape, tensor.data});
  return weights;
}

const FileTensor *WeightsFile::find(const std::string &name) const {
  for (const FileTensor &tensor : tensors_)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

std::vector<uint8_t> WeightsFile::rowsOf(const FileTensor &wanted, std::vector<std::string> &wrong) const {
  std::vector<uint8_t> rows(size_t(wanted.bytes()));
  FileTensor target = wanted;
  target.data = rows.data();
  for (const FileTensor &part : turnsOf(target)) {
    const FileTensor *found = find(part.name);
    std::string text = part.name + ": " + part.typeText() + " in the program, ";
    if (!found) wrong.push_back(text + "not in the file");
    else if (found->elem != part.elem || found->shape != part.shape) wrong.push_back(text + found->typeText() + " in the file");
    else if (part.bytes() > 0) std::memcpy(rows.data() + (part.data - target.data), found->data, size_t(part.bytes()));
  }
  return rows;
}

std::string WeightsFile::metadata(const std::string &key) const {
  auto at = file_.metadata().find(key);
  return at == file_.metadata().end() ? "" : at->second;
}

Status writeWeights(const std::string &path, const std::vector<FileTensor> &tensors,
                    const std::map<std::string, std::string> &metadata) {
  std::vector<data::TensorView> views;
  for (const FileTensor &tensor : tensors)
    views.push_back({tensor.name, data::Element(tensor.elem), tensor.shape, tensor.data});
  return data::writeSafetensors(path, views, metadata);
}

} // namespace dl::rt
