#include "data/inflate.h"
#include <algorithm>
#include <limits>
#include <zlib.h>

namespace dl::data {

struct Inflater::State {
  z_stream stream{};
  std::span<const uint8_t> rest;
  bool ready = false, ended = false;

  /// One step into the given room; what zlib answers.
  int step(uint8_t *into, size_t room) {
    constexpr size_t kMost = std::numeric_limits<uInt>::max();
    size_t offered = std::min(rest.size(), kMost);
    stream.next_in = const_cast<Bytef *>(rest.data());
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = into;
    stream.avail_out = static_cast<uInt>(std::min(room, kMost));
    int answer = ::inflate(&stream, Z_NO_FLUSH);
    rest = rest.subspan(offered - stream.avail_in);
    ended = answer == Z_STREAM_END;
    return answer;
  }
};

Inflater::Inflater(std::span<const uint8_t> compressed, Wrapper wrapper) : state_(std::make_unique<State>()) {
  state_->rest = compressed;
  state_->ready = inflateInit2(&state_->stream, wrapper == Wrapper::Gzip ? 16 + MAX_WBITS : -MAX_WBITS) == Z_OK;
}

Inflater::~Inflater() {
  if (state_->ready) inflateEnd(&state_->stream);
}

Status Inflater::read(std::span<uint8_t> into) {
  if (!state_->ready) return failure("out of memory");
  while (!into.empty()) {
    if (state_->ended) return failure("the compressed data end too early");
    size_t before = into.size();
    uint8_t *from = into.data();
    int answer = state_->step(from, before);
    into = into.subspan(state_->stream.next_out - from);
    if (answer == Z_BUF_ERROR || (answer == Z_OK && state_->rest.empty() && into.size() == before))
      return failure("the compressed data are cut off");
    if (answer != Z_OK && answer != Z_STREAM_END) return failure("the compressed data are damaged");
  }
  return Done{};
}

Status Inflater::finish() {
  if (!state_->ready) return failure("out of memory");
  while (!state_->ended) {
    uint8_t more;
    int answer = state_->step(&more, 1);
    if (state_->stream.avail_out == 0) return failure("more data follow than expected");
    if (answer == Z_BUF_ERROR) return failure("the compressed data are cut off");
    if (answer != Z_OK && answer != Z_STREAM_END) return failure("the compressed data are damaged");
  }
  return Done{};
}

} // namespace dl::data
