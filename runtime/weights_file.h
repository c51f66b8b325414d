/// Tensors by name in a safetensors file, in the element kinds of the ABI. Keys and extents are stored as I64. A .npy file is read as
/// one that holds the tensor `value`.
#pragma once
#include "data/npy.h"
#include "data/safetensors.h"
#include "runtime/dlrt.h"
#include "support/result.h"
#include <map>
#include <string>
#include <vector>

namespace dl::rt {

struct FileTensor {
  std::string name;
  int elem = DL_F32;
  std::vector<int64_t> shape;
  const uint8_t *data = nullptr;
  int64_t bytes() const;
  /// "f32[784, 128]"
  std::string typeText() const;
};

/// "net.block[*].weight", one tensor for all turns of a `repeat`, as files show it: "net.block[0].weight" and so on. Any other
/// tensor is itself.
std::vector<FileTensor> turnsOf(const FileTensor &stack);

class WeightsFile {
public:
  static Result<WeightsFile> open(const std::string &path);
  const std::string &path() const { return path_; }
  const std::vector<FileTensor> &tensors() const { return tensors_; }
  const FileTensor *find(const std::string &name) const;
  /// The elements of a tensor that the program wants, put together from its turns. What differs is added to `wrong`.
  std::vector<uint8_t> rowsOf(const FileTensor &wanted, std::vector<std::string> &wrong) const;
  /// "" when there is no such entry.
  std::string metadata(const std::string &key) const;

private:
  std::string path_;
  data::SafetensorsFile file_;
  data::Array array_; ///< of a .npy file
  std::vector<FileTensor> tensors_;
};

/// Writes aside, syncs and renames: `path` is the old file or the complete new one, whatever happens.
Status writeWeights(const std::string &path, const std::vector<FileTensor> &tensors,
                    const std::map<std::string, std::string> &metadata);

/// The element kind a value of `elem` has in files.
int fileElement(int elem);

} // namespace dl::rt
