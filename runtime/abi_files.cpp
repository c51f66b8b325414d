// The ABI of files: dlrt_save, dlrt_load, dlrt_write.
#include "runtime/element.h"
#include "runtime/format.h"
#include "runtime/plot.h"
#include "runtime/snapshot.h"
#include "runtime/write_tensor.h"
#include <filesystem>
#include <set>

using namespace dl::rt;

namespace {

int32_t fail(State &state, uint32_t where, const std::string &text) {
  std::string position = positionText(state.program, where);
  state.console.note((position.empty() ? "" : position + ": ") + "error: " + text);
  return DL_IO_FAILED;
}

/// The folder of a file about to be written; what cannot be made is reported when the file is opened.
void makeFolderOf(const std::string &path) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
}

/// One to a line, the first twenty of them.
std::string listed(const std::vector<std::string> &lines) {
  constexpr size_t kMost = 20;
  std::string text;
  for (size_t i = 0; i < lines.size() && i < kMost; ++i) text += "\n  " + lines[i];
  if (lines.size() > kMost) text += "\n  and " + std::to_string(lines.size() - kMost) + " more";
  return text;
}

/// "run:best" is a file of the run, made if need be.
dl::Result<std::string> pathOf(State &state, dl_frame *frame, const dl_format &format, const dl_tensor *values) {
  std::string path = formatText(format, values);
  if (path.rfind("run:", 0) != 0) return path;
  DL_CHECK_OK(openRun(state, *frame));
  return state.run + "/" + path.substr(4) + ".safetensors";
}

} // namespace

extern "C" {

int32_t dlrt_save(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values, int64_t count,
                  const char *const *names, const dl_tensor *tensors) {
  State &state = stateOf(frame);
  auto target = pathOf(state, frame, *path, path_values);
  if (!target) return fail(state, where, target.message());
  makeFolderOf(*target);
  std::vector<std::vector<uint8_t>> copies;
  std::vector<FileTensor> out;
  for (int64_t i = 0; i < count; ++i) {
    const dl_tensor &t = tensors[i];
    copies.push_back(contiguous(t));
    for (FileTensor &part : turnsOf({names[i], fileElement(t.elem), {t.extent, t.extent + t.rank}, copies.back().data()}))
      out.push_back(std::move(part));
  }
  const std::string ending = std::filesystem::path(*target).extension();
  if (ending == ".npy" || ending == ".csv") {
    if (count != 1) return fail(state, where, *target + ": a " + ending + " file holds one tensor, these are " + std::to_string(count) + "; a .safetensors file holds any number");
    dl::Status written = writeTensor(*target, tensors[0]);
    return written.ok() ? DL_OK : fail(state, where, written.message());
  }
  if (ending == ".svg") {
    dl::Status drawn = writePlot ? writePlot(*target, out) : dl::failure("plots are not part of this executable");
    return drawn.ok() ? DL_OK : fail(state, where, drawn.message());
  }
  if (ending != ".safetensors") return fail(state, where, *target + ": the ending of the path says how to write: .safetensors, .npy or .csv");
  dl::Status written = writeWeights(*target, out,
                                    {{"dlc.kind", "checkpoint"},
                                     {"dlc.program", state.program.name},
                                     {"dlc.command", state.entry.name}});
  return written.ok() ? DL_OK : fail(state, where, written.message());
}

int32_t dlrt_load(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values, int64_t count,
                  const char *const *names, const dl_tensor *tensors) {
  State &state = stateOf(frame);
  auto source = pathOf(state, frame, *path, path_values);
  if (!source) return fail(state, where, source.message());
  auto file = WeightsFile::open(*source);
  if (!file) return fail(state, where, file.message());
  std::vector<std::string> wrong;
  std::vector<std::vector<uint8_t>> fitting;
  std::set<std::string> known;
  for (int64_t i = 0; i < count; ++i) {
    const dl_tensor &t = tensors[i];
    FileTensor wanted{names[i], fileElement(t.elem), {t.extent, t.extent + t.rank}, nullptr};
    for (const FileTensor &part : turnsOf(wanted)) known.insert(part.name);
    fitting.push_back(file->rowsOf(wanted, wrong));
  }
  for (const FileTensor &tensor : file->tensors())
    if (!known.count(tensor.name)) wrong.push_back(tensor.name + ": " + tensor.typeText() + " in the file, not in the program");
  if (!wrong.empty()) return fail(state, where, *source + " does not fit:" + listed(wrong));
  for (int64_t i = 0; i < count; ++i) scatterRows(fitting[size_t(i)].data(), tensors[i]);
  return DL_OK;
}

int32_t dlrt_write(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values,
                   const dl_tensor *tensor) {
  State &state = stateOf(frame);
  std::string target = formatText(*path, path_values);
  makeFolderOf(target);
  dl::Status written = writeTensor(target, *tensor);
  return written.ok() ? DL_OK : fail(state, where, written.message());
}

} // extern "C"
