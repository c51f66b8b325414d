// Tensors of the command line from .npy and .csv files.
#include "runtime/tensor_files.h"
#include "data/npy.h"
#include "data/table.h"

namespace dl::rt {

Result<PlainTensor> readNpyTensor(const std::string &path) {
  DL_TRY(array, data::readNpy(path));
  PlainTensor tensor;
  tensor.shape = array.shape;
  for (int64_t i = 0; i < array.count(); ++i) tensor.values.push_back(array.at(i).value());
  return tensor;
}

Result<PlainTensor> readCsvTensor(const std::string &path) {
  DL_TRY(table, data::openCsv(path));
  data::Column all;
  all.name = "values";
  all.sources = {"*"};
  all.element = data::Element::F64;
  int64_t width = int64_t(table->columns().size());
  all.rowShape = {width};
  PlainTensor tensor;
  tensor.shape = {table->rows(), width};
  tensor.values.resize(size_t(table->rows() * width));
  DL_CHECK_OK(table->read(all, tensor.values.data()));
  return tensor;
}

} // namespace dl::rt
